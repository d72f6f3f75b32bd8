#!/usr/bin/env python3
"""`inspect` shows of every source what was found, in words and as JSON: videos, pictures, sounds."""

import json
import pathlib
import shutil
import tempfile
import unittest

import cv2
import numpy as np

import program
from cli_pictures_test import with_exif
from cli_sounds_test import riff
from mp4_boxes import set_matrix
from package_case import BODY, FRAMES, PackageCase, ffmpeg
from program import Settings, run
from speech_case import give_encoder, syllables, write_wav


def both_forms(path, *arguments):
    """The exit status, the lines in words, and the document."""
    text, document = run("inspect", path, *arguments), run("inspect", path, "--json", *arguments)
    assert text.returncode == document.returncode and text.stderr == document.stderr == ""
    return text.returncode, text.stdout.decode(), json.loads(document.stdout)


class Sources(PackageCase):
    def check(self, package, words, facts):
        status, text, document = both_forms(package)
        self.assertEqual(status, 0, text)
        body = text.split("full body", 1)[1].split("\n  crops", 1)[0]
        for word in words:
            self.assertIn(word, body)
        found = next(p for p in document["pictures"] if p["name"] == "full body")
        self.assertEqual({key: found.get(key) for key in facts}, facts)

    def test_a_plain_video(self):
        self.check(self.good, ["upright", "square pixels", "8 bits yuv420p", "limited range", "matrix BT.601",
                               "fields: progressive", "time stamps: even; 1 video track", "25 fps"],
                   {"orientation": "upright", "sample_aspect": [1, 1], "bit_depth": 8, "range": "limited",
                    "matrix": "BT.601", "field_order": "progressive", "uneven_frames": 0, "frame_rate": [25, 1],
                    "tracks": {"video": 1, "audio": 0, "other": 0}})

    def test_a_video_that_is_odd_in_every_way(self):
        stamps = "+".join(f"eq(N\\,{n})*{40 * n + (200 if n > 5 else 0)}" for n in range(FRAMES))
        package = self.with_body(
            "p", "-f", "lavfi", "-i", "anullsrc", "-vf",
            f"transpose=2,setsar=4/3,setfield=tff,settb=1/1000,setpts={stamps},format=yuv420p10le", "-fps_mode",
            "passthrough", "-video_track_timescale", "1000", "-c:v", "libx264", "-flags", "+ildct+ilme", "-x264-params",
            "tff=1", "-colorspace", "bt709", "-color_range", "pc", "-map", "0", "-map", "1", "-map", "0", "-map", "1",
            "-shortest")
        set_matrix(package / BODY, (0, 1, -1, 0))
        self.check(package, ["turned by 90 degrees", "pixels 3:4", "10 bits yuv420p10le", "full range", "matrix BT.709",
                             "fields: top field first", "time stamps: 1 uneven", "2 video tracks, 2 audio tracks"],
                   {"orientation": "turned by 90 degrees", "sample_aspect": [3, 4], "bit_depth": 10, "range": "full",
                    "matrix": "BT.709", "field_order": "top field first", "uneven_frames": 1,
                    "tracks": {"video": 2, "audio": 2, "other": 0}})

    def test_trimmed_videos(self):
        long = self.root / "long.mp4"
        ffmpeg("-stream_loop", "2", "-i", self.good / BODY, "-c:v", "libx264", "-g", "10", "-bf", "0", long)
        package = self.copy()
        ffmpeg("-ss", "0.5", "-i", long, "-c", "copy", package / BODY)
        status, text, document = both_forms(package)
        hidden = document["pictures"][0]["hidden_frames"]
        self.assertGreater(hidden, 0)
        self.assertIn(f"time stamps: even, {hidden} frame{'s' if hidden > 1 else ''} hidden by an edit list", text)

    def test_folders(self):
        def write(folder, number, frame):
            data = cv2.imencode(".jpg", np.ascontiguousarray(frame[::-1, ::-1]))[1].tobytes()
            (folder / f"{number + 1}.jpg").write_bytes(with_exif(data, 3))

        self.check(self.image_package(write), ["turned by 180 degrees", "square pixels", "8 bits colour", "full range",
                                               "matrix BT.601", "fields: progressive", "images"],
                   {"orientation": "turned by 180 degrees", "sample_aspect": [1, 1], "bit_depth": 8, "range": "full",
                    "matrix": "BT.601", "field_order": "progressive", "uneven_frames": 0})

        def write_deep(folder, number, frame):
            cv2.imwrite(str(folder / f"{number + 1}.png"), frame.astype(np.uint16) * 257)

        self.check(self.image_package(write_deep, "deep"), ["upright", "16 bits colour", "matrix RGB"],
                   {"codec": "png", "bit_depth": 16, "matrix": "RGB"})


class Sounds(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_all_tracks_and_which_is_heard(self):
        path = self.folder / "x.mkv"
        ffmpeg("-i", write_wav(self.folder / "a.wav", syllables(2)), "-f", "lavfi", "-i", "anullsrc=r=48000:d=1", "-map",
               "0", "-map", "1", "-c:a:0", "pcm_s16le", "-c:a:1", "flac", "-metadata:s:a:0", "language=eng",
               "-metadata:s:a:1", "title=Room", path)
        for arguments, heard, seconds in (((), 1, 2.0), (("--audio-track", "2"), 2, 1.0)):
            status, text, document = both_forms(path, *arguments)
            self.assertEqual(status, 0, text)
            first, second = document["tracks"]
            self.assertEqual((first["codec"], first["sample_rate"], first["layout"], first["language"]),
                             ("pcm_s16le", 16000, "mono", "eng"))
            self.assertEqual((second["codec"], second["channels"], second["title"]), ("flac", 2, "Room"))
            self.assertEqual([track["number"] for track in document["tracks"] if track["heard"]], [heard])
            self.assertEqual((document["speech_samples"], document["frame_count"]), (16000 * seconds, 25 * seconds))
            self.assertIn(f"track {heard} (heard): {document['tracks'][heard - 1]['codec']}", text)
            self.assertIn(f"{seconds:.2f} s of sound, {25 * seconds:.0f} frames at 25 a second", text)

    def test_warnings_are_those_of_a_render(self):
        speaker = self.folder / "speaker"
        shutil.copytree(Settings.package, speaker)
        give_encoder(speaker)
        voice = syllables(1.2)
        high = voice.astype(np.float32)
        high[3000:3050] = np.nan
        (self.folder / "cancel.wav").write_bytes(riff(np.stack([voice, -voice], 1)))
        (self.folder / "odd.wav").write_bytes(riff(high))
        ffmpeg("-i", write_wav(self.folder / "a.wav", voice), "-map", "0", "-map", "0", self.folder / "two.mka")
        for name, warnings in (("cancel.wav", 1), ("odd.wav", 2), ("two.mka", 1), ("a.wav", 0)):
            with self.subTest(name):
                path = self.folder / name
                _, text, document = both_forms(path)
                self.assertEqual(len(document["warnings"]), warnings)
                rendered = run("render", speaker, "-o", "hash:", "--audio", path)
                self.assertEqual(rendered.returncode, 0)
                for warning in document["warnings"]:
                    self.assertIn(f"warning: {warning}\n", text)
                    self.assertIn(f"mouthpiece: {warning}\n", rendered.stderr)

    def test_files_without_sound_are_problems(self):
        for path, arguments, text in (
                (Settings.package / "full_body_video.mp4", (), "holds no audio"),
                (write_wav(self.folder / "a.wav", syllables(1)), ("--audio-track", "2"), "from 1 to 1, found 2")):
            status, words, document = both_forms(path, *arguments)
            self.assertEqual((status, len(document["problems"])), (2, 1))
            self.assertIn(f"problem: {path}: ", words)
            self.assertIn(text, document["problems"][0])


if __name__ == "__main__":
    program.main(__doc__)

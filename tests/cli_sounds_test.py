#!/usr/bin/env python3
"""Sound as people have it: what of it reaches the mouth and the video, and what is said of the rest."""

import json
import pathlib
import shutil
import struct
import subprocess
import tempfile
import unittest

import numpy as np

import mel_reference
import program
from program import Settings, run
from speech_case import ffmpeg, give_encoder, syllables, write_wav

RATE = mel_reference.RATE
NOTHING = "next to nothing"


def riff(samples, rate=RATE, mask=None, code=None):
    """The bytes of a WAV file of samples [n, channels]; `mask`: of speakers."""
    samples = samples.reshape(len(samples), -1)
    channels, width = samples.shape[1], samples.dtype.itemsize
    code = code or (3 if samples.dtype.kind == "f" else 1)
    head = struct.pack("<HHIIHH", code if mask is None else 0xfffe, channels, rate, rate * channels * width,
                       channels * width, 8 * width)
    if mask is not None:
        guid = struct.pack("<IHH", code, 0, 16) + bytes.fromhex("800000aa00389b71")
        head += struct.pack("<HHI", 22, 8 * width, mask) + guid
    data = samples.tobytes()
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


class Sounds(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def speaker(self):
        package = self.folder / "speaker"
        shutil.copytree(Settings.package, package)
        give_encoder(package)
        return package

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def hear(self, audio, *arguments):
        """The mel rows of a file, and what is said of it."""
        result = run("features", audio, "-o", self.folder / "x.npy", "--overwrite", "--stage", "mel", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        said = [line for line in result.stderr.splitlines() if line.startswith("mouthpiece: ")]
        return np.load(self.folder / "x.npy"), said

    def check_heard(self, audio, expected, *arguments, says=None, most=2e-3):
        """`expected`: samples at 16 kHz, full scale 1. `says`: the one thing that is said."""
        rows, said = self.hear(audio, *arguments)
        self.assertEqual(len(said), 0 if says is None else 1, said)
        if says is not None:
            self.assertIn(says, said[0])
            self.assertIn(str(audio), said[0])
        reference = mel_reference.mel_rows(expected)
        self.assertEqual(rows.shape, reference.shape)
        self.assertLess(np.abs(rows - reference).mean(), most)


class Channels(Sounds):
    def test_of_any_number_are_averaged(self):
        voice = syllables(1.5)
        for channels in (1, 2, 3, 4, 5, 6, 7, 8, 11, 16):
            for place in {0, channels // 2, channels - 1}:
                with self.subTest(f"{place} of {channels}"):
                    samples = np.zeros((len(voice), channels), np.int16)
                    samples[:, place] = voice
                    self.check_heard(self.write("x.wav", riff(samples)), voice / 32768 / channels)

    def test_of_odd_layouts(self):
        voice = syllables(1.5)
        left, right, centre, low, back_left = 1, 2, 4, 8, 16
        for mask, weights in ((left, [1]), (right, [1]), (low, [1]), (left | centre, [0.5, 0.5]),
                              (centre | low, [0.5, 0.5]), (left | back_left, [0.5, 0.5]),
                              (left | right | centre | low, [None, None, 1, None])):
            for place, weight in enumerate(weights):
                if weight is None:
                    continue
                with self.subTest(f"channel {place} of mask {mask}"):
                    samples = np.zeros((len(voice), len(weights)), np.int16)
                    samples[:, place] = voice
                    self.check_heard(self.write("x.wav", riff(samples, mask=mask)), voice * weight / 32768)

    def test_none_of_a_layout_is_left_out(self):
        voice = syllables(1.5)
        for layout, mask in (("2.1", 0xb), ("quad", 0x33), ("4.0", 0x107), ("5.0", 0x37), ("5.1", 0x3f),
                             ("6.1", 0x70f), ("7.1", 0x63f), ("hexagonal", 0x137), ("octagonal", 0x737)):
            channels = bin(mask).count("1")
            for place in range(channels):
                with self.subTest(f"channel {place} of {layout}"):
                    samples = np.zeros((len(voice), channels), np.int16)
                    samples[:, place] = voice
                    rows, said = self.hear(self.write("x.wav", riff(samples, mask=mask)))
                    self.assertEqual(said, [])
                    self.assertGreater(rows.mean(), mel_reference.mel_rows(voice / 32768 / 12).mean())

    def test_that_cancel_each_other_are_spoken_of(self):
        voice = syllables(1.5)
        rows, said = self.hear(self.write("x.wav", riff(np.stack([voice, -voice], 1))))
        self.assertIn(NOTHING, " ".join(said))
        self.assertEqual(len(said), 1)
        high = np.rint(9000 * np.sin(2 * np.pi * 15000 * np.arange(48000) / 48000)).astype(np.int16)
        self.assertIn(NOTHING, " ".join(self.hear(self.write("x.wav", riff(high, 48000)))[1]))
        self.assertEqual(self.hear(self.write("x.wav", riff(np.zeros(9000, np.int16))))[1], [], "silence is silent")

    def test_are_too_many(self):
        path = self.write("x.wav", riff(np.zeros((500, 65), np.int16)))
        for command in (["features", path, "-o", self.folder / "x.npy", "--stage", "mel"],
                        ["render", self.speaker(), "-o", self.folder / "x.mp4", "--audio", path]):
            result = run(*command, "--quiet")
            self.assertEqual(result.returncode, 2)
            self.assertRegex(result.stderr, r"\Amouthpiece: .*x\.wav: .*64.*65\n\Z")


class Tracks(Sounds):
    def test_say_which_is_heard_and_how_to_choose(self):
        voice, other = syllables(1.5), np.zeros(8000, np.int16)
        path = self.folder / "x.mka"
        ffmpeg("-i", write_wav(self.folder / "a.wav", other), "-i", write_wav(self.folder / "b.wav", voice),
               "-map", "0", "-map", "1", "-c:a", "pcm_s16le", path)
        self.check_heard(path, other / 32768, says="2 audio tracks, of which number 1 is heard; --audio-track")
        self.check_heard(path, other / 32768, "--audio-track", "1")
        self.check_heard(path, voice / 32768, "--audio-track", "2")
        for command in (["features", path, "-o", self.folder / "x.npy", "--stage", "mel"],
                        ["render", self.speaker(), "-o", self.folder / "x.mp4", "--audio", path]):
            result = run(*command, "--quiet", "--overwrite", "--audio-track", "3")
            self.assertEqual(result.returncode, 2)
            self.assertRegex(result.stderr, r"\Amouthpiece: .*x\.mka: expected an audio track from 1 to 2, found 3\n\Z")

    def test_move_the_mouth_and_are_the_sound(self):
        voice, other = syllables(1.2), np.zeros(8000, np.int16)
        path, speaker = self.folder / "x.mka", self.speaker()
        ffmpeg("-i", write_wav(self.folder / "a.wav", other), "-i", write_wav(self.folder / "b.wav", voice),
               "-map", "0", "-map", "1", "-c:a", "pcm_s16le", path)
        videos = []
        for arguments in (["--audio", path, "--audio-track", "2"], ["--audio", self.folder / "b.wav"]):
            program.render(speaker, self.folder / "x.mp4", "--overwrite", *arguments)
            videos.append((self.folder / "x.mp4").read_bytes())
        self.assertEqual(*videos)


class Oddities(Sounds):
    def test_joined_files_are_one_sound(self):
        a, b = syllables(1.2), syllables(2.3)[9000:]
        joined = self.write("x.wav", riff(a) + riff(b) + riff(a))
        self.check_heard(joined, np.concatenate([a, b, a]) / 32768)
        rows, _ = self.hear(self.write("x.wav", riff(a) + riff(np.stack([b, b], 1), 48000)))
        self.assertLess(abs(len(rows) - 80 * (len(a) / RATE + len(b) / 48000)), 3)
        self.check_heard(self.write("x.wav", riff(a) + b"RIFF\xff\xff\0\0WAVEno sound"), a / 32768)

    def test_joined_files_of_other_kinds_are_one_sound(self):
        for suffix in ("aiff", "m4a", "mp3", "aac", "flac", "ogg", "opus", "mka", "w64", "caf", "wma"):
            with self.subTest(suffix):
                parts = []
                for number, seconds in enumerate((1.2, 2, 0.8)):
                    path = self.folder / f"{number}.{suffix}"
                    ffmpeg("-i", write_wav(self.folder / "x.wav", syllables(seconds)), "-ar", "48000", path)
                    parts.append(path.read_bytes())
                joined = self.write(f"joined.{suffix}", b"".join(parts))
                rows, _ = self.hear(joined)
                self.assertLess(abs(len(rows) / 80 - 4), 0.25)
                # Each begins with its first syllable.
                alone, _ = self.hear(self.folder / f"2.{suffix}")
                likeness = [np.corrcoef(rows[at:at + 48].ravel(), alone[:48].ravel())[0, 1]
                            for at in range(len(rows) - 60)]
                self.assertLess(abs(np.argmax(likeness[200:]) + 200 - 256), 12)

    def test_joined_files_in_a_pipe_are_spoken_of(self):
        voice = riff(syllables(1.2))
        for content, said in ((voice, 0), (voice * 2, 1)):
            result = run("features", "-", "-o", self.folder / "x.npy", "--stage", "mel", "--overwrite", input=content)
            self.assertEqual(result.returncode, 0)
            self.assertEqual(result.stderr.count("standard input: "), said, result.stderr)
            self.assertEqual(len(np.load(self.folder / "x.npy")), 97)

    def test_samples_that_are_no_numbers_are_silent(self):
        voice = (syllables(1.5) / 32768).astype(np.float32)
        bad, good = voice.copy(), voice.copy()
        for at, value in ((3000, np.nan), (9000, np.inf), (9100, -np.inf), (15000, 1e30)):
            bad[at:at + 50], good[at:at + 50] = value, 0
        path = self.write("x.wav", riff(bad))
        self.check_heard(path, good, says="200 samples are no numbers")
        speaker = self.speaker()
        for name in ("x.mp4", "x.mov", "x.mkv", "x.avi"):
            with self.subTest(name):
                outputs = []
                for content in (bad, good):
                    audio = self.write("y.wav", riff(content))
                    codec = ["--codec", "mjpeg"] if name == "x.avi" else []
                    program.render(speaker, self.folder / name, "--audio", audio, "--overwrite", *codec)
                    sound = subprocess.run(["ffmpeg", "-v", "error", "-i", self.folder / name, "-map", "0:a", "-f",
                                            "s16le", "-"], check=True, capture_output=True).stdout
                    outputs.append(sound)
                self.assertEqual(*outputs)

    def test_samples_of_another_scale_are_spoken_of(self):
        self.assertIn("louder than full scale", " ".join(
            self.hear(self.write("x.wav", riff(syllables(1).astype(np.float32))))[1]))
        self.assertEqual(self.hear(self.write("x.wav", riff((syllables(1) / 9000).astype(np.float32))))[1], [])

    def durations(self, path):
        output = subprocess.run(["ffprobe", "-v", "error", "-show_streams", "-of", "json", path], check=True,
                                capture_output=True).stdout
        return {s["codec_type"]: float(s["duration"]) for s in json.loads(output)["streams"]}

    def test_time_stamps(self):
        """The mouth, the length of the clip and the sound of every container agree."""
        speaker = self.speaker()
        source = write_wav(self.folder / "v.wav", syllables(2))
        for offset, seconds, says in ((0, 4, "go back by up to"), (2, 4, None), (3.5, 5.5, "leave out"),
                                      (5000, 4, "jump by up to")):
            with self.subTest(offset):
                parts = []
                for name, start in (("a.ts", 0), ("b.ts", offset)):
                    ffmpeg("-i", source, "-c:a", "mp2", "-ar", "48000", "-output_ts_offset", start, "-muxdelay", "0",
                           "-f", "mpegts", self.folder / name)
                    parts.append((self.folder / name).read_bytes())
                path = self.write("x.ts", b"".join(parts))
                rows, said = self.hear(path)
                self.assertLess(abs(len(rows) / 80 - seconds), 0.15)
                self.assertEqual(len(said), 0 if says is None else 1, said)
                self.assertIn(says or "", " ".join(said))
                for name in ("x.mp4", "x.mov"):
                    program.render(speaker, self.folder / name, "--audio", path, "--overwrite")
                    lengths = self.durations(self.folder / name)
                    self.assertLess(abs(lengths["video"] - seconds), 0.15)
                    self.assertTrue(0 <= lengths["video"] - lengths["audio"] < 0.04, lengths)

    def test_speech_that_is_longer_than_an_avatar_that_does_not_loop(self):
        speaker = self.speaker()
        arguments = ["--audio", write_wav(self.folder / "v.wav", syllables(3)), "--loop", "none"]
        result = run("render", speaker, "-o", self.folder / "x.mp4", "--quiet", *arguments)
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, r"\Amouthpiece: [^\n]*--loop none[^\n]*75[^\n]*--frames[^\n]*\n\Z")
        self.assertFalse((self.folder / "x.mp4").exists())
        self.assertEqual(len(program.hashes(speaker, *arguments, "--frames", "0:24")), 24)
        short = write_wav(self.folder / "s.wav", syllables(3)[:24 * 640])
        self.assertEqual(len(program.hashes(speaker, "--audio", short, "--loop", "none")), 24)


class OfAnotherModel(Sounds):
    """Features that are not those of the network, which takes 16 rows of 512 values."""

    def refuse(self, array, *mentions):
        path = self.folder / "f.npy"
        np.save(path, array)
        result = run("render", Settings.package, "-o", self.folder / "x.mp4", "--quiet", "--features", path)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertRegex(result.stderr, r"\Amouthpiece: [^\n]*f\.npy: [^\n]*\n\Z")
        for text in ("32x16x16", str(list(array.shape)), *mentions):
            self.assertIn(text, result.stderr)

    def test_are_refused_by_their_shape(self):
        for shape, looks_like in (((30, 1024), "HuBERT?"), ((30, 2, 1024), "HuBERT?"), ((30, 16, 512), "WeNet?"),
                                  ((30, 256), ""), ((30, 80), "mel rows?"), ((1, 30, 1024), ""), ((512, 30), ""),
                                  ((30, 16, 29), "DeepSpeech?"), ((30, 50, 384), "Whisper?"), ((30, 1), "")):
            with self.subTest(shape):
                self.refuse(np.zeros(shape, np.float32), looks_like)

    def test_are_accepted_as_a_batch_of_one(self):
        features = np.load(Settings.package / "aud_ave.npy")
        path = self.folder / "f.npy"
        np.save(path, features[None])
        self.assertEqual(program.hashes(Settings.package, "--features", path), program.hashes(Settings.package))


if __name__ == "__main__":
    program.main(__doc__.splitlines()[0])

#!/usr/bin/env python3
"""What each kind of output holds: video files, muxed audio, pictures, y4m, checksums."""

import hashlib
import json
import pathlib
import subprocess
import tempfile
import unittest
import wave

import cv2
import numpy as np

import program
from program import Settings, decode_planes, hashes, psnr, render, run
from reference_render import bgr_to_ycbcr

WIDTH, HEIGHT, FRAMES = 426, 240, 23
AUDIO_RATE = 16000
SYNC_S = 0.002


def probe(path):
    """ffprobe's streams by kind, frames counted by decoding."""
    output = subprocess.run(["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", str(path)],
                            check=True, capture_output=True).stdout
    return {stream["codec_type"]: stream for stream in json.loads(output)["streams"]}


def rendered_planes(*arguments):
    return list(program.rendered_planes(Settings.package, *arguments))


def luma_psnr(frames, others):
    """Over all frames, which must be equally many."""
    pairs = list(zip(frames, others, strict=True))
    error = sum(float(((a.astype(float) - b) ** 2).sum()) for a, b in pairs)
    return psnr(error, sum(a.size for a, _ in pairs))


def picture_luma(path):
    return bgr_to_ycbcr(cv2.imread(str(path)))[..., 0]


class Outputs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def names(self):
        return sorted(path.name for path in self.folder.iterdir())


class Video(Outputs):
    def check_video(self, name, codec, *arguments, least_db=38):
        path = self.folder / name
        result = render(Settings.package, path, *arguments)
        self.assertEqual((result.stdout, result.stderr), (b"", ""))
        self.assertEqual(self.names(), [name], "nothing else is left in the folder")
        video = probe(path)["video"]
        self.assertEqual(video["codec_name"], codec)
        self.assertEqual((video["width"], video["height"]), (WIDTH, HEIGHT))
        self.assertEqual(video["r_frame_rate"], "25/1")
        self.assertEqual(int(video["nb_read_frames"]), FRAMES)
        self.assertEqual(float(video["start_time"]), 0)
        if codec == "h264":
            self.assertEqual(video["pix_fmt"], "yuv420p")
            self.assertEqual((video["color_space"], video["color_range"]), ("bt470bg", "tv"))
            lumas = [y for y, _, _ in decode_planes(path, WIDTH, HEIGHT)]
            self.assertGreater(luma_psnr(lumas, [y for y, _, _ in rendered_planes()]), least_db)
        return path

    def test_mp4_mkv_and_mov_are_h264_with_the_colour_tags_of_the_source(self):
        for name in ("x.mp4", "x.mkv", "x.mov"):
            with self.subTest(name):
                self.check_video(name, "h264").unlink()

    def test_avi_and_mjpeg(self):
        self.check_video("x.avi", "mjpeg", "--codec", "mjpeg").unlink()
        self.check_video("x.mkv", "mjpeg", "--codec", "mjpeg")

    def test_another_encoder_by_name(self):
        self.check_video("x.mkv", "ffv1", "--codec", "ffv1")
        video = decode_planes(self.folder / "x.mkv", WIDTH, HEIGHT)
        for decoded, planes in zip(video, rendered_planes(), strict=True):
            for a, b in zip(decoded, planes):
                np.testing.assert_array_equal(a, b)

    def test_crf_preset_and_bitrate_reach_the_encoder(self):
        sizes = {}
        for crf in ("10", "40"):
            sizes[crf] = self.check_video(f"{crf}.mp4", "h264", "--crf", crf, "--preset", "ultrafast",
                                          least_db=25).stat().st_size
            (self.folder / f"{crf}.mp4").unlink()
        self.assertGreater(sizes["10"], 2 * sizes["40"])
        path = self.folder / "rate.mp4"
        render(Settings.package, path, "--bitrate", "200k", "--frames", "0:250")
        bits = path.stat().st_size * 8 / 10
        self.assertTrue(100e3 < bits < 400e3, f"{bits:.0f} bits a second")

    def test_pictures_are_in_order(self):
        path = self.folder / "x.mp4"
        render(Settings.package, path, "--crf", "10", "--frames", "0:60")
        video = [y for y, _, _ in decode_planes(path, WIDTH, HEIGHT)]
        frames = [y for y, _, _ in rendered_planes("--frames", "0:60")]
        for index, luma in enumerate(video):
            self.assertGreater(luma_psnr([luma], [frames[index]]), 38, f"frame {index}")


class Metadata(Outputs):
    KEYS = {"mp4": ["album", "album_artist", "artist", "comment", "composer", "copyright", "date", "description",
                    "episode_id", "genre", "grouping", "keywords", "lyrics", "network", "show", "synopsis", "title"],
            "mov": ["album", "artist", "comment", "copyright", "date", "genre", "location", "make", "model", "title"],
            "avi": ["artist", "comment", "copyright", "date", "genre", "language", "title", "track"],
            "mkv": ["title", "artist", "comment", "my_own_key"]}

    def tags(self, path):
        probe = subprocess.run(["ffprobe", "-v", "error", "-of", "json", "-show_format", path], check=True,
                               capture_output=True)
        return {key.lower(): value for key, value in json.loads(probe.stdout)["format"].get("tags", {}).items()}

    def test_arrives_under_every_key_that_a_container_takes(self):
        for suffix, keys in self.KEYS.items():
            with self.subTest(suffix):
                said = {key: f"{key} = grüß" if key != "location" else "+52.5+013.4/" for key in keys}
                arguments = [text for key, value in said.items() for text in ("--metadata", f"{key}={value}")]
                render(Settings.package, self.folder / f"x.{suffix}", "--frames", "0:2", *arguments)
                tags = self.tags(self.folder / f"x.{suffix}")
                self.assertEqual({key: tags.get(key.lower()) for key in keys}, said)

    def test_is_refused_where_it_would_be_lost(self):
        for output, arguments, says in (
                ("x.mp4", ["mood=calm"], '.mp4 keeps no "mood"; possible are album,'), ("x.mov", ["lyrics=a"], ".mov keeps no"),
                ("x.mp4", ["encoder=me"], ".mp4 keeps no"), ("x.mkv", ["encoder=me"], ".mkv keeps no"), ("x.mkv", ["my own=a"], ".mkv keeps no"),
                ("x.mp4", ["title"], "--metadata: expected KEY=VALUE"), ("x.mp4", ["=a"], "--metadata: expected KEY=VALUE"),
                ("x.mp4", ["title="], '"title" has no value'), ("x.mp4", ["title=a", "title=b"], '"title" is given twice'),
                ("hash:", ["title=a"], "takes no metadata"), ("x_%d.png", ["title=a"], "takes no metadata"),
                ("s.mp4", ["title=a", "--shard", "0/2"], "shards have their own")):
            with self.subTest(f"{output} {arguments}"):
                given = [text for each in arguments if "=" in each or each == "title" for text in ("--metadata", each)]
                more = [each for each in arguments if each in ("--shard", "0/2")]
                result = run("render", Settings.package, "-o", self.folder / output if ":" not in output else output,
                             "--frames", "0:2", *given, *more)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertIn(says, result.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])


class Audio(Outputs):
    """Sound beside features that are given: it is muxed, the features move the mouth."""

    def render(self, path, sound, *arguments):
        render(Settings.package, path, "--audio", sound, "--features", Settings.package / "aud_ave.npy", *arguments)

    def clicks(self, times, seconds):
        """A WAV file with 20 ms bursts of noise at `times`, in seconds, and its samples."""
        samples = np.zeros(int(seconds * AUDIO_RATE))
        noise = np.random.default_rng(1).uniform(-1, 1, AUDIO_RATE // 50 + 2)
        burst = np.convolve(noise, np.ones(3) / 3, "valid")
        for time in times:
            start = int(time * AUDIO_RATE)
            samples[start:start + len(burst)] = burst
        path = self.folder / "clicks.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1), file.setsampwidth(2), file.setframerate(AUDIO_RATE)
            file.writeframes((samples * 32767).astype("<i2").tobytes())
        return path, samples

    def late(self, path, expected):
        """Seconds that the audio comes after the video, by cross-correlation within 60 ms."""
        output = subprocess.run(["ffmpeg", "-v", "error", "-copyts", "-i", str(path), "-map", "0:a:0",
                                 "-af", "aresample=async=1:first_pts=0", "-ac", "1", "-ar", str(AUDIO_RATE),
                                 "-f", "f32le", "-"], check=True, capture_output=True).stdout
        decoded = np.frombuffer(output, np.float32).astype(np.float64)
        video_start = float(probe(path)["video"]["start_time"])
        self.assertLess(abs((len(decoded) - len(expected)) / AUDIO_RATE - video_start), 0.07, "both end together")
        reach = AUDIO_RATE * 60 // 1000
        decoded = np.pad(decoded, (reach, reach + max(0, len(expected) - len(decoded))))
        scores = np.correlate(decoded[:len(expected) + 2 * reach], expected, "valid")
        best = int(np.argmax(scores))
        self.assertGreater(scores[best], 0.5 * np.dot(expected, expected), "it is the same sound")
        return (best - reach) / AUDIO_RATE - video_start

    def check_sync(self, name, begin, end, *arguments):
        source, samples = self.clicks((0.05, 0.52, 1.31, 2.1, 2.74, 3.9), 6)
        path = self.folder / name
        self.render(path, source, "--frames", f"{begin}:{end}", *arguments)
        self.assertEqual(int(probe(path)["video"]["nb_read_frames"]), end - begin)
        expected = samples[begin * AUDIO_RATE // 25:end * AUDIO_RATE // 25]
        self.assertLessEqual(abs(self.late(path, expected)), SYNC_S)

    def test_is_in_sync(self):
        for name in ("x.mp4", "x.mkv", "x.mov"):
            with self.subTest(name):
                self.check_sync(name, 0, 100)

    def test_is_cut_to_the_frames(self):
        for begin, end in ((12, 37), (50, 100), (1, 2 + FRAMES)):
            with self.subTest(f"{begin}:{end}"):
                self.check_sync("x.mp4", begin, end, "--overwrite")

    def test_of_another_rate_and_format(self):
        source, samples = self.clicks((0.2, 0.7), 1)
        for name, codec in (("a.flac", "flac"), ("a.opus", "libopus"), ("a.m4a", "aac")):
            with self.subTest(name):
                audio = self.folder / name
                subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(source), "-c:a", codec, "-ar", "48000",
                                "-ac", "2", str(audio)], check=True)
                path = self.folder / "x.mp4"
                self.render(path, audio, "--frames", "0:25", "--overwrite")
                self.assertLessEqual(abs(self.late(path, samples)), SYNC_S)

    def test_shorter_than_the_video_leaves_the_video_whole(self):
        source, _ = self.clicks((0.2,), 0.5)
        path = self.folder / "x.mp4"
        self.render(path, source, "--frames", "0:50")
        self.assertEqual(int(probe(path)["video"]["nb_read_frames"]), 50)

    def test_over_before_the_video_starts_leaves_the_video_whole(self):
        source, _ = self.clicks((0.2,), 0.5)
        path = self.folder / "x.mp4"
        self.render(path, source, "--frames", "50:60")
        self.assertEqual(int(probe(path)["video"]["nb_read_frames"]), 10)


class Pictures(Outputs):
    def check_pictures(self, files, frames, least_db):
        self.assertEqual(len(files), len(frames))
        self.assertGreater(luma_psnr([picture_luma(file) for file in files], [y for y, _, _ in frames]), least_db)

    def test_a_folder_gets_jpeg_pictures(self):
        output = self.folder / "pictures"
        render(Settings.package, f"{output}/")
        files = sorted(output.iterdir())
        self.assertEqual({file.suffix for file in files}, {".jpg"})
        self.check_pictures(files, rendered_planes(), 38)

    def test_an_existing_folder_is_a_folder_without_the_slash(self):
        output = self.folder / "pictures"
        output.mkdir()
        render(Settings.package, output)
        self.assertEqual(len(list(output.glob("*.jpg"))), FRAMES)

    def test_a_pattern_is_numbered_from_zero(self):
        for suffix, least_db in (("jpg", 38), ("png", 42)):
            with self.subTest(suffix):
                render(Settings.package, self.folder / f"%05d.{suffix}")
                files = [self.folder / f"{index:05d}.{suffix}" for index in range(FRAMES)]
                self.assertEqual(sorted(self.folder.glob(f"*.{suffix}")), files)
                self.check_pictures(files, rendered_planes(), least_db)

    def test_part_of_a_job_numbers_its_pictures_as_the_whole_job_does(self):
        render(Settings.package, self.folder / "frame_%03d.png", "--frames", "5:9")
        self.assertEqual(self.names(), [f"frame_{index:03d}.png" for index in range(5, 9)])
        self.check_pictures(sorted(self.folder.iterdir()), rendered_planes("--frames", "5:9"), 42)

    def test_quality_is_the_jpeg_quality(self):
        sizes = []
        for quality in ("30", "95"):
            render(Settings.package, self.folder / f"{quality}_%02d.jpg", "--quality", quality, "--frames", "0:2")
            sizes.append((self.folder / f"{quality}_00.jpg").stat().st_size)
        self.assertGreater(sizes[1], 1.5 * sizes[0])

    def test_jpeg_files_of_a_loop_are_those_of_frames_rendered_alone(self):
        render(Settings.package, self.folder / "loop_%02d.jpg", "--frames", "0:60")
        render(Settings.package, self.folder / "alone_%02d.jpg", "--frames", "40:45")  # five source frames
        for index in range(40, 45):
            loop, alone = (self.folder / f"{name}_{index}.jpg" for name in ("loop", "alone"))
            self.assertEqual(loop.read_bytes(), alone.read_bytes(), index)

    def test_jpeg_files_are_the_same_in_every_cache_mode(self):
        # disk encodes every frame whole the first time; ram keeps no whole frame at all.
        for frames in ("0:24", "20:70"):
            files = {}
            for cache in ("disk", "ram", "chunk", "stream"):
                folder = self.folder / f"{cache}_{frames[0]}"
                render(Settings.package, f"{folder}/", "--cache", cache, "--chunk-frames", "7", "--frames", frames)
                files[cache] = {file.name: file.read_bytes() for file in folder.iterdir()}
            for cache in ("ram", "chunk", "stream"):
                self.assertEqual(files[cache].keys(), files["disk"].keys())
                for name in files[cache]:
                    self.assertTrue(files[cache][name] == files["disk"][name], f"{cache} {frames} {name}")

    def test_jpeg_has_the_right_colours(self):
        render(Settings.package, self.folder / "%d.jpg", "--frames", "0:1")
        picture = cv2.imread(str(self.folder / "0.jpg")).astype(int)
        capture = cv2.VideoCapture(str(Settings.package / "full_body_video.mp4"))
        source = capture.read()[1].astype(int)
        self.assertLess(np.abs(picture - source)[:40].mean(), 2.0, "outside the mouth it is the source")


class Streams(Outputs):
    def test_y4m_is_what_ffmpeg_reads_and_nothing_else(self):
        for quiet in (["--quiet"], []):
            result = run("render", Settings.package, "-o", "-", *quiet)
            self.assertEqual(result.returncode, 0)
            frame = WIDTH * HEIGHT * 3 // 2
            header = result.stdout.index(b"\n") + 1
            self.assertEqual(len(result.stdout), header + FRAMES * (len(b"FRAME\n") + frame))
        self.assertIn(b" F25:1", result.stdout[:header])
        decoded = subprocess.run(["ffmpeg", "-v", "error", "-i", "-", "-f", "rawvideo", "-"], input=result.stdout,
                                 check=True, capture_output=True).stdout
        self.assertEqual(len(decoded), FRAMES * frame)

    def test_y4m_holds_the_planes_that_hash_sums(self):
        sums = [hashlib.md5(b"".join(plane.tobytes() for plane in planes)).hexdigest() for planes in rendered_planes()]
        self.assertEqual(sums, [checksum for _, checksum in hashes(Settings.package)])

    def test_hash_to_a_file_is_hash_to_standard_output(self):
        path = self.folder / "sums.txt"
        result = render(Settings.package, f"hash:{path}")
        self.assertEqual(result.stdout, b"")
        self.assertEqual(path.read_bytes(), render(Settings.package, "hash:").stdout)
        self.assertEqual(self.names(), ["sums.txt"])

    def test_null_writes_nothing(self):
        self.assertEqual(render(Settings.package, "null:", cwd=self.folder).stdout, b"")
        self.assertEqual(self.names(), [])


if __name__ == "__main__":
    program.main(__doc__.splitlines()[0])

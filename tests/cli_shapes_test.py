#!/usr/bin/env python3
"""Shapes of output: what a name, a size, a part and a background make of the frames."""

import json
import pathlib
import subprocess
import tempfile
import unittest

import cv2
import numpy as np

import program
from program import Settings, decode_planes, psnr, render, run

WIDTH, HEIGHT = 426, 240


def streams(path):
    """ffprobe's streams by kind, frames counted by decoding."""
    output = subprocess.run(["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", str(path)],
                            check=True, capture_output=True).stdout
    return {stream["codec_type"]: stream for stream in json.loads(output)["streams"]}


def pixels(path, width=WIDTH, height=HEIGHT):
    """[frames, height, width, 3] R, G, B, as the ffmpeg command line shows them."""
    data = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24",
                           "-fps_mode", "passthrough", "-"], check=True, capture_output=True).stdout
    return np.frombuffer(data, np.uint8).reshape(-1, height, width, 3)


def planes(*arguments):
    return list(program.rendered_planes(Settings.package, *arguments))


def picture_psnr(a, b):
    return psnr(float(((a.astype(float) - b) ** 2).sum()), a.size)


class Shapes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def render(self, name, *arguments):
        path = self.folder / name
        result = render(Settings.package, path, *arguments)
        self.assertEqual(result.stderr, "")
        return path

    def names(self):
        return sorted(path.name for path in self.folder.iterdir())

    def refused(self, words, name, *arguments):
        """The render ends before it begins: one line with `words`, and nothing is left."""
        result = run("render", Settings.package, "-o", self.folder / name, "--quiet", *arguments)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)
        self.assertEqual(self.names(), [])


class Formats(Shapes):
    def test_webm_and_its_codecs(self):
        # why: what browsers play without a licence; (name, arguments, codec, least dB of luma)
        for name, arguments, codec, least_db in (("vp9.webm", [], "vp9", 33),
                                                 ("better.webm", ["--crf", "15"], "vp9", 38),
                                                 ("slower.webm", ["--preset", "2"], "vp9", 33),
                                                 ("av1.webm", ["--codec", "libaom-av1", "--crf", "30"], "av1", 33)):
            with self.subTest(name):
                path = self.render(name, *arguments, "--frames", "0:12")
                video = streams(path)["video"]
                self.assertEqual((video["codec_name"], int(video["nb_read_frames"])), (codec, 12))
                self.assertEqual((video["width"], video["height"]), (WIDTH, HEIGHT))
                for decoded, frame in zip(decode_planes(path, WIDTH, HEIGHT), planes("--frames", "0:12"),
                                          strict=True):
                    self.assertGreater(picture_psnr(decoded[0], frame[0]), least_db)

    def test_webm_has_opus_sound_in_time(self):
        sound = self.folder / "tone.wav"
        subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=440:d=0.92:r=44100", str(sound)], check=True)
        path = self.render("x.webm", "--audio", sound, "--features", Settings.package / "aud_ave.npy")
        audio = streams(path)["audio"]
        self.assertEqual((audio["codec_name"], audio["sample_rate"]), ("opus", "48000"))
        data = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-f", "s16le", "-ac", "1", "-"],
                              check=True, capture_output=True).stdout
        samples = np.frombuffer(data, np.int16)
        self.assertAlmostEqual(np.flatnonzero(np.abs(samples) > 1000)[0] / 48000, 0, delta=0.005)
        self.assertAlmostEqual(len(samples) / 48000, 0.92, delta=0.03)

    def test_shards_of_webm_join(self):
        for i in range(2):
            self.render(f"{i}.webm", "--shard", f"{i}/2", "--frames", "0:500", "--threads", "1")
        joined = self.folder / "joined.webm"
        result = run("join", self.folder / "1.webm", self.folder / "0.webm", "-o", joined)
        self.assertEqual(result.returncode, 0, result.stderr)
        whole = self.render("whole.webm", "--frames", "0:500", "--threads", "1")
        for a, b in zip(decode_planes(joined, WIDTH, HEIGHT), decode_planes(whole, WIDTH, HEIGHT), strict=True):
            np.testing.assert_array_equal(a[0], b[0])

    def test_a_gif_and_a_webp_show_the_frames_again_and_again(self):
        # (name, least dB of all colours: 256 of them with dots, or those of a lossy codec)
        exact = self.render("x.mkv", "--codec", "ffv1", "--frames", "0:30")
        expected = pixels(exact)
        path = self.render("x.gif", "--frames", "0:30")
        shown = pixels(path)
        self.assertEqual(len(shown), 30)
        for frame in range(30):
            self.assertGreater(picture_psnr(shown[frame], expected[frame]), 30, frame)
        self.assertIn(b"NETSCAPE2.0\x03\x01\x00\x00", path.read_bytes(), "for ever")

        data = self.render("x.webp", "--frames", "0:30").read_bytes()
        self.assertEqual(data.count(b"ANMF"), 30)
        self.assertEqual(data[data.index(b"ANIM") + 12:][:2], b"\x00\x00", "for ever")

    def test_a_gif_of_a_still_background_repeats_no_pixel_of_it(self):
        one = self.render("one.gif", "--frames", "0:1").stat().st_size
        many = self.render("many.gif", "--frames", "0:40").stat().st_size
        self.assertLess(many, 40 * one)

    def test_one_frame_is_one_image(self):
        self.render("all/%05d.png", "--frames", "20:21")
        self.render("jpegs/%05d.jpg", "--frames", "20:21", "--quality", "80")
        thumb = self.render("thumb.png", "--frames", "20:21")
        self.assertEqual(thumb.read_bytes(), (self.folder / "all/00020.png").read_bytes())
        photo = self.render("thumb.JPEG", "--frames", "20:21", "--quality", "80")
        self.assertEqual(photo.read_bytes(), (self.folder / "jpegs/00020.jpg").read_bytes())
        webp = cv2.imread(str(self.render("thumb.webp", "--frames", "20:21")))
        self.assertGreater(picture_psnr(webp, cv2.imread(str(thumb))), 30)

    def test_more_than_one_frame_in_one_image_is_an_error(self):
        for arguments in ((), ("--frames", "0:2")):
            with self.subTest(arguments):
                self.refused(["thumb_7.png: names one image, and every frame needs its own", "thumb_%01d.png"],
                             "thumb_7.png", *arguments)

    def test_what_has_no_sound_and_no_codec_says_so(self):
        # (output, arguments, words)
        for name, arguments, words in (
                ("x.gif", ["--crf", "20"], ["takes no codec, crf, preset or bitrate"]),
                ("x.webp", ["--codec", "libwebp"], ["takes no codec, crf, preset or bitrate"]),
                ("x.webm", ["--codec", "libx264"], ["'libx264' does not fit the container", "libvpx-vp9"]),
                ("x.webm", ["--preset", "fast"], ["libvpx-vp9 does not take cpu-used fast"]),
                ("x.flv", [], ["nothing writes this suffix", ".webm", ".gif", ".webp"])):
            with self.subTest(name=name, arguments=arguments):
                self.refused(words, name, *arguments)

    def test_an_image_is_replaced_only_when_told(self):
        path = self.folder / "thumb.png"
        path.write_bytes(b"mine")
        result = run("render", Settings.package, "-o", path, "--frames", "3:4")
        self.assertEqual(result.returncode, 2)
        self.assertIn("exists already; --overwrite replaces it", result.stderr)
        self.assertEqual(path.read_bytes(), b"mine")
        render(Settings.package, path, "--frames", "3:4", "--overwrite")
        self.assertEqual(path.read_bytes()[:4], b"\x89PNG")


if __name__ == "__main__":
    program.main(__doc__)

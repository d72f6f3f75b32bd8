#!/usr/bin/env python3
"""Shapes of output: what a name, a size, a part and a background make of the frames."""

import hashlib
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


class CropAndScale(Shapes):
    def y4m(self, *arguments):
        """(header, planes of each frame) of four frames."""
        path = self.render(f"{len(self.names())}.y4m", "--frames", "0:4", *arguments)
        with path.open("rb") as stream:
            reader = program.Y4m(stream)
            return reader.header, list(reader)

    def test_what_options_make_of_the_frames(self):
        # (arguments, width, height, pixel aspect, why)
        table = [(["--scale", "-2:120"], 214, 120, "1:1", "an even width of the same shape"),
                 (["--scale", "640:-2"], 640, 360, "1:1", "larger"),
                 (["--scale", "852x480"], 852, 480, "1:1", "both sides, of the same shape"),
                 (["--scale", "240x240"], 240, 240, "71:40", "both sides: pixels keep the shape"),
                 (["--crop", "9:16"], 134, 240, "1:1", "the largest portrait"),
                 (["--crop", "1:1@10,0"], 240, 240, "1:1", "at a place"),
                 (["--crop", "9:16", "--scale", "-2:480"], 268, 480, "1:1", "first cut, then scaled"),
                 (["--crop", "100x90@21,11"], 100, 90, "1:1", "of a size, at even numbers"),
                 ([], WIDTH, HEIGHT, "1:1", "nothing")]
        for arguments, width, height, aspect, why in table:
            with self.subTest(why):
                header, frames = self.y4m(*arguments)
                self.assertIn(f" W{width} H{height} ", header)
                self.assertIn(f" A{aspect} ", header)
                self.assertEqual(len(frames), 4)

    def test_a_crop_is_the_part_bit_for_bit_and_stays_where_it_is(self):
        rectangles = json.loads((Settings.package / "cache/crop_rectangles.json").read_text())
        middle = np.mean([(r["rect"][0] + r["rect"][2]) / 2 for r in rectangles.values()])
        left = int(np.clip(2 * round((middle - 134 / 2) / 2), 0, WIDTH - 134))
        whole = planes("--frames", "0:4")
        for arguments, x, y, width, height in ((["--crop", "9:16"], left, 0, 134, 240),
                                               (["--crop", "100x90@20,10"], 20, 10, 100, 90)):
            with self.subTest(arguments):
                for cut, frame in zip(self.y4m(*arguments)[1], whole, strict=True):
                    np.testing.assert_array_equal(cut[0], frame[0][y:y + height, x:x + width])
                    for c in (1, 2):
                        np.testing.assert_array_equal(
                            cut[c], frame[c][y // 2:(y + height) // 2, x // 2:(x + width) // 2])

    def test_scaled_pictures_are_those_of_ffmpeg(self):
        """Bicubic, chroma sited as it is: what ffmpeg's scale filter makes of the frames when told so."""
        exact = self.render("x.mkv", "--codec", "ffv1", "--frames", "0:4")
        for width, height in ((640, 360), (212, 120)):
            expected = self.folder / "expected.mkv"
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(exact), "-vf",
                            f"scale={width}:{height}:flags=bicubic+accurate_rnd+bitexact:"
                            "in_h_chr_pos=0:in_v_chr_pos=128:out_h_chr_pos=0:out_v_chr_pos=128",
                            "-c:v", "ffv1", str(expected)], check=True)
            frames = self.y4m("--scale", f"{width}x{height}")[1]
            for ours, theirs in zip(frames, decode_planes(expected, width, height), strict=True):
                for a, b in zip(ours, theirs):
                    self.assertLessEqual(np.abs(a.astype(int) - b).max(), 1)

    def test_every_kind_of_output_takes_them(self):
        for name in ("x.mp4", "x.webm", "x.gif", "x.avi"):
            with self.subTest(name):
                video = streams(self.render(name, "--frames", "0:3", "--crop", "9:16", "--scale", "-2:160"))["video"]
                self.assertEqual((video["width"], video["height"]), (90, 160))
        for name in ("a/%02d.jpg", "b/%02d.png", "c.png", "d.webp", "d2.jpg"):
            with self.subTest(name):
                self.render(name, "--frames", "3:4", "--crop", "9:16", "--scale", "-2:160")
                picture = cv2.imread(str(self.folder / name.replace("%02d", "03")))
                self.assertEqual(picture.shape, (160, 90, 3))
        lines = program.hashes(Settings.package, "--frames", "0:4", "--crop", "1:1", "--scale", "64:-2")
        _, frames = self.y4m("--crop", "1:1", "--scale", "64:-2")
        self.assertEqual([line[1] for line in lines],
                         [hashlib.md5(b"".join(plane.tobytes() for plane in frame)).hexdigest() for frame in frames])

    def test_jpegs_do_not_depend_on_what_is_kept(self):
        """More than one pass over the avatar, whose frames are then spliced."""
        frames = 2 * len(json.loads((Settings.package / "cache/crop_rectangles.json").read_text()))
        shape = ["--crop", "9:16", "--scale", "-2:160"]
        self.render("kept/", "--frames", f"0:{frames}", "--cache", "stream", *shape)
        for number in range(frames - 20, frames, 7):
            whole = self.render(f"{number}.jpg", "--frames", f"{number}:{number + 1}", *shape)
            self.assertEqual((self.folder / f"kept/{number:05d}.jpg").read_bytes(), whole.read_bytes(), number)

    def test_shards_join_only_with_their_like(self):
        crop = ["--crop", "9:16", "--scale", "-2:160", "--frames", "0:500"]
        self.render("0.mp4", "--shard", "0/2", *crop)
        self.render("1.mp4", "--shard", "1/2", *crop)
        self.render("other.mp4", "--shard", "1/2", "--frames", "0:500", "--scale", "90x160")
        result = run("join", self.folder / "0.mp4", self.folder / "other.mp4", "-o", self.folder / "no.mp4")
        self.assertEqual(result.returncode, 2)
        result = run("join", self.folder / "0.mp4", self.folder / "1.mp4", "-o", self.folder / "all.mp4")
        self.assertEqual(result.returncode, 0, result.stderr)
        whole = self.render("whole.mp4", *crop)
        for a, b in zip(decode_planes(self.folder / "all.mp4", 90, 160), decode_planes(whole, 90, 160), strict=True):
            np.testing.assert_array_equal(a[0], b[0])

    def test_wrong_values_are_errors_before_the_work(self):
        # (arguments, words)
        for arguments, words in (
                (["--scale", "480"], ["scale: expected 1920x1080, -2:480", '"480"']),
                (["--scale", "-2:-2"], ["scale: expected"]),
                (["--crop", "9"], ["crop: expected 9:16"]),
                (["--crop", "1000x10"], ["crop: expected a part of the frames, which are 426x240, found 1000x10"]),
                (["--crop", "9:16@400,0"], ["crop: expected a place from 0,0 to 292,0 for 134x240 of 426x240"]),
                (["--crop", "9:16", "--scale", "135:-2"], ["takes even sizes only, not 135x242"])):
            with self.subTest(arguments):
                self.refused(words, "x.mp4", *arguments)


if __name__ == "__main__":
    program.main(__doc__)

#!/usr/bin/env python3
"""What a video says of its colours, pixels and fields reaches every output, or a line says what does not."""

import json
import subprocess

import cv2
import numpy as np

import program
from mp4_boxes import set_matrix
from package_case import BODY, FRAMES, PackageCase, ffmpeg, inspected, outside
from program import render, run

OUTPUTS = {"png": ["p/%05d.png"], "jpeg": ["j/%05d.jpg", "--quality", "100"], "h264": ["v.mp4", "--crf", "1"],
           "mjpeg": ["v.avi", "--codec", "mjpeg", "--quality", "100"],
           "rgb": ["v.mkv", "--codec", "libx264rgb", "--crf", "1"]}


def stream(path):
    """What ffprobe says of the video."""
    found = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_streams", "-of", "json", path],
                           check=True, capture_output=True).stdout
    return json.loads(found)["streams"][0]


def first_picture(path):
    """As a player shows it: B, G, R."""
    if path.suffix in (".png", ".jpg"):
        return cv2.imread(str(path)).astype(int)
    picture = path.with_name(path.name + ".png")
    ffmpeg("-i", path, "-frames:v", "1", "-sws_flags", "accurate_rnd+full_chroma_int", picture)
    return cv2.imread(str(picture)).astype(int)


class Colors(PackageCase):
    def test_are_those_of_the_source_in_every_output(self):
        table = [("BT.601", "smpte170m", "tv"), ("BT.601", "bt470bg", "pc"), ("BT.709", "bt709", "tv"),
                 ("BT.709", "bt709", "pc"), ("BT.2020", "bt2020nc", "tv"), ("smpte240m", "smpte240m", "tv")]
        for name, matrix, extent in table:
            with self.subTest(f"{name}, {extent}"):
                scaled = matrix.replace("nc", "").replace("470bg", "470")
                package = self.with_body(matrix + extent, "-vf",
                                         "eq=saturation=2.5,"
                                         f"scale=out_color_matrix={scaled}:out_range={extent},format=yuv420p,"
                                         f"setparams=colorspace={matrix}:range={extent}",
                                         "-c:v", "libx264", "-qp", "0")
                status, body, said = inspected(package)
                self.assertEqual((status, body["matrix"], said), (0, name, ""))
                self.assertEqual(body["range"], "full" if extent == "pc" else "limited")
                shown = outside(package, first_picture(package / BODY), self.rectangles[0])
                for kind, (output, *arguments) in OUTPUTS.items():
                    render(package, package / output, "--frames", "0:2", *arguments)
                    path = package / output.replace("%05d", "00000")
                    found = outside(package, first_picture(path), self.rectangles[0])
                    self.assertLess(np.abs(found - shown).mean(), 2.5, kind)
                tags = stream(package / "v.mp4")
                self.assertEqual((tags["color_space"], tags["color_range"]), (matrix, extent))

    def test_of_mjpeg_are_bt601_whatever_the_container_says(self):
        package = self.with_body("p", "-c:v", "mjpeg", "-q:v", "2", "-colorspace", "bt709")
        _, body, said = inspected(package)
        self.assertEqual((body["matrix"], body["range"], said), ("BT.601", "full", ""))

    def test_of_another_matrix_would_show(self):
        """The test above could fail: pictures that are read as BT.601 differ by more than it allows."""
        package = self.with_body("p", "-vf", "eq=saturation=2.5,scale=out_color_matrix=bt709,format=yuv420p",
                                 "-c:v", "libx264", "-qp", "0", "-colorspace", "bt709")
        shown = outside(package, first_picture(package / BODY), self.rectangles[0])
        raw = package / "untagged.mp4"
        ffmpeg("-i", package / BODY, "-c", "copy", "-bsf:v", "h264_metadata=matrix_coefficients=6", raw)
        wrong = outside(package, first_picture(raw), self.rectangles[0])
        self.assertGreater(np.abs(wrong - shown).mean(), 4)

    def test_jpegs_are_the_same_however_they_are_put_together(self):
        package = self.with_body("p", "-c:v", "libx264", "-qp", "0", "-colorspace", "bt709")
        files = []
        for cache in ("ram", "stream", "disk"):
            render(package, package / cache / "%05d.jpg", "--frames", f"0:{2 * FRAMES}", "--cache", cache)
            files.append([path.read_bytes() for path in sorted((package / cache).iterdir())])
        self.assertEqual(len(files[0]), 2 * FRAMES)
        self.assertEqual(files[1:], [files[0]] * 2)

    def test_that_pictures_cannot_say_are_spoken_of(self):
        table = [("YCgCo", "colorspace", "ycgco", "is ycgco: videos keep that"),
                 ("wide", "color_primaries", "bt2020", "has the wide gamut of BT.2020: videos say so"),
                 ("P3", "color_primaries", "smpte432", "has the wide gamut of Display P3: videos say so")]
        for name, tag, value, text in table:
            with self.subTest(name):
                # FFmpeg 7 tags as the filters say; options of the encoder it passes over, or refuses.
                package = self.with_body(name, "-vf", f"setparams={tag}={value}", "-c:v", "libx264")
                status, _, said = inspected(package)
                self.assertEqual((status, said.count("\n")), (0, 0), said)
                self.assertIn(text, said)
                render(package, package / "v.mp4", "--frames", "0:2")
                shown = stream(package / "v.mp4")
                self.assertEqual(shown[tag.replace("colorspace", "color_space")], value)


class Pixels(PackageCase):
    def test_that_are_not_square_stay_so(self):
        package = self.with_body("p", "-vf", "setsar=4/3", "-c:v", "libx264")
        _, body, said = inspected(package)
        self.assertEqual(body["sample_aspect"], [4, 3])
        self.assertIn("pixels are not square (4:3): videos and y4m say so", said)
        for name, arguments in (("a.mp4", []), ("a.mov", []), ("a.mkv", []), ("a.avi", []),
                                ("b.mp4", ["--codec", "mpeg4"])):
            with self.subTest(name):
                render(package, package / name, "--frames", "0:2", *arguments)
                self.assertEqual(stream(package / name)["sample_aspect_ratio"], "4:3")
        y4m = run("render", package, "-o", "-", "--frames", "0:1", "--quiet").stdout
        self.assertIn(b" A4:3 ", y4m.splitlines()[0])

    def test_turned_with_the_picture_are_turned(self):
        package = self.with_body("p", "-vf", "transpose=2,setsar=4/3", "-c:v", "libx264", "-metadata:s:v", "rotate=90")
        _, body, _ = inspected(package)
        self.assertEqual(body["sample_aspect"], [3, 4] if body["orientation"] != "upright" else [4, 3])

    def test_of_shards_are_those_of_the_whole(self):
        package = self.with_body("p", "-vf", "setsar=4/3,setfield=tff", "-c:v", "libx264", "-flags", "+ildct+ilme",
                                 "-x264-params", "tff=1")
        whole, parts = package / "whole.mp4", [package / f"{i}.mp4" for i in range(2)]
        render(package, whole, "--frames", "0:300")
        for i, part in enumerate(parts):
            render(package, part, "--frames", "0:300", "--shard", f"{i}/2")
        joined = package / "joined.mp4"
        result = run("join", *parts, "-o", joined)
        self.assertEqual(result.returncode, 0, result.stderr)
        for key in ("sample_aspect_ratio", "field_order", "nb_frames"):
            self.assertEqual(stream(joined)[key], stream(whole)[key])
        self.assertEqual(stream(joined)["sample_aspect_ratio"], "4:3")


class Fields(PackageCase):
    def interlaced(self, order):
        return self.with_body(order, "-vf", f"setfield={order}ff", "-c:v", "libx264", "-flags", "+ildct+ilme",
                              "-x264-params", f"{order}ff=1")

    def test_keep_their_order_where_the_output_can(self):
        for order, name, text in (("t", "tt", "top field first"), ("b", "bb", "bottom field first")):
            with self.subTest(text):
                package = self.interlaced(order)
                _, body, said = inspected(package)
                self.assertEqual(body["field_order"], text)
                self.assertIn(f"is interlaced ({text}): both fields of a frame are shown at once, but for H.264 "
                              "videos and y4m, which say so", said)
                for container in ("mp4", "mov", "mkv"):
                    clip = package / f"a.{container}"
                    render(package, clip, "--frames", "0:4", "--crf", "1")
                    self.assertEqual(stream(clip)["field_order"], name)
                y4m = run("render", package, "-o", "-", "--frames", "0:1", "--quiet").stdout
                self.assertIn(f" I{order} ".encode(), y4m.splitlines()[0])
                found, expected = first_picture(package / "a.mp4"), first_picture(package / BODY)
                rectangle = self.rectangles[0]
                self.assertLess(np.abs(outside(package, found, rectangle) -
                                       outside(package, expected, rectangle)).mean(), 2)

    def test_are_those_that_the_pictures_tell_of(self):
        """MPEG-4 says so in its pictures alone; of MPEG-2 the container says how fields are stored."""
        for codec in ("mpeg4", "mpeg2video"):
            for order, text in (("t", "top field first"), ("b", "bottom field first")):
                with self.subTest(f"{codec}, {text}"):
                    package = self.with_body(codec + order, "-vf", f"setfield={order}ff", "-c:v", codec, "-flags",
                                             "+ildct+ilme", "-q:v", "2", "-f", "mov")
                    _, body, said = inspected(package)
                    self.assertEqual(body["field_order"], text)
                    self.assertIn(f"is interlaced ({text})", said)

    def test_of_a_picture_that_is_turned_are_lost_and_spoken_of(self):
        package = self.interlaced("t")
        set_matrix(package / BODY, (-1, 0, 0, -1))
        _, _, said = inspected(package)
        self.assertIn("both fields of a frame are shown at once; deinterlace it", said)
        render(package, package / "a.mp4", "--frames", "0:2")
        self.assertEqual(stream(package / "a.mp4").get("field_order", "progressive"), "progressive")


if __name__ == "__main__":
    program.main(__doc__)

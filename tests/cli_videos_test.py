#!/usr/bin/env python3
"""Videos as people have them: how they stand, their colours, what is said of the rest.

Every input is a small package with its full-body video in another form. Where a picture is to be
the same as before, frame 0 is compared with what OpenCV or the ffmpeg command makes of the input.
"""

import json
import struct
import subprocess

import cv2
import numpy as np

import program
from package_case import BODY, HEIGHT, WIDTH, PackageCase, ffmpeg, inspected, luma, outside
from program import run


def set_matrix(path, values):
    """Writes a display matrix (a, b, c, d) into the track header of an MP4."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 4 + (32 if data[data.index(b"tkhd") + 4] == 1 else 20) + 16
    for index, value in zip((0, 1, 3, 4), values):
        struct.pack_into(">i", data, at + 4 * index, value * 65536)
    # Translations keep the picture in sight; they mean nothing here.
    path.write_bytes(data)


class Videos(PackageCase):
    def test_a_display_matrix_stands_upright(self):
        # (a, b, c, d): a stored pixel (x, y) is shown at (a x + c y, b x + d y); how to store a frame so.
        table = [("turned by 90 degrees", (0, 1, -1, 0), "transpose=2"),
                 ("turned by 180 degrees", (-1, 0, 0, -1), "hflip,vflip"),
                 ("turned by 270 degrees", (0, -1, 1, 0), "transpose=1"),
                 ("mirrored left to right", (-1, 0, 0, 1), "hflip"),
                 ("mirrored top to bottom", (1, 0, 0, -1), "vflip"),
                 ("mirrored and turned by 270 degrees", (0, 1, 1, 0), "transpose=0"),
                 ("mirrored and turned by 90 degrees", (0, -1, -1, 0), "transpose=3")]
        upright = luma(self.good)
        for number, (name, matrix, store) in enumerate(table):
            with self.subTest(name):
                package = self.with_body(str(number), "-vf", store, "-c:v", "libx264", "-qp", "0", "-pix_fmt",
                                         "yuv420p")
                set_matrix(package / BODY, matrix)
                status, body, said = inspected(package)
                self.assertEqual((status, said), (0, ""))
                self.assertEqual((body["orientation"], body["width"], body["height"]), (name, WIDTH, HEIGHT))
                for cache in ("ram", "stream"):
                    for a, b in zip(upright, luma(package, "--cache", cache)):
                        np.testing.assert_array_equal(a, b)
                # The ffmpeg command turns pictures as players do.
                shown = list(program.decode_planes(package / BODY, WIDTH, HEIGHT))[0][0]
                np.testing.assert_array_equal(outside(package, shown, self.rectangles[0]),
                                              outside(package, upright[0], self.rectangles[0]))

    def test_an_odd_angle_is_said(self):
        package = self.copy()
        set_matrix(package / BODY, (1, 1, -1, 1))
        status, _, said = inspected(package)
        self.assertEqual(status, 0)
        self.assertIn("not by quarters", said)

    def test_ten_bits_are_rounded(self):
        package = self.with_body("p", "-vf", "format=yuv420p10le,lutyuv=y=val+2", "-c:v", "libx264", "-qp", "0")
        status, body, said = inspected(package)
        self.assertEqual((status, body["bit_depth"], said), (0, 10, ""))
        raw = self.root / "ten.raw"
        ffmpeg("-i", package / BODY, "-frames:v", "1", "-f", "rawvideo", raw)
        codes = np.fromfile(raw, "<u2")[:WIDTH * HEIGHT].reshape(HEIGHT, WIDTH).astype(int)
        rounded = np.minimum((codes + 2) // 4, 255)
        rectangle = self.rectangles[0]
        np.testing.assert_array_equal(outside(package, luma(package)[0], rectangle),
                                      outside(package, rounded, rectangle))

    def test_high_dynamic_range_is_mapped_and_never_tagged(self):
        for name, transfer in (("HLG", "arib-std-b67"), ("PQ", "smpte2084")):
            with self.subTest(name):
                package = self.with_body(name, "-vf", "format=yuv420p10le", "-c:v", "libx264", "-crf", "12",
                                         "-color_primaries", "bt2020", "-color_trc", transfer,
                                         "-colorspace", "bt2020nc")
                status, body, said = inspected(package)
                self.assertEqual((status, body["transfer"], body["matrix"]), (0, name, "BT.2020"))
                self.assertIn(f"high dynamic range ({name}): it is mapped", said)
                clip = package / "clip.mp4"
                result = run("render", package, "-o", clip, "--frames", "0:4", "--quiet")
                self.assertEqual(result.returncode, 0, result.stderr)
                shown = json.loads(subprocess.run(
                    ["ffprobe", "-v", "error", "-show_streams", "-of", "json", clip], check=True,
                    capture_output=True).stdout)["streams"][0]
                self.assertNotIn(shown.get("color_transfer"), ("smpte2084", "arib-std-b67"))
                # The curve rises, and the rectangle goes through it as the rest does: its border, which
                # comes from the crop, still meets the background.
                before, after = luma(self.good)[0], luma(package)[0]
                bright, dark = before > 180, before < 60
                self.assertGreater(after[bright].mean(), after[dark].mean() + 60)
                x1, y1, x2, y2 = self.rectangles[0]
                seam = np.abs(after[y1 - 1, x1 + 4:x2 - 4] - after[y1, x1 + 4:x2 - 4]).mean()
                self.assertLess(seam, np.abs(before[y1 - 1, x1 + 4:x2 - 4] -
                                             before[y1, x1 + 4:x2 - 4]).mean() + 6)

    def test_what_is_not_carried_is_said(self):
        table = [
            ("interlaced", ["-vf", "setfield=tff", "-c:v", "libx264", "-flags", "+ildct+ilme",
                            "-x264-params", "tff=1"], "interlaced (top field first)"),
            ("bottom", ["-vf", "setfield=bff", "-c:v", "libx264", "-flags", "+ildct+ilme",
                        "-x264-params", "bff=1"], "interlaced (bottom field first)"),
            ("wide pixels", ["-vf", "setsar=4/3", "-c:v", "libx264"], "pixels are not square (4:3)"),
            ("alpha", ["-vf", "format=rgba,colorchannelmixer=aa=0.5", "-c:v", "png"], "transparency"),
            ("BT.709", ["-c:v", "libx264", "-colorspace", "bt709"], "is BT.709: videos and y4m keep that"),
            ("two", ["-i", self.good / BODY, "-map", "0:v", "-map", "1:v", "-c", "copy"], "holds 2 videos"),
        ]
        for name, options, text in table:
            with self.subTest(name):
                package = self.with_body(name.replace(" ", "_"), *options)
                status, _, said = inspected(package)
                self.assertEqual(status, 0, said)
                self.assertIn(text, said)
                self.assertEqual(said.count("\n"), 0, said)
                rendered = run("render", package, "-o", "null:", "--frames", "0:2")
                self.assertEqual(rendered.returncode, 0, rendered.stderr)
                self.assertIn(text, rendered.stderr)

    def test_full_range_and_other_samplings_look_as_before(self):
        expected = luma(self.good)[0]
        table = [("full", ["-vf", "scale=in_range=tv:out_range=pc,format=yuvj420p", "-color_range", "pc"], "full"),
                 ("422", ["-pix_fmt", "yuv422p"], "limited"), ("444", ["-pix_fmt", "yuv444p"], "limited"),
                 ("422p10", ["-pix_fmt", "yuv422p10le"], "limited"), ("rgb", None, "full")]
        for name, options, how in table:
            with self.subTest(name):
                if options is None:
                    package = self.with_body(name, "-c:v", "libx264rgb", "-qp", "0")
                else:
                    package = self.with_body(name, *options, "-c:v", "libx264", "-qp", "0")
                _, body, said = inspected(package)
                self.assertEqual((body["range"], said), (how, ""))
                folder = package / "png"
                result = run("render", package, "-o", f"{folder}/%05d.png", "--frames", "0:1", "--quiet")
                self.assertEqual(result.returncode, 0, result.stderr)
                found = cv2.imread(str(next(folder.iterdir())))
                before = self.copy(name + "_before")
                run("render", before, "-o", f"{before}/png/%05d.png", "--frames", "0:1", "--quiet")
                good = cv2.imread(str(next((before / "png").iterdir())))
                self.assertLess(np.abs(found.astype(int) - good).mean(), 2.5)
        self.assertGreater(expected.std(), 10)


if __name__ == "__main__":
    program.main(__doc__)

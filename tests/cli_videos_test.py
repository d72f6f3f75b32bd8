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
from mp4_boxes import box, insert, set_matrix
from package_case import BODY, FRAMES, HEIGHT, WIDTH, PackageCase, ffmpeg, inspected, luma, outside
from program import run


def aperture(width, height):
    return box(b"clap", struct.pack(">8I", width, 1, height, 1, 0, 1, 0, 1))


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
                package = self.with_body(name, "-vf", "format=yuv420p10le,setparams=color_primaries=bt2020:"
                                         f"color_trc={transfer}:colorspace=bt2020nc", "-c:v", "libx264", "-crf", "12")
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

    def check_said(self, package, text):
        """One line, the same at `inspect` and `render`."""
        status, body, said = inspected(package)
        self.assertEqual(status, 0, said)
        self.assertEqual(said.count("\n"), 0, said)
        self.assertIn(text, said)
        rendered = run("render", package, "-o", "null:", "--frames", "0:2")
        self.assertEqual(rendered.returncode, 0, rendered.stderr)
        self.assertIn(f"mouthpiece: {said}\n", rendered.stderr)
        return body

    def test_what_is_not_carried_is_said(self):
        table = [
            ("interlaced", ["-vf", "setfield=tff", "-c:v", "libx264", "-flags", "+ildct+ilme",
                            "-x264-params", "tff=1"], "interlaced (top field first)"),
            ("bottom", ["-vf", "setfield=bff", "-c:v", "libx264", "-flags", "+ildct+ilme",
                        "-x264-params", "bff=1"], "interlaced (bottom field first)"),
            ("wide pixels", ["-vf", "setsar=4/3", "-c:v", "libx264"], "pixels are not square (4:3)"),
            ("alpha", ["-vf", "format=rgba,colorchannelmixer=aa=0.5", "-c:v", "png"], "transparency"),
            ("two", ["-i", self.good / BODY, "-map", "0:v", "-map", "1:v", "-c", "copy"], "holds 2 videos"),
            ("two views", ["-c:v", "libx264", "-x264-params", "frame-packing=3"], "is stereoscopic"),
        ]
        for name, options, text in table:
            with self.subTest(name):
                self.check_said(self.with_body(name.replace(" ", "_"), *options), text)

    def test_what_boxes_say_is_said(self):
        entry = [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1"]
        projection = (box(b"svhd", bytes(4) + b"\0") +
                      box(b"proj", box(b"prhd", bytes(16)) + box(b"equi", bytes(20))))
        table = [("panorama", box(b"sv3d", projection), "is a panorama"),
                 ("clean aperture", aperture(180, 140), "asks to be cut to 180x140 (a clean aperture"),
                 ("Dolby", box(b"dvcC", bytes([1, 0, 5 << 1, 0x35, 0]) + bytes(19)), "Dolby Vision of profile 5")]
        for name, new, text in table:
            with self.subTest(name):
                package = self.with_body(name, "-c", "copy")
                insert(package / BODY, entry, new)
                self.check_said(package, text)

    def test_a_clean_aperture_of_all_is_nothing_to_speak_of(self):
        package = self.with_body("p", "-c", "copy")
        insert(package / BODY, [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1"], aperture(WIDTH, HEIGHT))
        self.assertEqual(inspected(package)[::2], (0, ""))

    def test_the_decoders_word_on_how_a_picture_stands(self):
        """H.264 may say so in its pictures, where the container says nothing."""
        package = self.with_body("p", "-vf", "transpose=2", "-c:v", "libx264", "-qp", "0", "-bsf:v",
                                 "h264_metadata=display_orientation=insert:rotate=90")
        status, body, said = inspected(package)
        self.assertEqual((status, said), (0, ""))
        self.assertNotEqual(body["orientation"], "upright")
        self.assertEqual((body["width"], body["height"]), (WIDTH, HEIGHT))

    def test_what_is_cropped_is_not_there(self):
        """Exactly, also on the left, where decoders like to keep their memory aligned."""
        upright = luma(self.good)[0]
        for left, top in ((2, 2), (8, 6), (16, 0)):
            with self.subTest(f"{left}, {top}"):
                package = self.with_body(f"{left}_{top}", "-vf", f"pad=iw+{left}+6:ih+{top}+4:{left}:{top}:red",
                                         "-c:v", "libx264", "-qp", "0", "-x264-params", f"crop-rect={left},{top},6,4")
                status, body, said = inspected(package)
                self.assertEqual((status, said, body["width"], body["height"]), (0, "", WIDTH, HEIGHT))
                np.testing.assert_array_equal(luma(package)[0], upright)

    def test_covers_and_other_tracks_are_left_aside(self):
        cover, subtitles = self.root / "cover.png", self.root / "x.srt"
        cv2.imwrite(str(cover), np.zeros((64, 64, 3), np.uint8))
        subtitles.write_text("1\n00:00:00,000 --> 00:00:01,000\nwords\n")
        package = self.with_body("p", "-i", cover, "-i", subtitles, "-f", "lavfi", "-t", "0.4", "-i", "anullsrc", "-map",
                                 "1", "-map", "3", "-map", "0", "-map", "2", "-c:v:1", "copy", "-c:v:0", "png",
                                 "-disposition:v:0", "attached_pic", "-c:s", "mov_text", "-c:a", "aac",
                                 "-timecode", "01:00:00:00")
        status, body, said = inspected(package)
        self.assertEqual((status, said, body["frames"]), (0, "", FRAMES))
        self.assertEqual((body["tracks"]["video"], body["tracks"]["audio"]), (1, 1))
        self.assertGreater(body["tracks"]["other"], 1)
        np.testing.assert_array_equal(luma(package)[0], luma(self.good)[0])

    def test_joined_files_are_spoken_of(self):
        package = self.copy()
        with open(package / BODY, "ab") as file:
            file.write((self.good / BODY).read_bytes())
        self.assertEqual(self.check_said(package, "joined byte by byte: the first is shown")["frames"], FRAMES)

    def check_refused(self, package, text):
        result = run("render", package, "-o", "null:", "--quiet")
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, r"\Amouthpiece: [^\n]*full_body_video\.mp4: [^\n]+\n\Z")
        self.assertIn(text, result.stderr)

    def test_an_encrypted_video_is_refused(self):
        package = self.with_body("p", "-c", "copy", "-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "1" * 32,
                                 "-encryption_kid", "2" * 32)
        self.assertEqual(inspected(package)[0], 2)
        self.check_refused(package, "is encrypted")

    def test_clips_that_change_in_the_middle_are_refused(self):
        table = [("range", "scale=out_range=pc,format=yuvj420p", "frame 6 is of full range, expected limited"),
                 ("size", "scale=iw-16:ih", f"frame 6 is {WIDTH - 16}x{HEIGHT}, expected {WIDTH}x{HEIGHT}")]
        for name, change, text in table:
            with self.subTest(name):
                package = self.copy(name)
                parts = []
                for number, pictures in enumerate(("null", change)):
                    parts.append(self.root / f"{name}{number}.h264")
                    ffmpeg("-i", self.good / BODY, "-frames:v", "6", "-vf", pictures, "-c:v", "libx264", "-bf", "0",
                           parts[-1])
                both = self.root / f"{name}.h264"
                both.write_bytes(b"".join(part.read_bytes() for part in parts))
                ffmpeg("-framerate", "25", "-i", both, "-c", "copy", package / BODY)
                self.check_refused(package, text)

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

#!/usr/bin/env python3
"""Videos and pictures as people have them: a table of inputs, what must become of each, and why.

Every input is the drawn package with its full-body frames in another form. Where a picture is to be
the same as before, frame 0 is compared with what OpenCV or the ffmpeg command makes of the input.
"""

import json
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import unittest
import zlib

import cv2
import numpy as np

import make_package
import program
from program import hashes, run

FRAMES, WIDTH, HEIGHT = 12, 192, 144
BODY = "full_body_video.mp4"


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)], check=True)


def inspected(package):
    """(exit status, the full body's entry, all warnings and problems as one text)"""
    result = run("inspect", package, "--json")
    report = json.loads(result.stdout)
    body = next((p for p in report["pictures"] if p["name"] == "full body"), None)
    return result.returncode, body, "\n".join(report["warnings"] + report["problems"])


def luma(package, *arguments):
    """Luma of every output frame of one pass over the avatar."""
    return [planes[0].astype(int) for planes in
            program.rendered_planes(package, "--frames", f"0:{FRAMES}", *arguments)]


def outside(package, frame, rectangle):
    """A copy of `frame` without the rectangle, which the network fills."""
    x1, y1, x2, y2 = rectangle
    copy = np.array(frame, int)
    copy[max(y1 - 1, 0):y2 + 1, max(x1 - 1, 0):x2 + 1] = 0
    return copy


class PackageCase(unittest.TestCase):
    """Each test gets copies of one small package, made once."""

    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.scratch.name)
        cls.good = cls.root / "good"
        make_package.make_package(cls.good, frames=FRAMES, width=WIDTH, height=HEIGHT, keyframe_interval=6)
        document = json.loads((cls.good / "cache/crop_rectangles.json").read_text())
        cls.rectangles = [document[str(i)]["rect"] for i in range(FRAMES)]

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def copy(self, name="package"):
        folder = self.root / self._testMethodName / name
        shutil.copytree(self.good, folder)
        return folder

    def with_body(self, name, *arguments, source=None):
        """A copy of the package whose full-body video is made by ffmpeg with `arguments`."""
        package = self.copy(name)
        ffmpeg("-i", source or self.good / BODY, *arguments, package / BODY)
        return package

    def image_package(self, write, name="images", folder="full_body_img"):
        """A copy whose full body is a folder; `write(path without suffix, number from 0, BGR)`."""
        package = self.copy(name)
        (package / folder).mkdir()
        capture = cv2.VideoCapture(str(self.good / BODY))
        for number in range(FRAMES):
            write(package / folder, number, capture.read()[1])
        (package / BODY).unlink()
        return package


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

    def test_time_stamps(self):
        # (name, presentation time of frame n in ticks of 1/1000 s, rate, texts of the warning)
        jitter = [0, 13, -11, 9, -14, 12, 0, 10, -9, 15, -12, 0]
        table = [
            ("even", lambda n: 40 * n, 25, None),
            ("rounded", lambda n: round(n * 1001 / 30), 30000 / 1001, None),
            ("pairs", lambda n: 40 * n - 20 * (n % 2), 25, "are shown for longer or shorter"),
            ("jitter", lambda n: 40 * n + jitter[n] + 20, 25, "are shown for longer or shorter"),
            ("a gap", lambda n: 40 * n + (400 if n >= 6 else 0), 25, "1 frame of 12"),
            ("slow", lambda n: 100 * n, 10, None),
        ]
        for name, stamp, rate, text in table:
            with self.subTest(name):
                package = self.copy(name.replace(" ", "_"))
                expression = "+".join(f"eq(N\\,{n})*{stamp(n)}" for n in range(FRAMES))
                ffmpeg("-i", self.good / BODY, "-vf", f"settb=1/1000,setpts={expression}", "-fps_mode",
                       "passthrough", "-enc_time_base", "1:1000", "-video_track_timescale", "1000",
                       "-c:v", "libx264", package / BODY)
                status, body, said = inspected(package)
                self.assertEqual(status, 0)
                self.assertAlmostEqual(body["frame_rate"][0] / body["frame_rate"][1], rate, delta=0.02 * rate)
                if text is None:
                    self.assertEqual((said, body["uneven_frames"]), ("", 0))
                else:
                    self.assertIn(text, said)
                    self.assertGreater(body["uneven_frames"], 0)

    def test_trimmed_clips_give_one_set_of_frames(self):
        long = self.root / "long.mp4"
        body = self.good / BODY
        keep = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-threads", "1"]
        kinds = {"closed": ["-g", "10", "-bf", "2"],
                 "open": ["-x264-params", "open-gop=1:keyint=8:min-keyint=8:scenecut=0:bframes=3"],
                 "refresh": ["-x264-params", "intra-refresh=1:keyint=10"]}
        for kind, options in kinds.items():
            for cut in (["-ss", "0.5"], ["-ss", "0.5", "-avoid_negative_ts", "make_zero"], ["-t", "0.7"]):
                with self.subTest(f"{kind} {cut}"):
                    ffmpeg("-stream_loop", "2", "-i", body, *keep, *options, long)
                    before, after = (cut[:2], cut[2:]) if cut[0] == "-ss" else ([], cut)
                    package = self.root / "trim" / "".join([kind, *cut]).replace(".", "_")
                    shutil.copytree(self.good, package)
                    ffmpeg(*before, "-i", long, "-c", "copy", *after, package / BODY)
                    decoded = subprocess.run(
                        ["ffmpeg", "-nostdin", "-v", "quiet", "-i", package / BODY, "-fps_mode", "passthrough",
                         "-f", "framemd5", "-"], capture_output=True, check=True).stdout.decode()
                    count = sum(not line.startswith("#") for line in decoded.splitlines())
                    status, found, said = inspected(package)
                    self.assertEqual((status, found["frames"]), (0, count), said)
                    frames = min(count, FRAMES)
                    expected = hashes(package, "--frames", f"0:{frames}", "--cache", "ram", "--threads", "1")
                    for arguments in (["--cache", "chunk", "--threads", "2", "--chunk-frames", "3"],
                                      ["--cache", "stream", "--threads", "3"], ["--cache", "disk"]):
                        self.assertEqual(hashes(package, "--frames", f"0:{frames}", *arguments), expected)
                    middle = frames // 2
                    later = hashes(package, "--frames", f"{middle}:{frames}", "--cache", "stream")
                    self.assertEqual([md5 for _, md5 in later], [md5 for _, md5 in expected[middle:]])

    def test_left_out_frames_are_said(self):
        long = self.root / "refresh.mp4"
        ffmpeg("-stream_loop", "2", "-i", self.good / BODY, "-c:v", "libx264", "-x264-params",
               "intra-refresh=1:keyint=10", long)
        package = self.copy()
        ffmpeg("-ss", "0.5", "-i", long, "-c", "copy", "-avoid_negative_ts", "make_zero", package / BODY)
        _, body, said = inspected(package)
        self.assertGreater(body["undecodable_frames"], 0)
        self.assertIn(f"{body['undecodable_frames']} frames cannot be decoded", said)


def exif_block(orientation, order=">"):
    return ((b"MM\0*" if order == ">" else b"II*\0") + struct.pack(order + "I", 8) + struct.pack(order + "H", 1) +
            struct.pack(order + "HHIHHI", 0x0112, 3, 1, orientation, 0, 0))


def with_exif(jpeg, orientation, order=">"):
    block = b"Exif\0\0" + exif_block(orientation, order)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + jpeg[2:]


def png_chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def packed_rows(samples, depth):
    """Filter 0 and the samples of each row, at `depth` bits; samples is [height, width * channels]."""
    rows = []
    for row in samples:
        if depth == 16:
            data = row.astype(">u2").tobytes()
        elif depth == 8:
            data = row.astype(np.uint8).tobytes()
        else:
            bits = ((row[:, None] >> np.arange(depth - 1, -1, -1)) & 1).astype(np.uint8).ravel()
            data = np.packbits(bits).tobytes()
        rows.append(b"\0" + data)
    return b"".join(rows)


def png(depth, kind, interlaced, seed=3, width=37, height=29):
    """A PNG of random samples of any kind that the format has."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
    samples = np.random.default_rng(seed).integers(0, 2**depth, (height, width, channels))
    if interlaced:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
        parts = [samples[y::dy, x::dx] for x, y, dx, dy in passes]
        data = b"".join(packed_rows(part.reshape(len(part), -1), depth) for part in parts if part.size)
    else:
        data = packed_rows(samples.reshape(height, -1), depth)
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))
    palette = png_chunk(b"PLTE", np.random.default_rng(seed).bytes(3 * 2**depth)) if kind == 3 else b""
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + palette +
            png_chunk(b"IDAT", zlib.compress(data)) + png_chunk(b"IEND", b""))


class Images(PackageCase):
    def jpeg_package(self, change=lambda data, number: data, name="images", parameters=()):
        def write(folder, number, frame):
            data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 97, *parameters])[1].tobytes()
            (folder / f"{number + 1}.jpg").write_bytes(change(data, number))

        return self.image_package(write, name)

    def test_names(self):
        # (why, name of frame n)
        table = [("capitals", "{}.JPG", 1), ("another suffix", "{}.jpeg", 1), ("PNG in capitals", "{}.PNG", 1),
                 ("eight digits", "{:08d}.png", 1), ("words before", "frame_{:04d}.jpg", 1),
                 ("from 0", "{}.jpg", 0), ("LiveTalking's", "{:08d}.png", 0)]
        for number, (why, pattern, base) in enumerate(table):
            with self.subTest(why):
                def write(folder, frame_number, frame, pattern=pattern, base=base):
                    suffix = ".png" if "png" in pattern.lower() else ".jpg"
                    name = pattern.format(frame_number + base)
                    (folder / name).write_bytes(cv2.imencode(suffix, frame)[1].tobytes())

                package = self.image_package(write, str(number))
                status, body, said = inspected(package)
                self.assertEqual((status, body["frames"], said), (0, FRAMES, ""))
                shown = luma(package)
                self.assertGreater(np.abs(shown[0] - shown[6]).max(), 30)  # not one frame for all

    def test_folders_that_count_differently_are_refused(self):
        package = self.jpeg_package()
        for number in range(FRAMES):
            (package / "full_body_img" / f"{number + 1}.jpg").rename(package / "full_body_img" / f"{number}.jpg")
        (package / "rois_320").mkdir()
        capture = cv2.VideoCapture(str(package / "rois_320_video.mp4"))
        for number in range(FRAMES):
            cv2.imwrite(str(package / "rois_320" / f"{number + 1}.jpg"), capture.read()[1])
        (package / "rois_320_video.mp4").unlink()
        status, _, said = inspected(package)
        self.assertEqual(status, 2)
        self.assertIn("rois_320/1.jpg: has a wrong number: expected images counted from 0 as in full_body_img", said)

    def test_exif_orientation_stands_upright(self):
        upright = luma(self.jpeg_package())
        stored = {2: lambda f: f[:, ::-1], 3: lambda f: f[::-1, ::-1], 4: lambda f: f[::-1],
                  5: lambda f: f.transpose(1, 0, 2), 6: lambda f: cv2.rotate(f, cv2.ROTATE_90_COUNTERCLOCKWISE),
                  7: lambda f: f.transpose(1, 0, 2)[::-1, ::-1], 8: lambda f: cv2.rotate(f, cv2.ROTATE_90_CLOCKWISE)}
        for orientation, store in stored.items():
            for order in "><":
                with self.subTest(f"{orientation} {order}"):
                    def write(folder, number, frame, store=store, orientation=orientation, order=order):
                        jpeg = cv2.imencode(".jpg", np.ascontiguousarray(store(frame)),
                                            [cv2.IMWRITE_JPEG_QUALITY, 97])[1].tobytes()
                        (folder / f"{number + 1}.jpg").write_bytes(with_exif(jpeg, orientation, order))

                    package = self.image_package(write, f"{orientation}{ord(order)}")
                    read = cv2.imread(str(package / "full_body_img" / "1.jpg"))
                    self.assertEqual(read.shape, (HEIGHT, WIDTH, 3))
                    status, body, said = inspected(package)
                    self.assertEqual((status, body["width"], said), (0, WIDTH, ""))
                    for a, b in zip(upright, luma(package)):
                        self.assertLessEqual(np.abs(a - b).max(), 6)  # blocks are coded the other way

    def test_pictures_without_their_last_bytes(self):
        whole = luma(self.jpeg_package())
        for name, parameters in (("sequential", ()), ("progressive", (cv2.IMWRITE_JPEG_PROGRESSIVE, 1))):
            with self.subTest(name):
                package = self.jpeg_package(lambda data, n: data[:-7] if n == 3 else data, name, parameters)
                status, body, said = inspected(package)
                self.assertEqual(status, 0)
                self.assertIn("full_body_img/4.jpg: the end is missing", said)
                shown = luma(package)
                self.assertLessEqual(np.abs(shown[3] - whole[3])[:-16].max(), 8)
        package = self.jpeg_package(lambda data, n: data[:len(data) // 2] if n == 3 else data, "half")
        result = run("render", package, "-o", "null:")
        self.assertEqual(result.returncode, 2)
        self.assertIn("full_body_img/4.jpg", result.stderr)

    def test_transparency_is_said(self):
        def write(folder, number, frame):
            alpha = np.full(frame.shape[:2], 100, np.uint8)
            cv2.imwrite(str(folder / f"{number + 1}.png"), np.dstack([frame, alpha]))

        status, body, said = inspected(self.image_package(write))
        self.assertEqual((status, body["alpha"]), (0, True))
        self.assertIn(f"full_body_img/1.png and {FRAMES - 1} more pictures: transparency is left out", said)

    def test_sizes_that_differ_are_all_counted_at_once(self):
        package = self.jpeg_package()
        for number in (3, 5, 8):
            cv2.imwrite(str(package / "full_body_img" / f"{number}.jpg"), np.zeros((50, 60, 3), np.uint8))
        status, _, said = inspected(package)
        self.assertEqual(status, 2)
        self.assertIn("full_body_img/3.jpg: and 2 more have a wrong size: expected 192x144 as 1.jpg, found 60x50", said)


class Pixels(PackageCase):
    """Pixels of single pictures against cv2.imread, seen through the importer's picture reader: a
    PNG package of one frame, rendered as PNG, in a place that the network does not touch."""

    def shown(self, name, data, suffix):
        """What becomes of the picture as full body of a small package, and what OpenCV reads."""
        package = self.root / "pixels" / name
        shutil.copytree(self.good, package)
        (package / "full_body_img").mkdir()
        (package / BODY).unlink()
        path = package / "full_body_img" / f"1{suffix}"
        path.write_bytes(data)
        read = cv2.imread(str(path))
        height, width = read.shape[:2]
        rectangle = [0, 0, 8, 8]
        (package / "cache/crop_rectangles.json").write_text(json.dumps([rectangle]))
        result = run("render", package, "-o", package / "out" / "%05d.png", "--frames", "0:1", "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)
        found = cv2.imread(str(package / "out" / "00000.png"))
        self.assertEqual(found.shape, (height, width, 3))
        return found, read

    def compare(self, name, data, suffix):
        """Luma, which 4:2:0 keeps, away from the rectangle."""
        found, read = self.shown(name, data, suffix)
        weights = np.array([0.114, 0.587, 0.299])
        difference = np.abs(cv2.blur(found @ weights, (8, 8)) - cv2.blur(read @ weights, (8, 8)))[16:, 16:]
        self.assertLess(difference.max(), 6, name)

    def test_every_kind_of_png(self):
        kinds = [(0, (1, 2, 4, 8, 16)), (2, (8, 16)), (3, (1, 2, 4, 8)), (4, (8, 16)), (6, (8, 16))]
        for kind, depths in kinds:
            for depth in depths:
                for interlaced in (False, True):
                    name = f"png{kind}_{depth}_{interlaced}"
                    with self.subTest(name):
                        self.compare(name, png(depth, kind, interlaced, width=64, height=48), ".png")

    def test_a_png_is_turned_by_its_exif(self):
        data = png(8, 2, False, width=64, height=48)
        data = data[:33] + png_chunk(b"eXIf", exif_block(6)) + data[33:]
        self.compare("png_exif", data, ".png")

    def test_jpegs_of_other_colours(self):
        smooth = cv2.resize(np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8), (64, 48))
        for name, image, parameters in (
                ("grey", smooth[..., 0], ()), ("progressive", smooth, (cv2.IMWRITE_JPEG_PROGRESSIVE, 1)),
                ("444", smooth, (cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111)),
                ("restarts", smooth, (cv2.IMWRITE_JPEG_RST_INTERVAL, 2))):
            with self.subTest(name):
                self.compare("jpeg_" + name, cv2.imencode(".jpg", image, list(parameters))[1].tobytes(), ".jpg")


class Json(PackageCase):
    def test_oddities_that_tools_write(self):
        rectangles = "cache/crop_rectangles.json"
        floats = json.dumps([[float(v) for v in r] for r in self.rectangles])
        paths = "{" + ", ".join(f'"{i}": {{"rect": {r}, "path": "C:\\Users\\Me\\frames\\{i}.jpg"}}'
                                for i, r in enumerate(self.rectangles)) + "}"
        model = {"generator": {"included": True, "file": "models\\generator.onnx", "sha256": None},
                 "audio_encoder": {"included": False, "file": None, "sha256": None}}
        table = [("whole numbers as 562.0", rectangles, floats), ("backslashes of Windows", rectangles, paths),
                 ("a path of Windows, and no digest", "onnx_dist_config.json", json.dumps(model))]
        expected = hashes(self.good, "--frames", "0:3")
        for number, (why, name, text) in enumerate(table):
            with self.subTest(why):
                package = self.copy(str(number))
                (package / name).write_text(text)
                if "config" in name:
                    (package / "models").mkdir()
                    (package / "checkpoint/model_best.onnx").rename(package / "models/generator.onnx")
                self.assertEqual(hashes(package, "--frames", "0:3"), expected)

    def test_fractions_of_pixels_are_refused(self):
        package = self.copy()
        (package / "cache/crop_rectangles.json").write_text(json.dumps(
            [[*r[:3], r[3] + 0.5] for r in self.rectangles]))
        status, _, said = inspected(package)
        self.assertEqual(status, 2)
        self.assertIn("the number", said)


class Places(PackageCase):
    def test_a_package_of_links_into_a_cache(self):
        expected = hashes(self.good, "--frames", "0:3")
        package, blobs = self.root / "linked", self.root / "blobs"
        blobs.mkdir()
        for number, path in enumerate(sorted(self.good.rglob("*"))):
            if path.is_dir():
                continue
            shutil.copy(path, blobs / str(number))
            link = package / path.relative_to(self.good)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(os.path.relpath(blobs / str(number), link.parent))
        self.assertEqual(hashes(package, "--frames", "0:3"), expected)
        # What is no plain file is not opened, and names may not leave the package.
        (package / "aud_ave.npy").unlink()
        (package / "aud_ave.npy").symlink_to("/dev/zero")
        status, _, said = inspected(package)
        self.assertEqual(status, 2)
        self.assertIn("aud_ave.npy: is no file", said)

    def test_folders_whose_names_mean_something_elsewhere(self):
        expected = hashes(self.good, "--frames", "0:3")
        for name in ("100%", "%05d", "a b", "file:x", "a%20b", "-o", "ümlaut", "[x]*?"):
            with self.subTest(name):
                package = self.copy(name)
                self.assertEqual(hashes(package, "--frames", "0:3"), expected)


if __name__ == "__main__":
    program.main(__doc__)

#!/usr/bin/env python3
"""Folders of JPEG and PNG pictures as people have them: names, orientation, kinds, damage."""

import json
import shutil
import struct
import zlib

import cv2
import numpy as np

import program
from cli_import_test import write_dataset
from package_case import BODY, FRAMES, HEIGHT, WIDTH, PackageCase, inspected, luma
from program import run


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

    def test_pixels_and_profiles_that_are_not_carried_are_said(self):
        def jfif(unit, x, y):
            return lambda data, number: data[:13] + struct.pack(">BHH", unit, x, y) + data[18:]

        def profile(name):
            block = b"ICC_PROFILE\0\1\1" + bytes(100) + name
            return lambda data, number: data[:2] + b"\xff\xe2" + struct.pack(">H", len(block) + 2) + block + data[2:]

        table = [("dots an inch", jfif(1, 72, 72), ""), ("aspect", jfif(0, 4, 3), "pixels are not square"),
                 ("densities", jfif(1, 200, 100), "pixels are not square"), ("none", jfif(0, 0, 0), ""),
                 ("P3", profile(b"Display P3"), "the colour profile is left out"), ("sRGB", profile(b"sRGB IEC"), ""),
                 ("wide sRGB", profile("sRGB".encode("utf-16-be")), "")]
        for name, change, text in table:
            with self.subTest(name):
                package = self.jpeg_package(change, name.replace(" ", "_"))
                status, _, said = inspected(package)
                self.assertEqual(status, 0, said)
                expected = f"{package}/full_body_img/1.jpg and {FRAMES - 1} more pictures: {text}" if text else ""
                self.assertEqual(said[:len(expected) or None], expected)

    def test_profiles_of_png(self):
        table = [("iCCP", [(b"iCCP", b"Display P3\0\0" + zlib.compress(b"x"))], True),
                 ("iCCP of sRGB", [(b"iCCP", b"sRGB IEC61966-2.1\0\0" + zlib.compress(b"x"))], False),
                 ("both", [(b"iCCP", b"ICC profile\0\0" + zlib.compress(b"x")), (b"sRGB", b"\0")], False),
                 ("pHYs", [(b"pHYs", struct.pack(">IIB", 2835, 2835, 1))], False),
                 ("odd pHYs", [(b"pHYs", struct.pack(">IIB", 2835, 1000, 1))], True)]
        for name, chunks, is_said in table:
            with self.subTest(name):
                def write(folder, number, frame, chunks=chunks):
                    data = cv2.imencode(".png", frame)[1].tobytes()
                    extra = b"".join(png_chunk(*chunk) for chunk in chunks)
                    (folder / f"{number + 1}.png").write_bytes(data[:33] + extra + data[33:])

                status, _, said = inspected(self.image_package(write, name.replace(" ", "_")))
                self.assertEqual((status, bool(said)), (0, is_said), said)

    def test_import_says_the_same_of_training_pictures(self):
        """Of what its videos do not show any more, and of what a package of the pictures does not show."""
        def alpha(path):
            cv2.imwrite(str(path.with_suffix(".png")), cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2BGRA))
            path.unlink()

        table = [("plain", None, None), ("alpha", alpha, "transparency is left out"),
                 ("cut", lambda path: path.write_bytes(path.read_bytes()[:-5]), "the end is missing"),
                 ("turned", lambda path: path.write_bytes(with_exif(path.read_bytes(), 1)), None)]
        for name, change, text in table:
            for background in ("video", "images"):
                with self.subTest(f"{name}, {background}"):
                    dataset, package = self.root / f"d{name}{background}", self.root / f"p{name}{background}"
                    write_dataset(dataset, frames=3)
                    if change:
                        for path in sorted((dataset / "full_body_img").iterdir())[:2]:
                            change(path)
                    result = run("import", dataset, "-o", package, "--background", background, "--quiet")
                    self.assertEqual((result.returncode, result.stderr), (0, ""))
                    result = run("import", dataset, "-o", package, "--background", background, "--overwrite")
                    self.assertEqual(result.returncode, 0)
                    said = [line for line in result.stderr.splitlines() if line.startswith("mouthpiece: ")]
                    self.assertEqual(len(said), 0 if text is None else 1, said)
                    if text:
                        self.assertIn(" and 1 more pictures: " + text, said[0])

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


if __name__ == "__main__":
    program.main(__doc__)

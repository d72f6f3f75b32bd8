#!/usr/bin/env python3
"""`mouthpiece import`: a training folder of drawn frames becomes a package that renders."""

import json
import pathlib
import shutil
import tempfile
import unittest

import cv2
import numpy as np

import program
from drawn_face import draw_frame
from program import Settings, render, run

FRAMES, WIDTH, HEIGHT = 24, 426, 240
RED, WHITE, GREEN = (0, 0, 255), (255, 255, 255), (0, 255, 0)


def write_landmarks(path, rectangle):
    """110 lines; the square is x of 1 and 31, and y of 52, truncated."""
    x1, y1, x2, _ = rectangle
    points = np.full((110, 2), 7.5)
    points[1, 0], points[31, 0], points[52, 1] = x1 + 0.9, x2 + 0.2, y1 + 0.5
    path.write_text("".join(f"{x} {y}\n" for x, y in points))


def write_dataset(folder, frames=FRAMES):
    """Returns the rectangles."""
    rectangles = []
    for name in ("full_body_img", "landmarks", "checkpoint"):
        (folder / name).mkdir(parents=True)
    for index in range(frames):
        picture, rectangle = draw_frame(index, FRAMES, WIDTH, HEIGHT)
        cv2.imwrite(str(folder / "full_body_img" / f"{index}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 95])
        write_landmarks(folder / "landmarks" / f"{index}.lms", rectangle)
        rectangles.append(rectangle)
    shutil.copy(Settings.package / "checkpoint" / "model_best.onnx", folder / "checkpoint")
    shutil.copy(Settings.package / "aud_ave.npy", folder)
    return rectangles


def write_parsing(folder, rectangles):
    """A bar before the face in two colours that keep it, and something else in one that does not.
    Returns what is kept of each frame, [HEIGHT, WIDTH] of booleans."""
    (folder / "parsing").mkdir()
    kept = []
    for index, (x1, y1, x2, y2) in enumerate(rectangles):
        parsing = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        parsing[y1 + 50:y1 + 63, :x1 + 40 + index] = RED
        parsing[y1 + 60:y1 + 71, x2 - 17:] = WHITE
        parsing[y1 + 20:y1 + 30] = GREEN
        inside = np.zeros((HEIGHT, WIDTH), bool)
        inside[y1:y2, x1:x2] = True
        kept.append(inside & ((parsing == RED).all(2) | (parsing == WHITE).all(2)))
        cv2.imwrite(str(folder / "parsing" / f"{index}.png"), parsing)
    return kept


def bgr_frames(path):
    capture, frames = cv2.VideoCapture(str(path)), []
    while (read := capture.read())[0]:
        frames.append(read[1])
    return frames


def decibels(pictures, others):
    error = sum(float(((a.astype(float) - b) ** 2).sum()) for a, b in zip(pictures, others))
    return program.psnr(error, sum(a.size for a in pictures))


class Importing(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dataset, self.package = pathlib.Path(folder.name) / "dataset", pathlib.Path(folder.name) / "package"
        self.rectangles = write_dataset(self.dataset)

    def do_import(self, *arguments):
        result = run("import", self.dataset, "-o", self.package, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stderr


class Package(Importing):
    def test_has_the_squares_the_landmarks_were_made_of(self):
        self.assertIn(f"{FRAMES} frames", self.do_import())
        document = json.loads((self.package / "cache" / "crop_rectangles.json").read_text())
        self.assertEqual([tuple(document[str(i)]["rect"]) for i in range(FRAMES)], self.rectangles)
        report = json.loads(run("inspect", self.package, "--json").stdout)
        self.assertEqual(report["problems"], [])
        self.assertEqual(report["frame_count"], FRAMES)
        self.assertEqual(report["models"][0]["sha256"], "matches")

    def test_has_the_faces_that_the_network_was_trained_on(self):
        self.do_import("--crf", "4")
        pictures = [cv2.imread(str(self.dataset / "full_body_img" / f"{i}.jpg")) for i in range(FRAMES)]
        crops = [cv2.resize(p[y1:y2, x1:x2], (328, 328), interpolation=cv2.INTER_CUBIC)
                 for p, (x1, y1, x2, y2) in zip(pictures, self.rectangles)]
        rois = [crop[4:324, 4:324] for crop in crops]
        masked = [cv2.rectangle(roi.copy(), (5, 5, 310, 305), (0, 0, 0), -1) for roi in rois]
        for name, expected in (("full_body_video", pictures), ("crops_328_video", crops), ("rois_320_video", rois),
                               ("model_inputs_video", masked)):
            found = bgr_frames(self.package / f"{name}.mp4")
            self.assertEqual(len(found), FRAMES, name)
            self.assertGreater(decibels(expected, found), 34, name)

    def test_renders_the_same_in_every_cache_mode(self):
        self.do_import()
        hashes = [program.hashes(self.package, "--cache", cache, "--frames", "0:50") for cache in ("ram", "stream", "disk")]
        self.assertEqual(len(hashes[0]), 50)
        self.assertEqual(hashes[0], hashes[1])
        self.assertEqual(hashes[0], hashes[2])

    def test_may_hold_the_datasets_own_pictures(self):
        self.do_import("--background", "images")
        for index in range(FRAMES):
            self.assertEqual((self.package / "full_body_img" / f"{index + 1}.jpg").read_bytes(),
                             (self.dataset / "full_body_img" / f"{index}.jpg").read_bytes())
        self.assertEqual(len(program.hashes(self.package)), FRAMES - 1)

    def test_is_replaced_only_when_asked_to(self):
        self.do_import("--quiet")
        again = run("import", self.dataset, "-o", self.package)
        self.assertEqual(again.returncode, 2)
        self.assertIn("--overwrite", again.stderr)
        self.assertEqual(self.do_import("--quiet", "--overwrite"), "")
        self.assertEqual(sorted(p.name for p in self.package.parent.iterdir()), ["dataset", "package"])


class Parsing(Importing):
    CACHES = ("ram", "chunk", "stream", "disk")

    def setUp(self):
        super().setUp()
        self.kept = write_parsing(self.dataset, self.rectangles)

    def expect_kept(self, *arguments):
        """Kept pixels are the source's, the others those of a package that keeps nothing."""
        source = list(program.decode_planes(self.package / "full_body_video.mp4", WIDTH, HEIGHT))
        spans = self.package / "cache" / "kept_spans.npy"
        frames = list(program.rendered_planes(self.package, *arguments))
        hidden = spans.rename(spans.with_suffix(".hidden"))
        free = list(program.rendered_planes(self.package, *arguments))
        hidden.rename(spans)
        self.assertEqual(len(frames), len(free))
        changed = 0
        for output, (planes, others) in enumerate(zip(frames, free)):
            index = output % (2 * FRAMES - 2)
            index = min(index, 2 * FRAMES - 2 - index)
            mask = self.kept[index]
            self.assertTrue((planes[0][mask] == source[index][0][mask]).all(), output)
            self.assertTrue((planes[0][~mask] == others[0][~mask]).all(), output)
            changed += int((planes[0] != others[0]).sum())
            x1, y1, x2, y2 = self.rectangles[index]
            rest = np.zeros((HEIGHT, WIDTH), bool)
            rest[y1:y2, x1:x2] = True
            rest &= ~mask
            is_free = rest.reshape(HEIGHT // 2, 2, WIDTH // 2, 2).any((1, 3))  # blocks with a pixel that is drawn
            for plane, from_source, from_free in zip(planes[1:], source[index][1:], others[1:]):
                self.assertTrue((plane[~is_free] == from_source[~is_free]).all(), output)
                self.assertTrue((plane[is_free] == from_free[is_free]).all(), output)
        self.assertGreater(changed, 100 * len(frames), "the mask hides something")

    def test_is_honoured_by_every_cache_mode(self):
        self.assertIn(f"pixels kept in {FRAMES} of them", self.do_import())
        for cache in self.CACHES:
            with self.subTest(cache):
                self.expect_kept("--cache", cache, "--chunk-frames", "5", "--frames", "0:60")

    def test_is_honoured_by_spliced_jpeg_files(self):
        self.do_import()
        files = {}
        for cache in self.CACHES:
            folder = self.package.parent / cache
            render(self.package, f"{folder}/%05d.jpg", "--cache", cache, "--frames", "0:60", "--chunk-frames", "5")
            files[cache] = [path.read_bytes() for path in sorted(folder.iterdir())]
            self.assertEqual(len(files[cache]), 60)
        for cache in self.CACHES[1:]:
            self.assertEqual(files[cache], files["ram"], cache)
        # Frame 40 shows frame 6 of the way back.
        index = 2 * FRAMES - 2 - 40
        picture = cv2.imdecode(np.frombuffer(files["ram"][40], np.uint8), cv2.IMREAD_COLOR).astype(float)
        truth = bgr_frames(self.package / "full_body_video.mp4")[index]
        mask = self.kept[index]
        self.assertLess(np.abs(picture - truth)[mask].mean(), 4)

    def test_may_mark_nothing_of_the_face(self):
        mask = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        mask[0, 0] = RED  # masks without any mark are refused: cli_checks_test.py
        for path in (self.dataset / "parsing").iterdir():
            cv2.imwrite(str(path), mask)
        self.assertNotIn("kept", self.do_import())
        self.assertFalse((self.package / "cache" / "kept_spans.npy").exists())


class Failures(Importing):
    def expect(self, *parts):
        result = run("import", self.dataset, "-o", self.package)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        for part in parts:
            self.assertIn(part, result.stderr)
        self.assertEqual([p.name for p in self.package.parent.iterdir()], ["dataset"])

    def test_name_the_landmarks_and_the_line(self):
        (self.dataset / "landmarks" / "7.lms").write_text("1 2\n3 four\n")
        self.expect("landmarks/7.lms", "line 2", '"3 four"')

    def test_name_the_frame_without_landmarks(self):
        (self.dataset / "landmarks" / "11.lms").unlink()
        self.expect("landmarks/11.lms", "11.jpg")

    def test_name_the_hole(self):
        (self.dataset / "full_body_img" / "5.jpg").unlink()
        self.expect("full_body_img/5.jpg", "without a hole")

    def test_name_the_square_that_leaves_the_frame(self):
        write_landmarks(self.dataset / "landmarks" / "3.lms", (300, 100, 440, 240))
        self.expect("landmarks/3.lms", "426x240", "[300, 100, 440, 240]")

    def test_name_the_damaged_picture_and_leave_nothing(self):
        path = self.dataset / "full_body_img" / "20.jpg"
        path.write_bytes(path.read_bytes()[:2000])
        result = run("import", self.dataset, "-o", self.package)
        self.assertEqual(result.returncode, 2)
        self.assertIn("20.jpg", result.stderr)
        self.assertEqual([p.name for p in self.package.parent.iterdir()], ["dataset"])

    def test_name_the_missing_generator(self):
        (self.dataset / "checkpoint" / "model_best.onnx").unlink()
        self.expect("checkpoint/model_best.onnx", "--model")


if __name__ == "__main__":
    program.main(__doc__)

#!/usr/bin/env python3
"""What can be known before the first frame is found before it: jobs that will fail fail at once, and
all frames at fault are named together."""

import json
import pathlib
import shutil
import tempfile
import time
import unittest

import cv2
import numpy as np
import onnx
from onnx import numpy_helper

import program
from cli_import_test import HEIGHT, WIDTH, write_dataset, write_parsing
from program import Settings, run
from speech_case import give_encoder, syllables, write_wav

BAD_INPUT, OTHER = 2, 1
AT_ONCE_S = 1.0


class Checks(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def check_at_once(self, arguments, *mentions, code=BAD_INPUT, **options):
        """Fails in one line that mentions all, within a second, and says nothing of progress."""
        def attempt():
            start = time.monotonic()
            result = run(*arguments, **options)
            took = time.monotonic() - start
            self.assertEqual(result.returncode, code, result.stderr)
            self.assertRegex(result.stderr, r"\Amouthpiece: [^\n]+\n\Z")
            for text in mentions:
                self.assertIn(str(text), result.stderr)
            return took
        program.require_within(AT_ONCE_S, attempt)


class Imports(Checks):
    def dataset(self, parsing=False):
        folder = self.folder / "dataset"
        shutil.rmtree(folder, ignore_errors=True)
        rectangles = write_dataset(folder)
        if parsing:
            write_parsing(folder, rectangles)
        return folder

    def refuse(self, dataset, *mentions, arguments=(), code=BAD_INPUT):
        output = self.folder / "package"
        self.check_at_once(["import", dataset, "-o", output, *arguments], *mentions, code=code)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir() if path.name != "dataset"), [])

    def test_with_features_of_another_model(self):
        for shape, *mentions in (((30, 1024), "HuBERT?"), ((30, 80), "mel rows?"), ((30, 2, 1024), "HuBERT?")):
            with self.subTest(shape):
                dataset = self.dataset()
                np.save(dataset / "aud_ave.npy", np.zeros(shape, np.float32))
                self.refuse(dataset, "dataset/aud_ave.npy: ", str(list(shape)), *mentions)

    def test_with_features_that_are_none(self):
        dataset = self.dataset()
        (dataset / "aud_ave.npy").write_text("no features")
        self.refuse(dataset, "dataset/aud_ave.npy: ")
        broken = np.zeros((30, 512), np.float32)
        broken[7, 9] = np.nan
        np.save(dataset / "aud_ave.npy", broken)
        self.refuse(dataset, "dataset/aud_ave.npy: ")

    def test_with_a_generator_of_another_size(self):
        import drawn_model
        dataset = self.dataset()
        try:
            drawn_model.INNER = 160
            nodes = [onnx.helper.make_node("Split", ["input", "split"], ["face", "masked"], axis=1),
                     onnx.helper.make_node("ReduceMean", ["audio", "axes"], ["loud"], keepdims=1),
                     onnx.helper.make_node("Mul", ["loud", "zero"], ["nothing"]),
                     onnx.helper.make_node("Add", ["face", "nothing"], ["output"])]
            constants = {"split": np.array([3, 3], np.int64), "axes": np.array([1, 2, 3], np.int64),
                         "zero": np.float32(0)}
            drawn_model.save_model(dataset / "checkpoint" / "model_best.onnx", "small", nodes, constants, "batch",
                                   drawn_model.AUDIO_SHAPES["ave"])
        finally:
            drawn_model.INNER = 320
        self.refuse(dataset, "model_best.onnx: ", "320", "160")

    def test_with_masks_that_cannot_be_decoded(self):
        dataset = self.dataset(parsing=True)
        for frame in (7, 23):
            path = dataset / "parsing" / f"{frame}.png"
            data = path.read_bytes()
            path.write_bytes(data[:60] + bytes(20) + data[80:])
        self.refuse(dataset, "parsing/7.png: ", "also at fault: 23.png")

    def test_with_masks_that_mark_nothing(self):
        dataset = self.dataset(parsing=True)
        for path in (dataset / "parsing").iterdir():
            cv2.imwrite(str(path), np.full((HEIGHT, WIDTH, 3), (1, 1, 1), np.uint8))
        self.refuse(dataset, "parsing: the masks mark nothing in any of 24 frames", "255,0,0", "255,255,255",
                    "1,1,1 in 100 %")

    def test_with_pictures_of_another_size(self):
        dataset = self.dataset()
        for frame in (9, 11, 23):
            cv2.imwrite(str(dataset / "full_body_img" / f"{frame}.jpg"), np.zeros((100, 90, 3), np.uint8))
        self.refuse(dataset, "full_body_img/9.jpg: ", "90x100", f"{WIDTH}x{HEIGHT}", "full_body_img/11.jpg",
                    "full_body_img/23.jpg")

    def test_with_many_frames_at_fault(self):
        dataset = self.dataset(parsing=True)
        for frame in range(2, 24):
            (dataset / "landmarks" / f"{frame}.lms").unlink()
        self.refuse(dataset, "landmarks/2.lms: is missing", "landmarks/3.lms", "landmarks/9.lms", "and 13 more")
        for frame in (1, 5, *range(10, 22)):
            (dataset / "parsing" / f"{frame}.png").unlink()
        self.refuse(dataset, "parsing/1.png: is missing, and so are 5.png, 10.png", "and 5 more")

    def test_with_a_damaged_picture(self):
        dataset = self.dataset()
        for frame in range(24):
            path = dataset / "full_body_img" / f"{frame}.jpg"
            picture = cv2.imread(str(path))
            path.unlink()
            cv2.imwrite(str(path.with_suffix(".png")), picture)
        path = dataset / "full_body_img" / "23.png"
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        self.refuse(dataset, "full_body_img/23.png: is damaged")

    def test_of_odd_sizes(self):
        dataset = self.dataset()
        for path in (dataset / "full_body_img").iterdir():
            cv2.imwrite(str(path), cv2.imread(str(path))[:HEIGHT - 1])
        self.refuse(dataset, f"{WIDTH}x{HEIGHT - 1}", "even", "--background images", f"{WIDTH}x{HEIGHT - 2}")

    def test_into_a_name_that_is_taken_or_cannot_be(self):
        dataset = self.dataset()
        (self.folder / "taken").mkdir()
        (self.folder / "taken" / "x").write_text("mine")
        for output, code in ((self.folder / "taken", BAD_INPUT), (self.folder / "no" / "where", OTHER)):
            self.check_at_once(["import", dataset, "-o", output], output.name, code=code)


def spoil(source, target, change):
    """Writes a network whose weights were put through `change`."""
    model = onnx.load(source)
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor).copy()
        if values.dtype == np.float32 and (values.size >= 100 or values.ndim == 4):
            tensor.CopyFrom(numpy_helper.from_array(change(values), tensor.name))
    target.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, target)


def one_nan(values):
    values.flat[0] = np.nan
    return values


class Generators(Checks):
    """One that yields no face is an error everywhere, and never a face of one colour."""

    def check_refused(self, model, *mentions):
        package = self.folder / "avatar"
        shutil.rmtree(package, ignore_errors=True)
        shutil.copytree(Settings.package, package)
        shutil.copy(model, package / "checkpoint" / "model_best.onnx")
        result = run("render", package, "-o", self.folder / "x.mp4", "--quiet")
        self.assertEqual(result.returncode, BAD_INPUT, result.stderr)
        self.assertRegex(result.stderr, r"\Amouthpiece: [^\n]*model_best.onnx: [^\n]+\n\Z")
        for text in mentions:
            self.assertIn(text, result.stderr)
        self.assertFalse((self.folder / "x.mp4").exists())
        report = run("inspect", package)
        self.assertEqual(report.returncode, BAD_INPUT)
        self.assertIn(mentions[0], report.stdout.decode())
        dataset = self.folder / "dataset"
        if not dataset.exists():
            write_dataset(dataset)
        self.check_at_once(["import", dataset, "-o", self.folder / "p", "--model", model], mentions[0])
        self.assertFalse((self.folder / "p").exists())

    def test_whose_weights_are_no_numbers(self):
        for name in ("unet_thin", "drawn"):
            source = Settings.package / "checkpoint" / "model_best.onnx" if name == "drawn" else program.network(name)
            for what, change in (("all", lambda values: values * np.nan), ("one", one_nan)):
                with self.subTest(f"{name} {what}"):
                    spoil(source, self.folder / "m.onnx", change)
                    self.check_refused(self.folder / "m.onnx", "no number (NaN)")

    def test_that_give_one_colour(self):
        for value in (0, 50, -50):
            with self.subTest(value):
                spoil(program.network("unet_thin"), self.folder / "m.onnx", lambda values, v=value: values * 0 + v)
                self.check_refused(self.folder / "m.onnx", "expected a face, found one value")

    def test_that_overflow(self):
        spoil(program.network("unet_thin"), self.folder / "m.onnx", lambda values: values * np.float32(1e30))
        self.check_refused(self.folder / "m.onnx", "expected a face, found one value")


class Renders(Checks):
    def speaker(self):
        package = self.folder / "speaker"
        shutil.copytree(Settings.package, package)
        give_encoder(package)
        return package

    def long_speech(self):
        """Ten minutes, which take a while to decode."""
        return write_wav(self.folder / "long.wav", np.tile(syllables(10), 60))

    def test_of_long_speech_fail_before_it_is_heard(self):
        package, speech = self.speaker(), self.long_speech()
        (self.folder / "taken.mp4").write_text("mine")
        (self.folder / "00000.jpg").write_text("mine")
        (self.folder / "folder.mp4").mkdir()
        cases = [("taken.mp4", [], "--overwrite", BAD_INPUT), ("%05d.jpg", [], "00000.jpg", BAD_INPUT),
                 ("folder.mp4", [], "is a folder", BAD_INPUT), ("no/x.mp4", [], "no/x.mp4", OTHER),
                 ("no/y/%d.png", [], "no/y", OTHER), ("x.mp4", ["--codec", "h999"], "h999", BAD_INPUT),
                 ("x.mp4", ["--codec", "h264_nvenc"], "h264_nvenc", BAD_INPUT),
                 ("x.mp4", ["--preset", "breakneck"], "breakneck", BAD_INPUT),
                 ("x.mp4", ["--stats", "taken.mp4"], "taken.mp4", BAD_INPUT),
                 ("x.mp4", ["--stats", "no/s.json"], "no/s.json", OTHER), ("x.mp4", ["--quality", "0"], "quality", BAD_INPUT),
                 ("x.wav", [], "x.wav", BAD_INPUT), ("rtmp://host/live", [], "rtmp://host/live", BAD_INPUT)]
        for output, arguments, mention, code in cases:
            with self.subTest(f"{output} {arguments}"):
                self.check_at_once(["render", package, "-o", output, "--audio", speech, *arguments], mention, code=code,
                                   cwd=self.folder)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()),
                         ["00000.jpg", "folder.mp4", "long.wav", "speaker", "taken.mp4"])

    def test_with_a_broken_network_fail_before_speech_is_decoded(self):
        package, speech = self.speaker(), self.long_speech()
        (package / "checkpoint" / "model_best.onnx").write_text("no network")
        self.check_at_once(["render", package, "-o", self.folder / "x.mp4", "--audio", speech], "model_best.onnx")

    def test_that_cannot_fit_the_disk_fail_before_the_first_frame(self):
        frames = 10**9  # 153 TB
        self.check_at_once(["render", Settings.package, "-o", self.folder / "x.y4m", "--frames", f"0:{frames}", "--quiet"],
                           "x.y4m: takes ", "the disk has room for", code=OTHER)

    def test_name_all_rectangles_that_leave_the_frame(self):
        package = self.folder / "avatar"
        shutil.copytree(Settings.package, package)
        path = package / "cache" / "crop_rectangles.json"
        document = json.loads(path.read_text())
        for frame in (3, 7, 12, *range(14, 24)):
            document[str(frame)]["rect"][2] = 10_000
        path.write_text(json.dumps(document))
        self.check_at_once(["render", package, "-o", self.folder / "x.mp4"], "frame 3",
                           "frames 7, 12, 14, 15, 16, 17, 18, 19 and 4 more")

    def test_name_all_pictures_of_another_size(self):
        from make_package import make_package
        package = self.folder / "avatar"
        make_package(package, frames=8, pictures="images")
        for frame in (3, 5, 7):
            cv2.imwrite(str(package / "full_body_img" / f"{frame}.jpg"), np.zeros((100, 90, 3), np.uint8))
        self.check_at_once(["render", package, "-o", self.folder / "x.mp4"], "3.jpg", "5.jpg", "7.jpg")


if __name__ == "__main__":
    program.main(__doc__.splitlines()[0])

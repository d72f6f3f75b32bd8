#!/usr/bin/env python3
"""`--precision int8`: the model that tools/models/quantize.py leaves in a package, and what is wrong with others."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np

import program
import reference_render
from program import ROOT, Settings, render, rendered_planes, run
from quantized import write_int8

BAD_INPUT = 2
FLAGS = pathlib.Path("/proc/cpuinfo").read_text().split()
needs_vnni = unittest.skipUnless({"avx512_vnni", "avx_vnni"} & set(FLAGS), "this CPU has no VNNI: int8 is refused")
ONE_LINE = r"\Amouthpiece: [^\n]+\n\Z"


class Int8(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.package = self.folder / "package"
        shutil.copytree(Settings.package, self.package)
        self.generator = self.package / "checkpoint" / "model_best.onnx"
        self.int8 = self.generator.with_suffix(".int8.onnx")

    def check_refused(self, *mentions, engine="auto", **options):
        result = run("render", self.package, "-o", self.folder / "x.mp4", "--precision", "int8", "--engine", engine,
                     **options)
        self.assertEqual(result.returncode, BAD_INPUT, result.stderr)
        self.assertRegex(result.stderr, ONE_LINE)
        for text in mentions:
            self.assertIn(text, result.stderr)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["package"])

    @needs_vnni
    def test_renders_the_quantised_model(self):
        write_int8(self.generator, tensors=["picture"])
        frames = ("--frames", "0:12")
        exact = list(rendered_planes(self.package, "--precision", "f32", *frames))
        fast = list(rendered_planes(self.package, "--precision", "int8", *frames))
        errors = np.concatenate([np.abs(a[0].astype(int) - b[0]).ravel() for a, b in zip(exact, fast, strict=True)])
        self.assertGreater(errors.max(), 0, "the float model ran")
        self.assertLessEqual(errors.max(), 3)
        statistics = self.folder / "stats.json"
        render(self.package, "null:", "--precision", "int8", "--stats", statistics, *frames)
        config = json.loads(statistics.read_text())["config"]
        self.assertEqual(config["precision"], "int8")
        self.assertRegex(config["engine"], r"^OpenVINO .* CPU int8 and (f32|bf16)$")

    def test_is_refused_where_eight_bit_products_overflow(self):
        write_int8(self.generator, tensors=["picture"])
        self.check_refused(str(self.int8), "VNNI", "f32", env=os.environ | {"MOUTHPIECE_INSTRUCTION_SET": "avx2"})

    def test_is_used_only_when_asked_for(self):
        before = program.hashes(self.package, "--frames", "0:3")
        write_int8(self.generator, tensors=["picture"])
        self.assertEqual(program.hashes(self.package, "--frames", "0:3"), before)

    def test_says_what_makes_a_model_that_is_missing(self):
        self.check_refused(str(self.int8), "tools/models/quantize.py")

    def test_is_not_for_the_fused_engine(self):
        write_int8(self.generator, tensors=["picture"])
        self.check_refused("fused", "int8", engine="fused")

    def test_refuses_damaged_models(self):
        write_int8(self.generator, tensors=["picture"])
        good = self.int8.read_bytes()
        for content in (b"", b"no model", good[:len(good) // 2], self.generator.read_bytes()):
            self.int8.write_bytes(content)
            self.check_refused(self.int8.name)

    @needs_vnni
    def test_refuses_models_of_other_shapes(self):
        shutil.copy(program.network("small.int8"), self.int8)
        self.check_refused(self.int8.name, "320", "33")

    @needs_vnni
    def test_follows_links_as_for_any_file_of_a_package(self):
        write_int8(self.generator, tensors=["picture"])
        outside = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "model.onnx"
        shutil.move(self.int8, outside)
        self.int8.symlink_to(outside)
        render(self.package, "null:", "--precision", "int8", "--frames", "0:2")

    def test_refuses_what_is_no_file(self):
        self.int8.mkdir()
        self.check_refused(self.int8.name, "file")

    @needs_vnni
    def test_refuses_models_of_other_generators(self):
        write_int8(self.generator, tensors=["picture"], made_from=self.package / "aud_ave.npy")
        self.check_refused(self.int8.name, "model_best.onnx", "tools/models/quantize.py")


class QuantisedOn(unittest.TestCase):
    """What tools/models/quantize.py measures on is what the program gives the network."""

    def test_the_inputs_of_the_reference(self):
        package = Settings.package
        file = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "samples.npz"
        subprocess.run([sys.executable, ROOT / "tools" / "models" / "package_samples.py", package, file], check=True)
        found = np.load(file)
        rois = list(reference_render.open_pictures(package, "rois_320"))
        masked = list(reference_render.open_pictures(package, "model_inputs"))
        features = reference_render.load_features(reference_render.package_features(package))
        for index, (roi, hidden, pictures, window) in enumerate(
                zip(rois, masked, found["pictures"], found["audio"], strict=True)):
            expected = np.concatenate([roi.transpose(2, 0, 1), hidden.transpose(2, 0, 1)]) / 255
            np.testing.assert_allclose(pictures, expected, atol=1e-7)
            np.testing.assert_array_equal(
                window[None], reference_render.audio_window(features, index, (32, 16, 16), edge=False))


if __name__ == "__main__":
    program.main(__doc__)

#!/usr/bin/env python3
"""`--precision int8`: made of the package's own generator, on any CPU, with what the fused engine knows."""

import json
import os
import pathlib
import shutil
import tempfile
import unittest

import numpy as np

import program
from program import Settings, render, rendered_planes, run

BAD_INPUT = 2
ONE_LINE = r"\Amouthpiece: [^\n]+\n\Z"


class Int8(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.package = self.folder / "package"
        shutil.copytree(Settings.package, self.package)
        self.generator = self.package / "checkpoint" / "model_best.onnx"

    def check_refused(self, *mentions, engine="auto"):
        result = run("render", self.package, "-o", self.folder / "x.mp4", "--precision", "int8", "--engine", engine)
        self.assertEqual(result.returncode, BAD_INPUT, result.stderr)
        self.assertRegex(result.stderr, ONE_LINE)
        for text in mentions:
            self.assertIn(text, result.stderr)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["package"])

    def test_renders_the_packages_own_generator(self):
        shutil.copy(program.network("unet_half"), self.generator)
        frames = ("--frames", "0:4")
        exact = list(rendered_planes(self.package, "--precision", "f32", *frames))
        fast = list(rendered_planes(self.package, "--precision", "int8", *frames))
        errors = np.concatenate([np.abs(a[0].astype(int) - b[0]).ravel() for a, b in zip(exact, fast, strict=True)])
        self.assertGreater(errors.max(), 0, "the network ran in floats")
        self.assertLessEqual(errors.mean(), 2)
        statistics = self.folder / "stats.json"
        render(self.package, "null:", "--precision", "int8", "--stats", statistics, *frames)
        config = json.loads(statistics.read_text())["config"]
        self.assertEqual(config["precision"], "int8")
        self.assertRegex(config["engine"], r"^fused int8")

    def test_needs_no_instructions_of_its_own(self):
        shutil.copy(program.network("unet_half"), self.generator)
        for target in ("avx2", "avx512_vnni"):
            environment = os.environ | {"MOUTHPIECE_INSTRUCTION_SET": target}
            result = run("render", self.package, "-o", "null:", "--precision", "int8", "--frames", "0:1", env=environment)
            if result.returncode != 0:  # this CPU lacks the set
                self.assertIn("MOUTHPIECE_INSTRUCTION_SET", result.stderr)

    def test_is_not_for_other_networks(self):
        shutil.copy(program.network("passthrough"), self.generator)
        self.check_refused(str(self.generator), "fused")

    def test_is_not_for_openvino(self):
        self.check_refused(str(self.generator), "int8", "openvino", engine="openvino")


if __name__ == "__main__":
    program.main(__doc__)

#!/usr/bin/env python3
"""`--device vulkan` on Mesa's software device, under the validation layer: any message of it is an error."""

import json
import os
import pathlib
import shutil
import tempfile
import unittest

import numpy as np
import onnx
from onnx import numpy_helper

import program
from program import Settings, hashes, render, rendered_planes, run

ONE_LINE = r"\Amouthpiece: [^\n]+\n\Z"
GPU = ("--device", "vulkan")
FRAMES = ("--frames", "0:3")
NO_DRIVER = {"VK_ICD_FILENAMES": "/nowhere/none.json", "VK_DRIVER_FILES": "/nowhere/none.json"}


class OnGpu(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.package = self.folder / "package"
        shutil.copytree(Settings.package, self.package)
        self.generator = self.package / "checkpoint" / "model_best.onnx"
        shutil.copy(program.network("unet_thin"), self.generator)


class Renders(OnGpu):
    def test_the_same_bytes_with_any_batch_and_any_number_of_devices(self):
        expected = hashes(self.package, *GPU, *FRAMES)
        self.assertEqual(len(expected), 3)
        for options in ((*GPU, "--batch", 2), ("--device", "vulkan:0,vulkan:0")):
            with self.subTest(options):
                self.assertEqual(hashes(self.package, *options, *FRAMES), expected)

    def test_what_the_cpu_renders(self):
        frames = ("--frames", "0:2", "--precision", "f32")
        gpu = list(rendered_planes(self.package, *GPU, *frames))
        cpu = list(rendered_planes(self.package, *frames))
        self.assertEqual(len(gpu), 2)
        for a, b in zip(gpu, cpu, strict=True):
            for plane in range(3):
                error = np.abs(a[plane].astype(int) - b[plane])
                self.assertLessEqual(error.max(), 2)
                self.assertLessEqual(error.mean(), 0.01)

    def test_videos_and_pictures(self):
        video = self.folder / "x.mp4"
        render(self.package, video, *GPU, "--frames", "0:2")
        self.assertGreater(video.stat().st_size, 10000)
        pictures = []
        for mode in ("ram", "disk"):  # of the first, only what is around the mouth is kept
            folder = self.folder / mode
            render(self.package, folder, *GPU, "--frames", "0:2", "--cache", mode)
            pictures.append([path.read_bytes() for path in sorted(folder.iterdir())])
        self.assertEqual(len(pictures[0]), 2)
        self.assertEqual(pictures[0], pictures[1])


class Refusals(OnGpu):
    def check_refused(self, *mentions, options=GPU, environment=None):
        """One line, and no output; one that was there is still there."""
        old = self.folder / "old.mp4"
        old.write_bytes(b"old")
        before = sorted(path.name for path in self.folder.iterdir())
        for output in (self.folder / "new.mp4", old):
            result = run("render", self.package, "-o", output, "--overwrite", "--quiet", "--frames", "0:2",
                         *options,
                         env=os.environ | (environment or {}))
            self.assertNotEqual(result.returncode, 0)
            self.assertRegex(result.stderr, ONE_LINE)
            for text in mentions:
                self.assertIn(text, result.stderr)
            self.assertEqual(sorted(path.name for path in self.folder.iterdir()), before)
            self.assertEqual(old.read_bytes(), b"old")

    def spoil(self, change):
        model = onnx.load(self.generator)
        for tensor in model.graph.initializer:
            values = numpy_helper.to_array(tensor)
            if values.dtype == np.float32 and values.ndim == 4:
                tensor.CopyFrom(numpy_helper.from_array(change(values.copy()).astype(np.float32), tensor.name))
        onnx.save(model, self.generator)

    def test_without_a_driver(self):
        self.check_refused("device vulkan: expected a driver", "mesa-vulkan-drivers", "`graphics`",
                           environment=NO_DRIVER)

    def test_with_a_driver_that_is_none(self):
        driver = self.folder / "driver.json"
        for library in ("/nowhere/libnone.so", str(driver), "libm.so.6"):
            with self.subTest(library):
                driver.write_text(json.dumps({"file_format_version": "1.0.0",
                                              "ICD": {"library_path": library, "api_version": "1.1.0"}}))
                self.check_refused("device vulkan: expected a driver",
                                   environment={"VK_ICD_FILENAMES": str(driver), "VK_DRIVER_FILES": str(driver)})

    def test_without_a_loader(self):
        libraries = self.folder / "libraries"
        libraries.mkdir()
        (libraries / "libvulkan.so.1").write_text("no library")
        self.check_refused("device vulkan: expected Vulkan's loader, libvulkan.so.1",
                           environment={"LD_LIBRARY_PATH": str(libraries)})

    def test_of_devices_that_are_not_there(self):
        for name in ("vulkan:9", "vulkan:0,vulkan:9"):
            self.check_refused("device vulkan:9: expected", options=("--device", name))
        self.check_refused('found "vulkan:x"', options=("--device", "vulkan:x"))

    def test_of_precisions_and_engines_that_run_on_the_cpu_alone(self):
        for precision in ("bf16", "int8"):
            self.check_refused(f"found {precision}", options=(*GPU, "--precision", precision))
        self.check_refused("found openvino", options=(*GPU, "--engine", "openvino"))

    def test_of_networks_that_the_fused_engine_does_not_know(self):
        shutil.copy(program.network("passthrough"), self.generator)
        self.check_refused(str(self.generator), "not for device vulkan")

    def test_of_networks_that_give_no_face(self):
        self.spoil(np.zeros_like)
        self.check_refused(str(self.generator), "expected a face, found one value")

    def test_of_weights_that_half_floats_cannot_hold(self):
        self.spoil(lambda values: values * 1e30)
        self.check_refused(str(self.generator), "a weight beyond 65504", "precision f32")
        self.check_refused(str(self.generator), "expected a face, found one value", options=(*GPU, "--precision", "f32"))

    def test_of_weights_that_are_no_numbers(self):
        self.spoil(lambda values: values * np.nan)
        self.check_refused(str(self.generator), "no number (NaN)")


class Failures(OnGpu):
    def test_a_failure_in_mid_job_leaves_the_old_output(self):
        # A damaged frame behind good ones stands for whatever goes wrong while a GPU works.
        old = self.folder / "old.mp4"
        old.write_bytes(b"old")
        video = self.package / "rois_320_video.mp4"
        data = bytearray(video.read_bytes())
        data[len(data) // 2:] = bytes(len(data) - len(data) // 2)
        video.write_bytes(data)
        result = run("render", self.package, "-o", old, "--overwrite", "--quiet", *GPU, "--cache", "stream")
        self.assertNotEqual(result.returncode, 0)
        self.assertRegex(result.stderr, ONE_LINE)
        self.assertEqual(old.read_bytes(), b"old")


@unittest.skipUnless(Settings.real_package.exists(), "the real package is not here")
class Real(unittest.TestCase):
    def test_mouths_are_within_two_levels_of_the_cpus(self):
        squares = json.loads((Settings.real_package / "cache" / "crop_rectangles.json").read_text())
        first = squares[0] if isinstance(squares, list) else next(iter(squares.values()))["rect"]
        x1, y1, x2, y2 = first
        frame = ("--frames", "0:1")
        (gpu,) = rendered_planes(Settings.real_package, *GPU, *frame)
        (cpu,) = rendered_planes(Settings.real_package, "--precision", "f32", *frame)
        errors = np.abs(gpu[0].astype(int) - cpu[0])
        self.assertLessEqual(errors.max(), 2)
        self.assertLessEqual(errors[y1:y2, x1:x2].mean(), 0.1)
        errors[y1:y2, x1:x2] = 0
        self.assertEqual(errors.max(), 0)


if __name__ == "__main__":
    os.environ["MOUTHPIECE_VULKAN_VALIDATION"] = "1"
    program.main(__doc__)

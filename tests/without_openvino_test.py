#!/usr/bin/env python3
"""A build without OpenVINO, and without Vulkan: it hears and renders what the fused engine has operators for, and says of the rest why
not. The program is the same, the library that it loads is another."""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import program
from program import ROOT, Settings, network

SPEECH = ROOT / "assets" / "demo" / "speech.flac"


class Libraries:
    """Filled before any test runs."""
    without = None


def without_openvino():
    return os.environ | {"LD_LIBRARY_PATH": str(Libraries.without.parent)}


def hashes(package, folder, *arguments, **options):
    output = folder / "hashes.txt"
    result = program.run("render", package, "--output", f"hash:{output}", "--overwrite", *arguments, **options)
    assert result.returncode == 0, result.stderr
    return output.read_text()


class WithoutOpenVino(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_the_library_needs_none(self):
        needed = subprocess.run(["readelf", "--dynamic", Libraries.without], check=True, capture_output=True, text=True)
        libraries = [line for line in needed.stdout.splitlines() if "NEEDED" in line]
        self.assertTrue(any("libavcodec" in line for line in libraries))
        self.assertFalse([line for line in libraries if "openvino" in line or "tbb" in line])
        version = program.run("--version", env=without_openvino())
        self.assertIn(b"\nOpenVINO none\n", version.stdout)
        self.assertNotIn(b"\nOpenVINO none\n", program.run("--version").stdout)

    def test_it_can_be_configured(self):
        subprocess.run(["cmake", "-S", ROOT, "-B", self.folder / "build", "-G", "Ninja", "-DMOUTHPIECE_OPENVINO=OFF",
                        "-DMOUTHPIECE_VULKAN=OFF", "-DMOUTHPIECE_BUILD_TESTS=OFF"], check=True, capture_output=True)
        rules = (self.folder / "build" / "build.ninja").read_text()
        self.assertIn("without_openvino.cc", rules)
        self.assertIn("without_vulkan.cc", rules)
        self.assertNotIn("glslc", rules)
        self.assertNotIn("libopenvino", rules)

    def test_the_demo_avatar_speaks_as_with_it(self):
        speech = ["--audio", SPEECH, "--frames", "0:40"]
        demo = ROOT / "assets" / "demo"
        self.assertEqual(hashes(demo, self.folder, *speech, env=without_openvino()), hashes(demo, self.folder, *speech))

    def test_an_encoder_of_other_layers_is_refused(self):
        package = self.package("unet_thin")
        shutil.copyfile(network("encoder"), package / "models" / "audio_encoder.onnx")
        self.refused(["features", SPEECH, "--avatar", package, "--output", self.folder / "features.npy"],
                     "audio_encoder.onnx: not for the fused engine: operator Gather")

    def test_a_generator_of_other_layers_is_refused(self):
        self.refused(["render", self.package("small"), "--output", "null:"], "model_best.onnx: not for the fused engine: ")
        self.refused(["render", self.package("unet_thin"), "--output", "null:", "--engine", "openvino"],
                     "model_best.onnx: engine openvino: ")

    def test_gpus_are_refused(self):
        arguments = ["render", ROOT / "assets" / "demo", "--frames", "0:2", "--overwrite", "--output", self.folder / "a.mp4"]
        result = program.run(*arguments, "--device", "vulkan", env=without_openvino())
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("device vulkan: this build has no Vulkan", result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])
        listed = program.run("devices", env=without_openvino())
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertIn(b"this build has no Vulkan", listed.stdout)

    def package(self, name):
        package = self.folder / name
        if not package.exists():
            shutil.copytree(Settings.package, package)
            (package / "models").mkdir(exist_ok=True)
            shutil.copyfile(network(name), package / "checkpoint" / "model_best.onnx")
        return package

    def refused(self, arguments, text):
        result = program.run(*arguments, env=without_openvino())
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(text, result.stderr)
        self.assertIn("this build has no OpenVINO", result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", type=pathlib.Path, required=True, help="the one that was built without OpenVINO")
    known, sys.argv[1:] = parser.parse_known_args()
    Libraries.without = known.library.resolve()
    program.main(__doc__.splitlines()[0])

#!/usr/bin/env python3
"""`mouthpiece devices`, and the device that `--device auto` takes. Mesa's software device is the only GPU that is
asked for; where it is missing the tests that want one are skipped."""

import json
import os
import pathlib
import shutil
import tempfile
import unittest

import program
from program import Settings, run

BAD_INPUT = 2
KEYS = {"device", "name", "type", "driver", "memory_bytes", "is_usable", "note"}
NO_DRIVER = {"VK_ICD_FILENAMES": "/nonexistent.json", "VK_DRIVER_FILES": "/nonexistent.json"}


def listed(**environment):
    result = run("devices", "--json", env=os.environ | environment)
    if result.returncode != 0:
        raise AssertionError(result.stderr)
    document = json.loads(result.stdout)
    if document["schema"] != "mouthpiece.devices/1":
        raise AssertionError(document["schema"])
    return document["devices"]


class List(unittest.TestCase):
    def test_begins_with_the_cpu(self):
        devices = listed()
        for device in devices:
            self.assertEqual(set(device), KEYS)
            self.assertTrue(device["note"])
            self.assertNotIn("\n", device["note"])
        self.assertEqual((devices[0]["device"], devices[0]["type"], devices[0]["is_usable"]), ("cpu", "cpu", True))
        self.assertGreater(len(devices), 1, "GPUs, or why there are none")

    def test_is_the_same_for_people(self):
        text = run("devices").stdout.decode()
        for device in listed():
            self.assertIn(f"  {device['device']} ", text)
            self.assertIn(device["note"], text)

    def test_says_what_is_missing(self):
        devices = listed(**NO_DRIVER)
        self.assertEqual(len(devices), 2)
        self.assertEqual((devices[1]["device"], devices[1]["is_usable"]), ("vulkan", False))
        self.assertRegex(devices[1]["note"], "driver|loader|this build has no Vulkan")

    def test_takes_devices_with_measure_alone(self):
        result = run("devices", "--device", "vulkan:0")
        self.assertEqual((result.returncode, result.stderr), (BAD_INPUT, "mouthpiece: --device: goes with --measure\n"))


class Measured(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.cache = self.folder / "cache"
        self.package = self.folder / "package"
        shutil.copytree(Settings.package, self.package)
        shutil.copyfile(program.network("unet_thin"), self.package / "checkpoint" / "model_best.onnx")

    def call(self, *arguments, **environment):
        return run(*arguments, env=os.environ | {"XDG_CACHE_HOME": str(self.cache)} | environment)

    def measure(self, *arguments, **environment):
        result = self.call("devices", "--measure", self.package, "--seconds", "0.2", "--json", "--quiet", *arguments,
                           **environment)
        return result, json.loads(result.stdout or "{}").get("devices")

    def records(self):
        file, = (self.cache / "mouthpiece").glob("speeds-*.json")
        return file, json.loads(file.read_text())

    def auto(self, *arguments, **environment):
        result = self.call("render", self.package, "-o", "null:", "--frames", "0:2", "--device", "auto", *arguments,
                           **environment)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stderr

    def test_the_cpu_is_remembered(self):
        result, speeds = self.measure(**NO_DRIVER)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([speed["device"] for speed in speeds], ["cpu"])
        self.assertGreater(speeds[0]["fps"], 0)
        _, document = self.records()
        self.assertEqual([device["type"] for device in document["devices"]], ["cpu"])
        self.assertEqual(document["devices"][0]["fps"], speeds[0]["fps"])

    def test_a_gpu_is_measured_when_it_is_named(self):
        gpu = listed()[1]
        if not gpu["is_usable"]:
            self.skipTest(gpu["note"])
        result, speeds = self.measure("--device", gpu["device"])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([speed["device"] for speed in speeds], ["cpu", gpu["device"]])
        for speed in speeds:
            self.assertEqual(speed["problem"], "")
            self.assertGreater(speed["fps"], 0)

    def test_one_that_is_not_there_is_refused(self):
        for device in ("vulkan:99", "toaster"):
            result, _ = self.measure("--device", device)
            self.assertEqual(result.returncode, BAD_INPUT)
            self.assertRegex(result.stderr, r"\Amouthpiece: device.*\n\Z")

    def test_auto_is_the_cpu_where_nothing_was_measured(self):
        self.assertIn("\n  device auto: cpu\n", self.auto(**NO_DRIVER))

    def test_auto_never_takes_software(self):
        gpu = listed()[1]
        if gpu["type"] != "software":
            self.skipTest("the first GPU is a real one")
        self.measure(**NO_DRIVER)
        file, document = self.records()
        document["devices"].append({"type": "software", "name": gpu["name"], "driver": gpu["driver"], "fps": 1e6})
        file.write_text(json.dumps(document))
        self.assertIn("\n  device auto: cpu\n", self.auto())

    def test_auto_does_without_a_gpu_that_is_gone(self):
        self.measure(**NO_DRIVER)
        file, document = self.records()
        document["devices"].append({"type": "discrete", "name": "Card", "driver": "1", "fps": 1e6})
        file.write_text(json.dumps(document))
        for environment in ({}, NO_DRIVER):
            self.assertIn("\n  device auto: cpu\n", self.auto(**environment))
        for damaged in ("", "[]", '{"schema": "mouthpiece.speeds/1", "devices": [{}]}'):
            file.write_text(damaged)
            self.assertIn("\n  device auto: cpu\n", self.auto())


class Options(unittest.TestCase):
    def test_a_size_is_a_size(self):
        for command in (("render", Settings.package, "-o", "null:"), ("serve", Settings.package)):
            result = run(*command, "--device-memory", "much")
            self.assertEqual((result.returncode, result.stderr.count("\n")), (BAD_INPUT, 1))
            self.assertIn("--device-memory: expected a size such as 2GiB", result.stderr)

    def test_serve_refuses_a_device_that_there_is_none_of(self):
        result = run("serve", Settings.package, "--device", "toaster")
        self.assertEqual(result.returncode, BAD_INPUT)
        self.assertIn('device: expected cpu, auto, vulkan', result.stderr)

    def test_the_report_names_precision_and_no_threads(self):
        gpu = listed()[1]
        if not gpu["is_usable"]:
            self.skipTest(gpu["note"])
        with tempfile.TemporaryDirectory() as folder:
            package = pathlib.Path(folder) / "package"
            shutil.copytree(Settings.package, package)
            shutil.copyfile(program.network("unet_thin"), package / "checkpoint" / "model_best.onnx")
            for precision, arguments in (("f16", ()), ("f32", ("--precision", "f32"))):
                result = run("render", package, "-o", "null:", "--frames", "0:1", "--device", gpu["device"], *arguments)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn(f"  Vulkan {gpu['name']} {precision}, batch ", result.stderr)
                self.assertNotIn("threads", result.stderr)


if __name__ == "__main__":
    program.main(__doc__.splitlines()[0])

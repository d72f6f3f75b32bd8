#!/usr/bin/env python3
"""The programs of bench/: each tells how it is used, the published tables are those of the published
figures, and a brief measurement of the drawn package goes through."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import program
from program import ROOT, Settings

BENCH = ROOT / "bench"
PUBLISHED = ROOT / "docs" / "benchmarks"


def call(name, *arguments):
    return subprocess.run([sys.executable, BENCH / name, *map(str, arguments)], capture_output=True, text=True,
                          check=False)


class Programs(unittest.TestCase):
    def test_tell_how_they_are_used(self):
        for path in sorted(BENCH.glob("*.py")):
            with self.subTest(path.name):
                result = call(path.name, "--help")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertTrue(result.stdout.startswith(f"usage: {path.name} "), result.stdout)


class Comparing(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_wants_a_package_or_figures(self):
        for arguments in ((), (Settings.package, "--rewrite", PUBLISHED / "sanders.json")):
            result = call("compare.py", *arguments)
            self.assertEqual(result.returncode, 2)
            self.assertIn("expected a package, or --rewrite", result.stderr)

    def test_the_published_tables_are_those_of_the_published_figures(self):
        for figures in PUBLISHED.glob("*.json"):
            result = call("compare.py", "--rewrite", figures, "--folder", self.folder)
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual({path.name: path.read_bytes() for path in self.folder.iterdir()},
                         {path.name: path.read_bytes() for path in PUBLISHED.iterdir()})

    def test_measures_a_package(self):
        result = call("compare.py", Settings.package, "--mouthpiece", Settings.program, "--quick", "--frames", "0:4",
                      "--name", "brief", "--folder", self.folder,
                      "--parts", "steps", "pipelines", "preload", "prepared", "loaded", "stages")
        self.assertEqual(result.returncode, 0, result.stderr)
        measured = json.loads((self.folder / "brief.json").read_text())
        self.assertEqual(measured["agreement"]["frames"], [0, 4])
        for output in ("null", "jpg", "mp4"):
            for name in ("slow", "cached", "mouthpiece f32", "mouthpiece"):
                self.assertGreater(measured["pipelines"][output][name]["fps"], 0)
        self.assertTrue(all(row["ms"] > 0 for row in measured["limits"]))
        page = (self.folder / "brief.md").read_text()
        for heading in ("# brief", "## The analysis's tables", "## Pipelines", "## Loading", "## Prepared avatars",
                        "## With the avatar in memory", "## What the machine allows"):
            self.assertIn(f"{heading}\n", page)


if __name__ == "__main__":
    program.main(__doc__)

"""A folder to write to, and renders into it, for the tests of how outputs are written."""

import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

import program
from program import Settings, run

ONE_LINE = r"\Amouthpiece: [^\n]+\n\Z"
FEW = ("--frames", "0:3")
LONG = ("--frames", "0:100000")


class Writing(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def names(self, folder=None):
        return sorted(path.name for path in (folder or self.folder).iterdir())

    def package(self, name="avatar"):
        return pathlib.Path(shutil.copytree(Settings.package, self.folder / name))

    def render(self, output, *arguments, package=None, **options):
        return run("render", package or Settings.package, "-o", output, "--quiet", *FEW, *arguments, **options)

    def check(self, result, code, *mentions):
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertRegex(result.stderr, ONE_LINE)
        for text in mentions:
            self.assertIn(str(text), result.stderr)

    def start(self, output, *arguments, **options):
        return subprocess.Popen(program.command("render", Settings.package, "-o", output, "--quiet", *arguments),
                                **({"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE} | options))

    def wait_for_work(self, process, folder=None):
        """Until `process` has written something under a hidden name in the folder."""
        for _ in range(1000):
            for path in (folder or self.folder).glob(f".*.partial-{process.pid}*"):
                if any(path.iterdir()) if path.is_dir() else path.exists() and path.stat().st_size > 0:
                    return
            time.sleep(0.01)
        self.fail("nothing is being written")

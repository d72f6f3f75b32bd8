"""A small package to try people's files in: its full-body frames come in another form."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import cv2
import numpy as np

import make_package
import program
from program import run

FRAMES, WIDTH, HEIGHT = 12, 192, 144
BODY = "full_body_video.mp4"


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)], check=True)


def inspected(package):
    """(exit status, the full body's entry, all warnings and problems as one text)"""
    result = run("inspect", package, "--json")
    report = json.loads(result.stdout)
    body = next((p for p in report["pictures"] if p["name"] == "full body"), None)
    return result.returncode, body, "\n".join(report["warnings"] + report["problems"])


def luma(package, *arguments):
    """Luma of every output frame of one pass over the avatar."""
    return [planes[0].astype(int) for planes in
            program.rendered_planes(package, "--frames", f"0:{FRAMES}", *arguments)]


def outside(package, frame, rectangle):
    """A copy of `frame` without the rectangle, which the network fills."""
    x1, y1, x2, y2 = rectangle
    copy = np.array(frame, int)
    copy[max(y1 - 1, 0):y2 + 1, max(x1 - 1, 0):x2 + 1] = 0
    return copy


class PackageCase(unittest.TestCase):
    """Each test gets copies of one small package, made once."""

    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.scratch.name)
        cls.good = cls.root / "good"
        make_package.make_package(cls.good, frames=FRAMES, width=WIDTH, height=HEIGHT, keyframe_interval=6)
        document = json.loads((cls.good / "cache/crop_rectangles.json").read_text())
        cls.rectangles = [document[str(i)]["rect"] for i in range(FRAMES)]

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def copy(self, name="package"):
        folder = self.root / self._testMethodName / name
        shutil.copytree(self.good, folder)
        return folder

    def with_body(self, name, *arguments, source=None):
        """A copy of the package whose full-body video is made by ffmpeg with `arguments`."""
        package = self.copy(name)
        ffmpeg("-i", source or self.good / BODY, *arguments, package / BODY)
        return package

    def image_package(self, write, name="images", folder="full_body_img"):
        """A copy whose full body is a folder; `write(path without suffix, number from 0, BGR)`."""
        package = self.copy(name)
        (package / folder).mkdir()
        capture = cv2.VideoCapture(str(self.good / BODY))
        for number in range(FRAMES):
            write(package / folder, number, capture.read()[1])
        (package / BODY).unlink()
        return package

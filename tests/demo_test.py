#!/usr/bin/env python3
"""The demo avatar speaks: what the program renders of assets/demo, measured in the pictures. The speech
under tests/data/demo is none that the avatar was trained on; tools/demo_avatar/bundle.py made it."""

import json
import pathlib
import tempfile
import unittest
import wave

import cv2
import numpy as np

import program
from lips import correlation_and_lag, face_square, lips_height
from program import ROOT, psnr, run
from reference_render import load_rectangles

PACKAGE = ROOT / "assets" / "demo"
DATA = ROOT / "tests" / "data" / "demo"
TRUTH_STEP = 13  # of bundle.py
MIB = 1024 * 1024


def rendered(*arguments):
    """The planes of every frame and, frame by frame, the face square they hold."""
    planes = list(program.rendered_planes(PACKAGE, "--loop", "repeat", *arguments))
    rectangles = load_rectangles(PACKAGE)
    return planes, [rectangles[i % len(rectangles)] for i in range(len(planes))]


def lips(planes, rectangles):
    return np.array([lips_height(p, r) for p, r in zip(planes, rectangles)])


class ThePackage(unittest.TestCase):
    def test_is_sound(self):
        result = run("inspect", PACKAGE)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_is_small(self):
        size = sum(path.stat().st_size for path in PACKAGE.rglob("*") if path.is_file())
        self.assertLess(size, 16 * MIB)

    def test_repeats_without_a_jump(self):
        planes = [y.astype(np.int16) for y, _, _ in program.decode_planes(PACKAGE / "full_body_video.mp4", 1280, 720)]
        steps = [np.abs(a - b).mean() for a, b in zip(planes, planes[1:])]
        self.assertLess(np.abs(planes[-1] - planes[0]).mean(), 1.5 * max(steps))

    def test_speaks_its_own_sentence(self):
        planes, rectangles = rendered()
        heights = lips(planes, rectangles)
        self.assertGreater(heights[10:-10].std(), 2.0)
        self.assertLess(abs(heights[-1] - heights.min()), 1.5)


class UnheardSpeech(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.planes, cls.rectangles = rendered("--audio", DATA / "speech.flac")
        cls.mouths = np.load(DATA / "mouths.npy")  # [frames, 5]: open, wide, round, teeth, tongue
        cls.heights = lips(cls.planes, cls.rectangles)

    def test_has_a_frame_for_each_of_the_true_mouths(self):
        self.assertEqual(len(self.planes), len(self.mouths))

    def test_moves_the_mouth_with_the_sound(self):
        correlation, lag = correlation_and_lag(self.heights, self.mouths[:, 0])
        self.assertGreaterEqual(correlation, 0.8)
        self.assertLessEqual(abs(lag), 1)

    def test_closes_the_lips_for_p_b_and_m(self):
        open_frames = self.heights[self.mouths[:, 0] > 0.5]
        phonemes = json.loads((DATA / "phonemes.json").read_text(encoding="utf-8"))
        middles = [int((start + end) / 2 * 25) for start, end, name in phonemes if name in ("p", "b", "m")]
        closed = [self.heights[max(frame - 1, 0):frame + 2].min() for frame in middles]
        self.assertGreater(len(closed), 5)
        rest = self.heights.min()
        self.assertLess(np.mean(closed) - rest, 0.3 * (open_frames.mean() - rest))

    def test_gives_the_drawn_pictures(self):
        truth = cv2.imread(str(DATA / "truth.png"))
        side = truth.shape[0]
        frames = range(0, len(self.mouths), TRUTH_STEP)
        drawn = [truth[:, i * side:(i + 1) * side] for i in range(truth.shape[1] // side)]
        errors = [face_square(self.planes[frame], self.rectangles[frame]).astype(float) - picture
                  for frame, picture in zip(frames, drawn, strict=True)]
        self.assertGreaterEqual(psnr(np.square(errors).sum(), np.size(errors)), 30)


class Silence(unittest.TestCase):
    def test_leaves_the_mouth_closed(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "silence.wav"
            with wave.open(str(path), "wb") as file:
                file.setparams((1, 2, 16000, 0, "NONE", "not compressed"))
                file.writeframes(bytes(2 * 16000 * 4))
            planes, rectangles = rendered("--audio", path)
        own = list(program.decode_planes(PACKAGE / "full_body_video.mp4", 1280, 720))
        self.assertGreater(len(planes), 90)
        self.assertLess(np.abs(lips(planes, rectangles) - lips(own, rectangles)).max(), 1.0)


if __name__ == "__main__":
    program.main(__doc__.splitlines()[0])

#!/usr/bin/env python3
"""Makes docs/images/mouths.png, the picture in README: one drawn face, five mouths.

Draws an avatar package at 1280x720 with tests/make_package.py, has mouthpiece render it, and sets
five of the frames side by side, each above the piece of audio feature that made it.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import cv2
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import make_package  # noqa: E402 (found through the line above)

WIDTH, HEIGHT, FRAMES = 1280, 720, 48
TILE, GAP, METER, CORNER = 232, 8, 40, 14
METER_COLOR = np.array([176, 114, 76], np.uint8)


def choose(loudness):
    """Frames from closed to wide open and back, at most one at a syllable's slope."""
    order = np.argsort(loudness[4:-4]) + 4
    steps = [order[round(f * (len(order) - 1))] for f in (0, 0.3, 0.55, 0.78, 1)]
    return [steps[i] for i in (0, 2, 4, 3, 1)]


def tile(frame):
    """The head of a frame, with round corners on transparent ground."""
    x, y, side = WIDTH // 2 - 255, 58, 510
    picture = cv2.resize(frame[y:y + side, x:x + side], (TILE, TILE), interpolation=cv2.INTER_AREA)
    mask = np.zeros((4 * TILE, 4 * TILE), np.uint8)
    a, b = 4 * CORNER, 4 * (TILE - CORNER) - 1
    cv2.rectangle(mask, (a, 0), (b, 4 * TILE), 255, -1)
    cv2.rectangle(mask, (0, a), (4 * TILE, b), 255, -1)
    for corner in ((a, a), (a, b), (b, a), (b, b)):
        cv2.circle(mask, corner, a, 255, -1)
    return np.dstack([picture, cv2.resize(mask, (TILE, TILE), interpolation=cv2.INTER_AREA)])


def meter(loudness, frame):
    """Sixteen bars: the feature rows of the frame's window."""
    picture = np.zeros((METER, TILE, 4), np.uint8)
    step = TILE // 16
    for bar in range(16):
        row = frame - 8 + bar
        value = loudness[row] if 0 <= row < len(loudness) else 0
        height = 2 + int(value * (METER - 6))
        x = bar * step + (TILE - 16 * step) // 2
        middle = METER // 2
        picture[middle - height // 2:middle - height // 2 + height, x + 2:x + step - 2, :3] = METER_COLOR
        picture[middle - height // 2:middle - height // 2 + height, x + 2:x + step - 2, 3] = 255 if bar in (7, 8) else 110
    return picture


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=pathlib.Path, nargs="?", default=ROOT / "docs" / "images" / "mouths.png")
    parser.add_argument("--mouthpiece", type=pathlib.Path, default=ROOT / "build" / "release" / "mouthpiece")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        package, frames = pathlib.Path(scratch) / "drawn", pathlib.Path(scratch) / "frames"
        frames.mkdir()
        make_package.make_package(package, FRAMES, WIDTH, HEIGHT)
        subprocess.run([arguments.mouthpiece, "render", package, "-o", frames / "%05d.png", "--quiet"], check=True)
        loudness = np.load(package / "aud_ave.npy").mean(axis=1)
        columns = [np.vstack([tile(cv2.imread(str(frames / f"{frame:05d}.png"))), meter(loudness, frame)])
                   for frame in choose(loudness)]
    gap = np.zeros((TILE + METER, GAP, 4), np.uint8)
    strip = np.hstack([part for column in columns for part in (gap, column)][1:])
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(arguments.output), strip, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    print(f"{arguments.output}: {strip.shape[1]}x{strip.shape[0]}, {arguments.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Makes docs/images/demo.gif, the moving picture in README, and docs/images/mouths.png: the demo
avatar as mouthpiece renders it, speaking its own sentence.
"""

import argparse
import pathlib
import subprocess
import tempfile

import cv2
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIRST, COUNT = 10, 80       # frames of the moving picture
TILE, GAP, CORNER = 232, 8, 14
HEAD = (470, 96, 340)       # x, y, side of the square that the tiles show


def tile(frame):
    """The head of a frame, with round corners on transparent ground."""
    x, y, side = HEAD
    picture = cv2.resize(frame[y:y + side, x:x + side], (TILE, TILE), interpolation=cv2.INTER_AREA)
    mask = np.zeros((4 * TILE, 4 * TILE), np.uint8)
    a, b = 4 * CORNER, 4 * (TILE - CORNER) - 1
    cv2.rectangle(mask, (a, 0), (b, 4 * TILE), 255, -1)
    cv2.rectangle(mask, (0, a), (4 * TILE, b), 255, -1)
    for corner in ((a, a), (a, b), (b, a), (b, b)):
        cv2.circle(mask, corner, a, 255, -1)
    return np.dstack([picture, cv2.resize(mask, (TILE, TILE), interpolation=cv2.INTER_AREA)])


def choose(mouths, count):
    """`count` frames, far apart, whose feature rows differ most: each the farthest from those before."""
    chosen = [0]
    for _ in range(count - 1):
        apart = np.min([np.abs(mouths - mouths[f]).sum(1) for f in chosen], 0)
        for f in chosen:
            apart[max(0, f - 8):f + 9] = 0
        chosen.append(int(apart.argmax()))
    return sorted(chosen)


def make_strip(frames, path):
    mouths = np.load(ROOT / "assets" / "demo" / "aud_ave.npy")[:len(frames) - 5]
    gap = np.zeros((TILE, GAP, 4), np.uint8)
    tiles = [tile(cv2.imread(str(frames[f]))) for f in choose(mouths, 5)]
    strip = np.hstack([part for picture in tiles for part in (gap, picture)][1:])
    cv2.imwrite(str(path), strip, [cv2.IMWRITE_PNG_COMPRESSION, 9])


def make_gif(folder, path):
    filters = ("fps=12.5,scale=480:-1:flags=lanczos,split[a][b];[a]palettegen=max_colors=160:stats_mode=full[p];"
               "[b][p]paletteuse=dither=bayer:bayer_scale=4:diff_mode=rectangle")
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-framerate", "25", "-start_number", str(FIRST), "-i",
                    str(folder / "%05d.png"), "-frames:v", str(COUNT // 2), "-vf", filters, str(path)], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=pathlib.Path, nargs="?", default=ROOT / "docs" / "images")
    parser.add_argument("--mouthpiece", type=pathlib.Path, default=ROOT / "build" / "release" / "mouthpiece")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch) / "frames"
        folder.mkdir()
        subprocess.run([arguments.mouthpiece, "render", ROOT / "assets" / "demo", "-o", folder / "%05d.png", "--quiet"],
                       check=True)
        make_strip(sorted(folder.iterdir()), arguments.output / "mouths.png")
        make_gif(folder, arguments.output / "demo.gif")
    for name in ("mouths.png", "demo.gif"):
        print(f"{arguments.output / name}: {(arguments.output / name).stat().st_size} bytes")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Measures the avatar in what the mouthpiece program renders for speech that training never saw:
other texts, other voices. Exits 1 where a target is missed."""

import argparse
import pathlib
import sys
import tempfile

import cv2
import numpy as np

import frames
import measure
import visemes
from bundle import EVALUATION_VOICES, say, write_flac
from motion import FRAMES
from rendered import planes_of, rendered
from sentences import EVALUATION
from speech import RATE, Speaker

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "build" / "release" / "mouthpiece"


def contact_sheet(path, pictures, mouths, first, count, columns=10):
    """Frames `first` to `first + count` with the track's opening as a bar beside each."""
    tiles = []
    for picture, mouth in list(zip(pictures, mouths))[first:first + count]:
        tile = cv2.copyMakeBorder(picture, 0, 0, 0, 8, cv2.BORDER_CONSTANT, value=(40, 40, 40))
        height = int(round(mouth[0] * tile.shape[0]))
        tile[tile.shape[0] - height:, -6:] = (90, 220, 120)
        tiles.append(tile)
    rows = [np.hstack(tiles[i:i + columns]) for i in range(0, len(tiles) - columns + 1, columns)]
    cv2.imwrite(str(path), np.vstack(rows))


def evaluate_speech(program, package, speaker, text, voice, folder, sheet):
    samples, phonemes = say(speaker, text, voice)
    write_flac(folder / "speech.flac", samples)
    planes = rendered(program, package, folder / "speech.flac", frames.WIDTH, frames.HEIGHT)
    rectangles = measure.read_rectangles(package)
    at = [rectangles[i % FRAMES] for i in range(len(planes))]
    heights = np.array([measure.lips_height(p, r) for p, r in zip(planes, at)])
    mouths = visemes.track(phonemes, len(planes))
    correlation, lag = measure.correlation_and_lag(heights, mouths[:, 0])
    squares = [measure.square_of(p, r) for p, r in zip(planes, at)]
    truths = []
    for i, (mouth, (x1, y1, x2, y2)) in enumerate(zip(mouths, at)):
        truths.append(frames.draw_body(i % FRAMES, tuple(float(v) for v in mouth))[y1:y2, x1:x2].copy())
    decibels = measure.psnr(squares, truths)
    if sheet:
        both = [np.vstack([a, b]) for a, b in zip(squares, truths)]
        contact_sheet(sheet, both, mouths, 20, 60, 12)
    print(f"{voice}: correlation {correlation:.3f}, lag {lag} frames, PSNR in the face square {decibels:.2f} dB, "
          f"{len(planes)} frames", flush=True)
    return correlation, lag, decibels


def evaluate_silence(program, package, folder):
    """How far the lips are apart, at most, where nobody speaks: pixels more than in the package's frames."""
    rectangles = measure.read_rectangles(package)
    resting = planes_of(frames.WIDTH, frames.HEIGHT, str(package / "full_body_video.mp4"))
    own = [measure.lips_height(p, r) for p, r in zip(resting, rectangles)]
    worst = 0.0
    for name, level in (("silence", 0.0), ("a quiet room", 0.0005)):
        sound = np.random.default_rng(3).normal(0, 1, RATE * 6) * level
        write_flac(folder / "silence.flac", sound)
        planes = rendered(program, package, folder / "silence.flac", frames.WIDTH, frames.HEIGHT)
        opening = max(abs(measure.lips_height(p, rectangles[i % FRAMES]) - own[i % FRAMES]) for i, p in enumerate(planes))
        print(f"{name}: lips at most {opening:.2f} pixels from the mouth at rest", flush=True)
        worst = max(worst, opening)
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=pathlib.Path)
    parser.add_argument("--mouthpiece", type=pathlib.Path, default=PROGRAM)
    parser.add_argument("--sheet", type=pathlib.Path, help="a PNG of rendered mouths above the drawn truth")
    options = parser.parse_args()
    speaker = Speaker()
    results = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for index, (text, voice) in enumerate((t, v) for v in EVALUATION_VOICES for t in EVALUATION[:2]):
            results.append(evaluate_speech(options.mouthpiece, options.package, speaker, text, voice, folder,
                                           options.sheet if index == 0 else None))
        opening = evaluate_silence(options.mouthpiece, options.package, folder)
    ok = all(c >= 0.8 and abs(lag) <= 1 and d >= 30 for c, lag, d in results) and opening <= 1.0
    print("all targets met" if ok else "a target is missed")
    sys.exit(0 if ok else 1)


if __name__ == "__main__":
    main()

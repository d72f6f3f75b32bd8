"""Whether two pipelines made the same pictures; no time is reported before they did."""

import pathlib

import cv2
import numpy as np

LEAST_RECTANGLE_DB = 40.0
MOST_OUTSIDE = 3  # levels; the two convert YUV to B, G, R with different rounding


def luma(picture):
    return picture.astype(np.float64) @ np.array([0.114, 0.587, 0.299])


def difference(reference, other, rectangles):
    """Compares the pictures of two folders, in order. `rectangles` gives each one's (x1, y1, x2,
    y2). Returns (dB of the luma inside, largest difference outside) over all of them."""
    ours, theirs = sorted(pathlib.Path(other).iterdir()), sorted(pathlib.Path(reference).iterdir())
    if len(ours) != len(theirs) or not ours:
        raise SystemExit(f"{len(ours)} pictures against {len(theirs)}")
    squares, samples, outside = 0.0, 0, 0
    for a, b, (x1, y1, x2, y2) in zip(theirs, ours, rectangles, strict=True):
        left, right = cv2.imread(str(a)), cv2.imread(str(b))
        if left.shape != right.shape:
            raise SystemExit(f"{a.name}: {left.shape} against {right.shape}")
        error = (luma(left) - luma(right))[y1:y2, x1:x2]
        squares, samples = squares + float((error**2).sum()), samples + error.size
        apart = np.abs(left.astype(np.int32) - right.astype(np.int32))
        # Chroma blocks that the rectangle cuts belong to it.
        apart[y1 // 2 * 2:y2 + 1, x1 // 2 * 2:x2 + 1] = 0
        outside = max(outside, int(apart.max()))
    decibels = 10 * np.log10(255.0**2 * samples / squares) if squares else float("inf")
    return float(decibels), outside


def require(reference, other, rectangles):
    decibels, outside = difference(reference, other, rectangles)
    if decibels < LEAST_RECTANGLE_DB or outside > MOST_OUTSIDE:
        raise SystemExit(f"the pictures do not agree: {decibels:.1f} dB in the rectangle (at least "
                         f"{LEAST_RECTANGLE_DB:.0f}), {outside} levels outside it (at most {MOST_OUTSIDE})")
    return {"rectangle_luma_db": round(decibels, 2), "largest_difference_outside": outside}

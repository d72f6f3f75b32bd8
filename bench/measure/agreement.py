"""Whether two pipelines made the same pictures; no time is reported before they did."""

import pathlib

import cv2
import numpy as np

LEAST_RECTANGLE_DB = 40.0
MOST_OUTSIDE = 3  # levels; the two convert YUV to B, G, R with different rounding
MOST_LUMA_OUTSIDE = 8  # where OpenCV reads JPEG files, whose chroma it smooths


def luma(picture):
    return picture.astype(np.float64) @ np.array([0.114, 0.587, 0.299])


def difference(reference, other, rectangles):
    """Compares the pictures of two folders, in order. `rectangles` gives each one's (x1, y1, x2,
    y2). Inside: dB of the luma, and mean and 99th percentile of its difference in levels; outside:
    the largest difference of a channel, and of the luma."""
    theirs, ours = sorted(pathlib.Path(reference).iterdir()), sorted(pathlib.Path(other).iterdir())
    if len(ours) != len(theirs) or not ours:
        raise SystemExit(f"{len(ours)} pictures against {len(theirs)}")
    errors, outside, luma_outside = [], 0, 0.0
    for a, b, (x1, y1, x2, y2) in zip(ours, theirs, rectangles, strict=True):
        left, right = cv2.imread(str(a)), cv2.imread(str(b))
        if left.shape != right.shape:
            raise SystemExit(f"{a.name}: {left.shape} against {right.shape}")
        apart = np.abs(left.astype(np.int32) - right.astype(np.int32))
        luma_apart = np.abs(luma(left) - luma(right))
        errors.append(luma_apart[y1:y2, x1:x2].ravel())
        # Chroma blocks that the rectangle cuts belong to it.
        for picture in (apart, luma_apart):
            picture[y1 // 2 * 2:y2 + 1, x1 // 2 * 2:x2 + 1] = 0
        outside, luma_outside = max(outside, int(apart.max())), max(luma_outside, float(luma_apart.max()))
    errors = np.concatenate(errors)
    square = float((errors**2).mean())
    return {"rectangle_luma_db": round(float(10 * np.log10(255.0**2 / square)), 2) if square else float("inf"),
            "mean_levels": round(float(errors.mean()), 3),
            "percentile_99_levels": round(float(np.percentile(errors, 99)), 2),
            "largest_difference_outside": outside, "largest_luma_difference_outside": round(luma_outside, 2)}


def require(reference, other, rectangles, from_videos=True):
    found = difference(reference, other, rectangles)
    outside, most = ((found["largest_difference_outside"], MOST_OUTSIDE) if from_videos
                     else (found["largest_luma_difference_outside"], MOST_LUMA_OUTSIDE))
    if found["rectangle_luma_db"] < LEAST_RECTANGLE_DB or outside > most:
        raise SystemExit(f"the pictures do not agree: {found['rectangle_luma_db']:.1f} dB in the rectangle (at least "
                         f"{LEAST_RECTANGLE_DB:.0f}), {outside} levels outside it (at most {most})")
    return found

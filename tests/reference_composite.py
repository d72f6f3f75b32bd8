"""The field's compositing rule, as its Python code does it, for tests to compare with.

Needs numpy and OpenCV. Pictures are uint8 arrays [height, width, 3] in the order B, G, R, as
cv2.VideoCapture gives them; rectangles are half-open (x1, y1, x2, y2).
"""

import cv2
import numpy as np

INTERPOLATIONS = {"linear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC}


def composite_bgr(full_bgr, crop_bgr, prediction_chw, rect, interpolation="linear"):
    """Returns a copy of `full_bgr` with the predicted mouth in `rect`.

    prediction_chw: float32 [3, S, S], B, G, R in [0, 1]; it replaces the middle of `crop_bgr`.
    """
    x1, y1, x2, y2 = rect
    inner = prediction_chw.shape[1]
    margin = (crop_bgr.shape[0] - inner) // 2
    crop = crop_bgr.copy()
    pixels = np.clip(prediction_chw.transpose(1, 2, 0) * np.float32(255), 0, 255)
    crop[margin : margin + inner, margin : margin + inner] = pixels.astype(np.uint8)
    result = full_bgr.copy()
    result[y1:y2, x1:x2] = cv2.resize(
        crop, (x2 - x1, y2 - y1), interpolation=INTERPOLATIONS[interpolation]
    )
    return result


def bgr_to_yuv420(bgr, rect=None, full_range=False):
    """BT.601 in floating point: (y, u, v) of `rect` (default: the whole picture), not rounded.

    A chroma sample is the mean over those pixels of its 2x2 block (of the picture's grid) that lie
    in the rectangle.
    """
    height, width = bgr.shape[:2]
    x1, y1, x2, y2 = rect or (0, 0, width, height)
    b, g, r = np.moveaxis(bgr[y1:y2, x1:x2].astype(np.float64), 2, 0)
    luma = 0.114 * b + 0.587 * g + 0.299 * r
    scale, chroma_scale, black = (1, 1, 0) if full_range else (219 / 255, 224 / 255, 16)

    def block_means(values):
        for axis, start in ((0, y1), (1, x1)):
            count = values.shape[axis]
            edges = np.unique(np.clip(np.arange(-(start % 2), count, 2), 0, None))
            sums = np.add.reduceat(values, edges, axis=axis)
            sizes = np.diff(np.append(edges, count))
            values = sums / (sizes[:, None] if axis == 0 else sizes[None, :])
        return values

    u = 128 + chroma_scale * block_means(b - luma) / 1.772
    v = 128 + chroma_scale * block_means(r - luma) / 1.402
    return black + scale * luma, u, v


def psnr(found, expected):
    """Peak signal-to-noise ratio of two planes of 8-bit values, in dB."""
    error = np.mean((np.asarray(found, np.float64) - np.asarray(expected, np.float64)) ** 2)
    return float("inf") if error == 0 else 10 * np.log10(255**2 / error)

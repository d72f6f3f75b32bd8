"""The demo avatar's lips in rendered frames: how far they are apart, and when. Written for her face:
planes are (Y, U, V) of 4:2:0 frames, rectangles her face square."""

import cv2
import numpy as np

MOUTH_DOWN = 54  # rows from the top of the face square to the closed mouth
LIP_V = 168      # V of the lips is above, of the skin below
ABOVE, BELOW, HALF_WIDTH = 22, 52, 4


def lips_height(planes, rectangle):
    """Pixels from the top of the upper lip to the bottom of the lower lip, in the middle of the mouth."""
    x1, y1, x2, _ = rectangle
    x, y = (x1 + x2) // 4, (y1 + MOUTH_DOWN) // 2  # in chroma samples
    column = planes[2][y - ABOVE // 2:y + BELOW // 2, x - HALF_WIDTH // 2:x + HALF_WIDTH // 2].mean(1)
    lip = np.flatnonzero(column > LIP_V)
    if len(lip) == 0:
        return 0.0
    first, last = lip[0], lip[-1]
    # Where the profile crosses the threshold, between two samples.
    top = first - (column[first] - LIP_V) / (column[first] - column[first - 1])
    bottom = last + (column[last] - LIP_V) / (column[last] - column[last + 1])
    return 2.0 * float(bottom - top)


def correlation_and_lag(measured, expected, farthest=5):
    """Correlation of two tracks as they are, and the shift of `measured` in frames that fits best
    (positive: the picture is late)."""
    def at(lag):
        a = measured[max(lag, 0):len(measured) + min(lag, 0)]
        b = expected[max(-lag, 0):len(expected) - max(lag, 0)]
        return float(np.corrcoef(a, b)[0, 1])

    return at(0), max(range(-farthest, farthest + 1), key=at)


def face_square(planes, rectangle):
    """The face square as B, G, R."""
    x1, y1, x2, y2 = rectangle
    stacked = np.concatenate([plane.ravel() for plane in planes]).reshape(-1, planes[0].shape[1])
    return cv2.cvtColor(stacked, cv2.COLOR_YUV2BGR_I420)[y1:y2, x1:x2]

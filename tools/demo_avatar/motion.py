"""How the presenter moves while she listens: 250 frames, ten seconds, whose last leads into the first."""

import math

from presenter import Pose, mouth_position

FRAMES = 250
SIDE = 164          # of the face square in the frame: half of 328, so that compositing averages 2x2 pixels
MOUTH_DOWN = 54     # where the mouth is in it
BLINKS = (31, 96, 104, 171, 226)
BLINK_SHAPE = (0.35, 0.9, 1.0, 0.85, 0.5, 0.2)


def pose(frame):
    turn = 2 * math.pi * frame / FRAMES
    blink = max((BLINK_SHAPE[frame - start] for start in BLINKS if 0 <= frame - start < len(BLINK_SHAPE)), default=0.0)
    return Pose(sway=4.5 * math.sin(turn) + 1.3 * math.sin(3 * turn + 1.0),
                lift=1.7 * math.sin(2 * turn + 0.6) + 0.7 * math.sin(5 * turn),
                tilt=1.2 * math.sin(turn + 0.9) + 0.4 * math.sin(2 * turn),
                turn=0.75 * math.sin(turn + 0.5) + 0.2 * math.sin(3 * turn),
                nod=0.5 * math.sin(2 * turn + 2.0) + 0.25 * math.sin(5 * turn + 1.0),
                breath=0.5 - 0.5 * math.cos(3 * turn),
                blink=blink,
                brows=0.35 * max(0.0, math.sin(2 * turn + 1.2)) ** 2,
                gaze=-0.5 * math.sin(turn + 0.5))


def rectangle(frame):
    """The face square (x1, y1, x2, y2), half-open, in pixels."""
    x, y = mouth_position(pose(frame))
    x1, y1 = round(x - SIDE / 2), round(y - MOUTH_DOWN)
    return x1, y1, x1 + SIDE, y1 + SIDE

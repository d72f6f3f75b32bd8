"""The mouth: five viseme parameters, each 0 to 1, and the drawing they pose.

    open   distance of the lips and drop of the jaw
    wide   corners drawn apart ("ee", "s")
    round  corners drawn together, lips forward ("oo", "w")
    teeth  upper teeth shown; on the lower lip where the mouth is not wide ("f", "v")
    tongue tip of the tongue raised ("l", "th")

All zero is the mouth at rest: closed, with a trace of a smile.
"""

from typing import NamedTuple

import skia

from drawing import fill, line, linear, path, radial

LIP, LIP_SHADE, LIP_LIGHT, LINE = "#c9545c", "#a93f4c", "#e28386", "#6e2231"
CAVITY, CAVITY_DEEP, TEETH, TEETH_SHADE, TONGUE, TONGUE_LIGHT = (
    "#6a1f2c", "#43121d", "#f5efe6", "#d9cdc6", "#cf6670", "#e08a90")

PARAMETERS = ("open", "wide", "round", "teeth", "tongue")
JAW_DROP = 10.0
GAP = 27.0


class Shape(NamedTuple):
    """Distances from the middle of the closed mouth, in pixels of the 720-line frame."""
    outer: float  # half width of the lips
    inner: float  # half width of the opening
    corner: float
    upper: float  # inner edge of the upper lip
    lower: float
    upper_lip: float  # thickness
    lower_lip: float
    tuck: float


def shape_of(p):
    opening, wide, rounding, teeth, _ = p
    tuck = max(0.0, teeth - 0.5) / 0.5 * (1 - wide) * (1 - 0.7 * rounding)
    gap = GAP * opening
    outer = 30.5 + 5.0 * wide - 11.5 * rounding - 2.5 * opening * (1 - wide)
    return Shape(outer=outer, inner=outer - 3.0 - 1.5 * rounding,
                 corner=-4.0 * (1 - opening) * (1 - 0.8 * rounding) + 0.14 * gap - 1.0 * wide,
                 upper=-0.24 * gap - 2.2 * tuck, lower=0.76 * gap + 0.6 * tuck,
                 upper_lip=7.6 - 0.8 * wide + 2.2 * rounding - 1.2 * opening,
                 lower_lip=9.6 - 1.2 * wide + 2.0 * rounding - 1.6 * opening - 3.0 * tuck, tuck=tuck)


def _inner(s):
    """The opening. At rest its two edges meet in the line between the lips, which dips in the middle."""
    k = 0.55 * s.inner
    dip = 0.8
    return path(("M", -s.inner, s.corner),
                ("C", -k, s.upper + dip, -0.35 * s.inner, s.upper - 0.2, 0, s.upper + dip),
                ("C", 0.35 * s.inner, s.upper - 0.2, k, s.upper + dip, s.inner, s.corner),
                ("C", 0.92 * s.inner, 0.55 * s.lower + 0.45 * s.corner, k, s.lower + dip, 0, s.lower + dip),
                ("C", -k, s.lower + dip, -0.92 * s.inner, 0.55 * s.lower + 0.45 * s.corner, -s.inner, s.corner),
                ("Z",))


def _upper_lip(s):
    top = s.upper - s.upper_lip
    peak = 0.27 * s.outer
    return path(("M", -s.outer, s.corner),
                ("C", -0.72 * s.outer, s.corner - 1.5, -peak - 0.2 * s.outer, top, -peak, top),
                ("C", -0.55 * peak, top, -0.45 * peak, top + 2.4, 0, top + 2.4),
                ("C", 0.45 * peak, top + 2.4, 0.55 * peak, top, peak, top),
                ("C", peak + 0.2 * s.outer, top, 0.72 * s.outer, s.corner - 1.5, s.outer, s.corner),
                ("L", s.inner, s.corner + 0.3),
                ("C", 0.55 * s.inner, s.upper + 1.4, 0.35 * s.inner, s.upper + 0.6, 0, s.upper + 1.5),
                ("C", -0.35 * s.inner, s.upper + 0.6, -0.55 * s.inner, s.upper + 1.4, -s.inner, s.corner + 0.3),
                ("Z",))


def _lower_lip(s):
    bottom = s.lower + s.lower_lip
    return path(("M", -s.outer, s.corner),
                ("C", -0.9 * s.outer, 0.55 * bottom + 0.45 * s.corner, -0.55 * s.outer, bottom, 0, bottom),
                ("C", 0.55 * s.outer, bottom, 0.9 * s.outer, 0.55 * bottom + 0.45 * s.corner, s.outer, s.corner),
                ("L", s.inner, s.corner),
                ("C", 0.92 * s.inner, 0.55 * s.lower + 0.45 * s.corner, 0.55 * s.inner, s.lower + 0.2, 0, s.lower + 0.2),
                ("C", -0.55 * s.inner, s.lower + 0.2, -0.92 * s.inner, 0.55 * s.lower + 0.45 * s.corner,
                 -s.inner, s.corner),
                ("Z",))


def _draw_inside(canvas, s, p):
    opening, wide, rounding, teeth, tongue = p
    gap = s.lower - s.upper
    canvas.save()
    canvas.clipPath(_inner(s), skia.ClipOp.kIntersect, True)
    canvas.drawPaint(linear((0, s.upper - 2), (0, s.lower + 2), (0, CAVITY_DEEP), (1, CAVITY)))
    # The tongue lies low and comes up behind the teeth.
    top = s.lower - 0.34 * gap - tongue * (0.30 * gap + 1.5)
    width = (0.62 + 0.1 * tongue) * s.inner
    tongue_box = skia.Rect.MakeLTRB(-width, top, width, s.lower + 0.5 * gap + 4)
    canvas.drawOval(tongue_box, linear((0, top), (0, s.lower + 2), (0, TONGUE_LIGHT), (0.5, TONGUE), (1, CAVITY)))
    # Lower teeth where the jaws are together ("s").
    together = max(0.0, teeth - 0.25) * wide * 1.3
    if together > 0:
        y = s.lower + 3.5 - min(1.0, together) * 7.5
        canvas.drawRoundRect(skia.Rect.MakeLTRB(-0.7 * s.inner, y, 0.7 * s.inner, s.lower + 9), 3, 3, fill(TEETH_SHADE))
    length = (1.5 + 9.0 * opening ** 0.5 * (1 - 0.75 * rounding) + 6.5 * teeth)
    length *= 1 - 0.35 * tongue
    half = (0.80 - 0.12 * rounding) * s.inner
    bottom = s.upper - 1 + length * min(1.0, gap / 3.0)
    canvas.drawRoundRect(skia.Rect.MakeLTRB(-half, s.upper - 12, half, bottom), 4, 4,
                         linear((0, s.upper - 1), (0, bottom), (0, TEETH_SHADE), (0.35, TEETH), (1, TEETH)))
    canvas.restore()


def draw_mouth(canvas, p):
    """Draws at the canvas's origin, the middle of the closed mouth."""
    s = shape_of(p)
    bottom = s.lower + s.lower_lip
    canvas.drawOval(skia.Rect.MakeXYWH(-17, bottom + 0.5, 34, 9),
                    radial((0, bottom + 5), 17, (0, "#9c5638", 0.34), (1, "#9c5638", 0.0), squash=0.27))
    _draw_inside(canvas, s, p)
    canvas.drawPath(_inner(s), line(LINE, 1.7))
    canvas.drawPath(_lower_lip(s), linear((0, s.lower), (0, bottom), (0, LIP_SHADE), (0.3, LIP), (1, LIP)))
    canvas.drawPath(_upper_lip(s), linear((0, s.upper - s.upper_lip), (0, s.upper + 1), (0, LIP), (1, LIP_SHADE)))
    shine = skia.Rect.MakeXYWH(-0.42 * s.outer, s.lower + 0.28 * s.lower_lip, 0.84 * s.outer, 0.42 * s.lower_lip)
    canvas.drawOval(shine, radial((0, shine.centerY()), 0.42 * s.outer, (0, LIP_LIGHT, 0.85), (1, LIP_LIGHT, 0.0),
                                  squash=0.5 * s.lower_lip / s.outer))
    for side in (-1, 1):
        canvas.drawOval(skia.Rect.MakeXYWH(side * (s.outer + 0.5) - 4.0, s.corner - 4.0, 8.0, 8.0),
                        radial((side * (s.outer + 0.5), s.corner), 4.0, (0, "#8f4a33", 0.26), (1, "#8f4a33", 0.0)))

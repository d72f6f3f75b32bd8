"""The presenter: nobody in particular. Head and body are posed by a Pose and the mouth's parameters."""

from typing import NamedTuple

import skia

from drawing import fill, line, linear, mirrored, path, radial
from mouth import JAW_DROP, draw_mouth

SKIN, SKIN_LIGHT, SKIN_SHADE, SKIN_DEEP = "#e3a57c", "#efb78f", "#c9845e", "#a96548"
HAIR, HAIR_DARK, HAIR_LIGHT = "#46272c", "#2c171d", "#6b3f3d"
JACKET, JACKET_LIGHT, JACKET_DARK = "#17766f", "#239186", "#0e5553"
BLOUSE, BLOUSE_SHADE = "#f4ece0", "#d8cabc"
GOLD = "#e9b95a"
EYE_WHITE, IRIS, IRIS_DARK, LASH = "#f7f2ec", "#5f8a5c", "#33553d", "#2a1519"

HEAD = (640.0, 258.0)  # where the head's own origin, between the eyes, is at rest
PIVOT = (0.0, 150.0)   # the head turns about the neck
MOUTH = (0.0, 64.0)


class Pose(NamedTuple):
    sway: float = 0.0    # pixels to the right
    lift: float = 0.0    # pixels down
    tilt: float = 0.0    # degrees clockwise
    turn: float = 0.0    # -1 to 1: the features move over the face, to the right
    nod: float = 0.0     # -1 to 1: and down
    breath: float = 0.0  # 0 to 1
    blink: float = 0.0   # 0 open, 1 closed
    brows: float = 0.0   # 0 to 1: raised
    gaze: float = 0.0    # -1 to 1


def _head_matrix(pose):
    matrix = skia.Matrix.Translate(HEAD[0] + pose.sway, HEAD[1] + pose.lift)
    matrix.preRotate(pose.tilt, *PIVOT)
    return matrix


def _features_shift(pose):
    return 4.5 * pose.turn, 3.0 * pose.nod


def mouth_position(pose):
    """Where the middle of the closed mouth is in the frame."""
    shift = _features_shift(pose)
    point = _head_matrix(pose).mapXY(MOUTH[0] + shift[0], MOUTH[1] + shift[1])
    return point.x(), point.y()


def _face(jaw):
    return mirrored([("M", 0, -126), ("C", 50, -126, 77, -88, 78, -36), ("C", 79, 4, 77, 34, 66 - 0.02 * jaw, 62 + 0.3 * jaw),
                     ("C", 55, 86 + 0.8 * jaw, 30, 111 + jaw, 0, 111 + jaw)])


def _draw_hair_behind(canvas):
    outline = mirrored([("M", 0, -150), ("C", 62, -153, 106, -112, 108, -48), ("C", 110, 2, 104, 34, 110, 74),
                        ("C", 114, 106, 110, 134, 84, 147), ("C", 62, 156, 30, 150, 0, 138)])
    canvas.drawPath(outline, linear((0, -150), (0, 150), (0, HAIR_DARK), (1, HAIR_DARK)))


def _draw_neck(canvas, jaw):
    neck = path(("M", -36, 60), ("L", 36, 60), ("C", 36, 112, 35, 134, 44, 150), ("C", 52, 162, 62, 168, 62, 184), ("L", 50, 190), ("L", 0, 270),
                ("L", -50, 190), ("L", -62, 184), ("C", -62, 168, -52, 162, -44, 150), ("C", -35, 134, -36, 112, -36, 60), ("Z",))
    canvas.drawPath(neck, linear((-40, 0), (40, 0), (0, SKIN), (0.5, SKIN), (1, SKIN_SHADE)))
    canvas.save()
    canvas.clipPath(neck, skia.ClipOp.kIntersect, True)
    shadow = path(("M", -70, 40), ("L", 70, 40), ("C", 66, 104 + 0.6 * jaw, 34, 140 + 0.7 * jaw, 4, 140 + 0.7 * jaw),
                  ("C", -30, 140 + 0.7 * jaw, -58, 108 + 0.6 * jaw, -70, 40), ("Z",))
    canvas.drawPath(shadow, linear((0, 100), (0, 142 + jaw), (0, SKIN_DEEP, 0.85), (1, SKIN_DEEP, 0.55)))
    canvas.restore()


def _draw_eye(canvas, side, pose):
    """`side` is -1 for the eye on the left of the picture."""
    canvas.save()
    canvas.translate(side * 34, -9)
    canvas.scale(1.1 * side, 1.16)  # drawn as the right eye: outer corner at +x
    close = pose.blink
    upper = -10.5 + 15.0 * close   # height of the upper lid's control points
    lower = 8.0 - 1.5 * close
    lid = lambda y: ("C", -9, y + 1.2, 9, y - 2.0 + 2.5 * close, 17.5, -2.0 + 3.0 * close)
    almond = path(("M", -17, 3.5), lid(upper), ("C", 12, lower, -6, lower + 2.0, -17, 3.5), ("Z",))
    # Eye shadow and crease.
    canvas.drawPath(path(("M", -17, 2.5), ("C", -10, -17, 12, -18, 19, -4), ("C", 10, -9, -8, -9, -17, 3.5), ("Z",)),
                    fill("#b06a55", 0.55))
    canvas.drawPath(almond, fill(EYE_WHITE))
    canvas.save()
    canvas.clipPath(almond, skia.ClipOp.kIntersect, True)
    gaze = side * (2.4 * pose.gaze)
    canvas.drawCircle(gaze, -1.6, 8.4, radial((gaze, 0.8), 8.4, (0, "#8db57c"), (0.55, IRIS), (1, IRIS_DARK)))
    canvas.drawCircle(gaze, -1.6, 3.9, fill("#1b1214"))
    canvas.drawCircle(gaze + side * -2.6 , -4.6, 2.1, fill("#ffffff"))
    canvas.drawCircle(gaze + side * 2.8, 1.8, 1.0, fill("#ffffff", 0.6))
    canvas.drawPath(path(("M", -20, -14), ("L", 22, -14), ("L", 20, -4), ("C", 9, upper + 3.4, -9, upper + 5.4, -18, 6), ("Z",)),
                    fill("#5c3a3a", 0.28))
    canvas.restore()
    if close > 0.35:
        canvas.drawPath(path(("M", -17, 3.5), ("C", -10, -12, 11, -13, 18, -2), lid_back(upper, close), ("Z",)),
                        fill(SKIN_SHADE, min(1.0, (close - 0.35) / 0.25)))
    # Upper lashes: a tapered wing; lower lashes: a thin line.
    top = path(("M", -17.5, 4.0), ("C", -9, upper - 0.6, 9, upper - 3.8 + 2.5 * close, 17.5, -3.0 + 3.0 * close), ("L", 23, -6.5 + 4.0 * close),
               ("C", 20.5, -1.0 + 3.0 * close, 18, 0.0 + 3.0 * close, 16.5, 0.2 + 3.0 * close),
               ("C", 9, upper + 1.6 + 2.0 * close, -9, upper + 3.2, -17.5, 4.0), ("Z",))
    canvas.drawPath(top, fill(LASH))
    canvas.drawPath(path(("M", -12, 5.6), ("C", -4, lower + 0.4, 9, lower - 0.8, 16.5, -0.4)), line("#8a4b43", 1.1, 0.7))
    canvas.restore()


def lid_back(upper, close):
    return ("C", 9, upper - 2.0 + 2.5 * close, -9, upper + 1.2, -17, 3.5)


def _draw_brow(canvas, side, raised):
    canvas.save()
    canvas.translate(side * 35, -36 - 4.0 * raised)
    canvas.scale(side, 1)
    canvas.drawPath(path(("M", -19, 0.5), ("C", -10, -6.0, 6, -9.5, 24, -0.5), ("C", 8, -5.0, -6, -2.0, -18, 5.0),
                         ("C", -20.5, 5.2, -21, 2.0, -19, 0.5), ("Z",)), fill(HAIR_DARK))
    canvas.restore()


def _draw_nose(canvas):
    canvas.drawPath(path(("M", 7, -12), ("C", 6, 6, 9, 20, 13, 29), ("C", 15, 35, 8, 38, 1, 38.5),
                         ("C", 6, 30, 3, 6, 7, -12), ("Z",)), linear((0, -12), (0, 38), (0, SKIN_SHADE, 0.0), (0.6, SKIN_SHADE, 0.65), (1, SKIN_SHADE, 0.9)))
    canvas.drawPath(path(("M", -9, 35), ("C", -6, 39.5, 5, 40, 10.5, 35)), line(SKIN_DEEP, 2.2, 0.85))
    canvas.drawOval(skia.Rect.MakeXYWH(-5, 20, 8, 12), radial((-1, 26), 6, (0, "#fbd3b0", 0.8), (1, "#fbd3b0", 0.0)))


def _draw_hair_front(canvas, shift):
    x, y = shift[0] * 0.35, shift[1] * 0.35
    canvas.save()
    canvas.translate(x, y)
    # The parting is on the left of the picture; a long sweep goes right, a short one left.
    right = path(("M", -30, -148), ("C", 30, -164, 108, -132, 112, -48), ("C", 114, 2, 106, 34, 111, 74),
                 ("C", 115, 106, 110, 136, 82, 148), ("C", 88, 128, 74, 96, 78, 40), ("C", 82, 4, 80, -26, 66, -52),
                 ("C", 44, -66, 4, -78, -28, -122), ("Z",))
    left = path(("M", -24, -150), ("C", -80, -148, -110, -108, -110, -46), ("C", -112, 2, -106, 34, -111, 74),
                ("C", -115, 106, -110, 136, -82, 148), ("C", -88, 128, -74, 96, -78, 38), ("C", -82, 8, -82, -30, -66, -62),
                ("C", -54, -82, -38, -98, -28, -122), ("Z",))
    canvas.save()
    canvas.clipPath(_face(0), skia.ClipOp.kIntersect, True)
    canvas.translate(2, 7)
    for lock in (left, right):
        canvas.drawPath(lock, fill(SKIN_DEEP, 0.45))
    canvas.restore()
    canvas.drawPath(left, linear((-112, 0), (-70, 0), (0, HAIR_DARK), (0.35, HAIR), (0.6, HAIR_LIGHT), (1, HAIR)))
    canvas.drawPath(right, linear((-20, -100), (112, -20), (0, HAIR), (0.45, HAIR_LIGHT), (0.62, HAIR), (1, "#3a1f25")))
    strand = lambda *c: canvas.drawPath(path(*c), line(HAIR_LIGHT, 2.4, 0.6))
    strand(("M", -16, -132), ("C", 16, -104, 62, -96, 84, -58))
    strand(("M", 4, -144), ("C", 44, -130, 84, -104, 96, -58))
    strand(("M", 100, -30), ("C", 104, 4, 95, 40, 100, 92))
    strand(("M", 90, 0), ("C", 92, 40, 84, 74, 92, 122))
    strand(("M", -44, -134), ("C", -78, -112, -92, -80, -94, -40))
    strand(("M", -99, -30), ("C", -103, 10, -95, 44, -100, 96))
    canvas.restore()


def _draw_head(canvas, pose, mouth):
    jaw = JAW_DROP * mouth[0]
    shift = _features_shift(pose)
    face = _face(jaw)
    canvas.drawPath(face, linear((-80, -60), (80, 60), (0, SKIN_LIGHT), (0.5, SKIN), (1, SKIN)))
    canvas.save()
    canvas.clipPath(face, skia.ClipOp.kIntersect, True)
    side_shade = path(("M", 90, -120), ("L", 90, 130), ("L", 20, 130 + jaw), ("C", 48, 100 + jaw, 62, 60, 61, 0),
                      ("C", 61, -40, 58, -80, 40, -120), ("Z",))
    canvas.drawPath(side_shade, linear((20, 0), (80, 0), (0, SKIN_SHADE, 0.55), (1, SKIN_SHADE, 0.75)))
    canvas.translate(*shift)
    for side in (-1, 1):
        canvas.drawCircle(side * 47, 34, 26, radial((side * 47, 34), 26, (0, "#e5786a", 0.34), (1, "#e5786a", 0.0)))
    canvas.drawOval(skia.Rect.MakeXYWH(-16, 92 + jaw, 32, 14), radial((0, 99 + jaw), 16, (0, "#f7c9a4", 0.5), (1, "#f7c9a4", 0.0), squash=0.45))
    canvas.restore()
    canvas.save()
    canvas.translate(*shift)
    for side in (-1, 1):
        _draw_eye(canvas, side, pose)
        _draw_brow(canvas, side, pose.brows)
    _draw_nose(canvas)
    canvas.save()
    canvas.translate(*MOUTH)
    draw_mouth(canvas, mouth)
    canvas.restore()
    canvas.restore()
    _draw_hair_front(canvas, shift)


def _breathe(canvas, breath):
    """Moves the origin to the pit of the throat; the chest rises when breathing in."""
    canvas.translate(640, 420 - 1.6 * breath)
    canvas.scale(1 + 0.005 * breath, 1)


def _draw_shoulders(canvas, breath):
    canvas.save()
    _breathe(canvas, breath)
    body = mirrored([("M", 0, 0), ("L", 46, 2), ("C", 92, 22, 148, 28, 176, 50), ("C", 206, 76, 218, 140, 226, 320), ("L", 0, 320)])
    canvas.drawPath(body, linear((-220, 0), (220, 120), (0, JACKET_LIGHT), (0.45, JACKET), (1, JACKET_DARK)))
    # Where the arms lie against the body.
    for side in (-1, 1):
        canvas.drawPath(path(("M", side * 132, 320), ("C", side * 140, 240, side * 146, 180, side * 136, 128)),
                        line(JACKET_DARK, 3.0, 0.8))
    canvas.restore()


def _draw_clothes(canvas, breath):
    canvas.save()
    _breathe(canvas, breath)
    canvas.drawPath(path(("M", -50, 4), ("C", -30, 66, 30, 66, 50, 4), ("L", 58, 20), ("L", 0, 190), ("L", -58, 20), ("Z",)),
                    fill(SKIN_DEEP, 0.5))
    blouse = path(("M", -52, 0), ("C", -34, 72, 34, 72, 52, 0), ("L", 58, 20), ("L", 0, 190), ("L", -58, 20), ("Z",))
    canvas.drawPath(blouse, linear((0, 0), (0, 180), (0, BLOUSE), (1, BLOUSE_SHADE)))
    canvas.drawPath(path(("M", 0, 58), ("C", 3, 90, -3, 130, 0, 186)), line(BLOUSE_SHADE, 2.0))
    for side in (-1, 1):
        canvas.save()
        canvas.scale(side, 1)
        dark = side > 0
        canvas.drawPath(path(("M", 46, -6), ("C", 66, 6, 76, 20, 80, 34), ("L", 96, 76), ("L", 70, 84), ("L", 84, 100),
                             ("C", 62, 150, 30, 200, 0, 232), ("L", -4, 186), ("C", 24, 120, 44, 60, 44, 0), ("Z",)),
                        linear((0, 0), (90, 160), (0, JACKET if dark else JACKET_LIGHT), (1, JACKET_DARK if dark else JACKET)))
        canvas.drawPath(path(("M", 96, 76), ("L", 70, 84), ("L", 84, 100)), line(JACKET_DARK, 1.6, 0.8))
        canvas.drawPath(path(("M", 46, -4), ("C", 46, 60, 24, 130, -2, 190)), line(JACKET_DARK, 1.6, 0.45))
        canvas.restore()
    canvas.drawPath(path(("M", 0, 226), ("L", 0, 320)), line(JACKET_DARK, 2.2))
    canvas.drawCircle(0, 262, 6.5, fill(JACKET_DARK))
    canvas.drawCircle(-1.2, 260.8, 4.4, fill(GOLD))
    # A small microphone on the lapel.
    canvas.save()
    canvas.translate(-50, 108)
    canvas.rotate(24)
    canvas.drawRoundRect(skia.Rect.MakeXYWH(-3.5, -9, 7, 15), 3.5, 3.5, fill("#22262e"))
    canvas.drawRoundRect(skia.Rect.MakeXYWH(-2.4, -8, 2, 8), 1, 1, fill("#5b6472"))
    canvas.restore()
    canvas.restore()


def draw_presenter(canvas, pose, mouth):
    """Everything but the desk, which stands before her."""
    matrix = _head_matrix(pose)
    jaw = JAW_DROP * mouth[0]
    canvas.save()
    canvas.concat(matrix)
    _draw_hair_behind(canvas)
    canvas.restore()
    _draw_shoulders(canvas, pose.breath)
    canvas.save()
    canvas.translate(HEAD[0] + 0.4 * pose.sway, HEAD[1] + 0.3 * pose.lift - 1.2 * pose.breath)
    _draw_neck(canvas, jaw)
    canvas.restore()
    _draw_clothes(canvas, pose.breath)
    canvas.save()
    canvas.concat(matrix)
    _draw_head(canvas, pose, mouth)
    canvas.restore()

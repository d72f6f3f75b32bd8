"""Small helpers over Skia: colours, gradients, paths and pictures as arrays."""

import numpy as np
import skia


def color(text, alpha=1.0):
    """'#rrggbb' as a Skia colour."""
    value = int(text.lstrip("#"), 16)
    return skia.Color(value >> 16, value >> 8 & 255, value & 255, int(round(255 * alpha)))


def fill(text, alpha=1.0):
    return skia.Paint(AntiAlias=True, Color=color(text, alpha))


def line(text, width, alpha=1.0):
    return skia.Paint(AntiAlias=True, Color=color(text, alpha), Style=skia.Paint.kStroke_Style, StrokeWidth=width,
                      StrokeCap=skia.Paint.kRound_Cap, StrokeJoin=skia.Paint.kRound_Join)


def _colors(stops):
    """[(position, '#rrggbb', alpha)] or [(position, '#rrggbb')] as Skia's two lists."""
    return [color(stop[1], *stop[2:]) for stop in stops], [stop[0] for stop in stops]


def linear(start, end, *stops):
    """A paint whose colour runs from `start` to `end`."""
    colors, positions = _colors(stops)
    return skia.Paint(AntiAlias=True, Dither=False,
                      Shader=skia.GradientShader.MakeLinear([start, end], colors, positions))


def radial(center, radius, *stops, squash=1.0):
    """A paint whose colour runs outwards; `squash` scales the vertical radius."""
    colors, positions = _colors(stops)
    matrix = skia.Matrix.Translate(0, center[1] * (1 - squash))
    matrix.preScale(1, squash)
    return skia.Paint(AntiAlias=True, Shader=skia.GradientShader.MakeRadial(
        center, radius, colors, positions, skia.TileMode.kClamp, 0, matrix))


def path(*commands):
    """Builds a path from tuples: ('M', x, y), ('L', ...), ('C', six numbers), ('Q', four), ('Z',)."""
    builder = skia.Path()
    methods = {"M": builder.moveTo, "L": builder.lineTo, "C": builder.cubicTo, "Q": builder.quadTo, "Z": builder.close}
    for name, *numbers in commands:
        methods[name](*numbers)
    return builder


def mirrored(commands):
    """The closed outline made of `commands` (from a point on the middle axis, down its right side, to
    another point on that axis) and its mirror image on the left."""
    points = [commands[0][1:3]]
    back = []
    for name, *numbers in commands[1:]:
        pairs = [tuple(numbers[i:i + 2]) for i in range(0, len(numbers), 2)]
        controls = [(-x, y) for x, y in reversed(pairs[:-1])] + [(-points[-1][0], points[-1][1])]
        back.append((name, *(value for pair in controls for value in pair)))
        points.append(pairs[-1])
    return path(*commands, *reversed(back), ("Z",))


def smooth(points, closed=False):
    """A Catmull-Rom curve through `points`."""
    n = len(points)
    get = (lambda i: points[i % n]) if closed else (lambda i: points[min(max(i, 0), n - 1)])
    curve = skia.Path()
    curve.moveTo(*points[0])
    for i in range(n if closed else n - 1):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = (get(i + k) for k in (-1, 0, 1, 2))
        curve.cubicTo(x1 + (x2 - x0) / 6, y1 + (y2 - y0) / 6, x2 - (x3 - x1) / 6, y2 - (y3 - y1) / 6, x2, y2)
    if closed:
        curve.close()
    return curve


class Picture:
    """A BGRA canvas of width x height pixels that shows the scene's square at (left, top), `scale`
    times enlarged."""

    def __init__(self, width, height, left=0.0, top=0.0, scale=1.0):
        self.pixels = np.zeros((height, width, 4), np.uint8)
        self.surface = skia.Surface(self.pixels, colorType=skia.kBGRA_8888_ColorType)
        self.canvas = self.surface.getCanvas()
        self.canvas.scale(scale, scale)
        self.canvas.translate(-left, -top)

    def bgr(self):
        self.surface.flushAndSubmit()
        return self.pixels[:, :, :3]

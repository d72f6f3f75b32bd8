"""The studio behind the presenter and the desk before her."""

import random

import skia

from drawing import fill, line, linear, path, radial

WIDTH, HEIGHT = 1280, 720


def _draw_skyline(canvas, seed, base, height, shade, windows=None):
    chance = random.Random(seed)
    x = -10.0
    while x < WIDTH + 10:
        width = chance.choice([34, 42, 52, 64, 78])
        top = base - height * chance.uniform(0.45, 1.0)
        canvas.drawRect(skia.Rect.MakeLTRB(x, top, x + width, HEIGHT), fill(shade))
        if chance.random() < 0.3:
            canvas.drawRect(skia.Rect.MakeLTRB(x + width / 2 - 1.5, top - 26, x + width / 2 + 1.5, top), fill(shade))
        if windows:
            for row in range(int((HEIGHT - top) / 15)):
                for column in range(int((width - 12) / 11)):
                    if chance.random() < 0.28:
                        canvas.drawRect(skia.Rect.MakeXYWH(x + 8 + 11 * column, top + 10 + 15 * row, 5, 7),
                                        fill(windows, chance.uniform(0.35, 0.9)))
        x += width + chance.choice([0, 3, 8])


def draw_background(canvas):
    canvas.drawRect(skia.Rect.MakeWH(WIDTH, HEIGHT),
                    linear((0, 0), (0, 560), (0, "#232a63"), (0.35, "#5c4688"), (0.62, "#c0698a"), (0.82, "#f29a7f"),
                           (1, "#ffcf94")))
    canvas.drawCircle(985, 380, 190, radial((985, 380), 190, (0, "#ffe2ae", 0.75), (0.3, "#ffd09a", 0.45), (1, "#ffb58a", 0.0)))
    canvas.drawCircle(985, 380, 54, fill("#ffe9bd"))
    for x, y, width, alpha in ((150, 190, 260, 0.20), (300, 214, 190, 0.16), (880, 150, 300, 0.16), (1010, 172, 180, 0.14),
                               (330, 318, 220, 0.18), (1040, 296, 230, 0.18)):
        canvas.drawRoundRect(skia.Rect.MakeXYWH(x, y, width, 15), 7.5, 7.5, fill("#ffd9c4", alpha))
    _draw_skyline(canvas, 11, 520, 200, "#8e5a86")
    _draw_skyline(canvas, 5, 560, 210, "#5b4177", "#ffc98a")
    _draw_skyline(canvas, 23, 610, 190, "#37305e", "#ffd48f")
    # The glass is framed by dark pillars with light strips.
    for left, right in ((-1, 118), (WIDTH - 118, WIDTH + 1)):
        canvas.drawRect(skia.Rect.MakeLTRB(left, 0, right, HEIGHT),
                        linear((left, 0), (right, 0), (0, "#161b3d"), (0.5, "#232a58"), (1, "#161b3d")))
    for x in (118, WIDTH - 118):
        canvas.drawRect(skia.Rect.MakeLTRB(x - 30, 0, x + 30, HEIGHT),
                        linear((x - 30, 0), (x + 30, 0), (0, "#69e0e0", 0.0), (0.5, "#69e0e0", 0.35), (1, "#69e0e0", 0.0)))
        canvas.drawRect(skia.Rect.MakeLTRB(x - 2.5, 0, x + 2.5, HEIGHT), fill("#c9fbf4"))
    for x in (412, 868):
        canvas.drawRect(skia.Rect.MakeLTRB(x - 4, 0, x + 4, HEIGHT), fill("#1b2148"))
    canvas.drawRect(skia.Rect.MakeLTRB(118, 0, WIDTH - 118, 40), linear((0, 0), (0, 40), (0, "#12163a"), (1, "#1d2350")))
    canvas.drawRect(skia.Rect.MakeLTRB(118, 40, WIDTH - 118, 43), fill("#69e0e0", 0.55))
    # The city stays in the background.
    canvas.drawRect(skia.Rect.MakeWH(WIDTH, HEIGHT), fill("#1b2050", 0.20))
    canvas.drawRect(skia.Rect.MakeWH(WIDTH, HEIGHT),
                    radial((640, 300), 760, (0, "#10142f", 0.0), (0.5, "#10142f", 0.05), (1, "#10142f", 0.6), squash=0.75))


def draw_desk(canvas):
    canvas.drawPath(path(("M", -10, 640), ("C", 300, 572, 980, 572, 1290, 640), ("L", 1290, 720), ("L", -10, 720), ("Z",)),
                    linear((0, 585), (0, 660), (0, "#f3eee9"), (0.5, "#d9d3d8"), (1, "#aaa6ba")))
    # Her reflection in the desk, and the shadow where she leans on it.
    canvas.drawOval(skia.Rect.MakeXYWH(400, 588, 480, 34),
                    radial((640, 605), 240, (0, "#0e5553", 0.42), (0.6, "#0e5553", 0.25), (1, "#0e5553", 0.0), squash=0.07))
    canvas.drawPath(path(("M", -10, 668), ("C", 300, 606, 980, 606, 1290, 668), ("L", 1290, 720), ("L", -10, 720), ("Z",)),
                    linear((0, 625), (0, 720), (0, "#272f66"), (1, "#141838")))
    canvas.drawPath(path(("M", -10, 668), ("C", 300, 606, 980, 606, 1290, 668)), line("#8f8aa6", 2.5))
    canvas.drawPath(path(("M", -10, 690), ("C", 300, 628, 980, 628, 1290, 690)), line("#69e0e0", 16, 0.16))
    canvas.drawPath(path(("M", -10, 690), ("C", 300, 628, 980, 628, 1290, 690)), line("#a8f5ee", 4))
    _draw_papers(canvas)
    _draw_mug(canvas)


def _draw_papers(canvas):
    for angle, shade, dx in ((-3, "#cfc8d2", -6), (2, "#ffffff", 0)):
        canvas.save()
        canvas.translate(420 + dx, 604)
        canvas.skew(-0.55, 0)
        canvas.rotate(angle)
        canvas.drawRoundRect(skia.Rect.MakeXYWH(-60, -9, 136, 25), 2, 2, fill(shade))
        if dx == 0:
            for row in range(3):
                canvas.drawRect(skia.Rect.MakeXYWH(-48, -4 + 6 * row, 96 - 22 * (row == 2), 1.8), fill("#9d98ac"))
        canvas.restore()


def _draw_mug(canvas):
    canvas.save()
    canvas.translate(906, 612)
    canvas.drawOval(skia.Rect.MakeXYWH(-40, -8, 86, 16), fill("#5b567a", 0.35))
    canvas.drawPath(path(("M", 27, -44), ("C", 52, -46, 52, -12, 25, -14)), line("#e8674f", 7))
    canvas.drawPath(path(("M", -30, -58), ("L", 30, -58), ("L", 26, -4), ("C", 24, 4, -24, 4, -26, -4), ("Z",)),
                    linear((-30, 0), (30, 0), (0, "#f58a66"), (0.45, "#ee7155"), (1, "#c34f44")))
    canvas.drawOval(skia.Rect.MakeXYWH(-30, -65, 60, 14), fill("#fbb596"))
    canvas.drawOval(skia.Rect.MakeXYWH(-25, -63, 50, 10), fill("#5a2d29"))
    canvas.restore()

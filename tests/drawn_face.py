"""Draws the presenter of the tests' own avatar package: flat shapes, no real person."""

import cv2
import numpy as np

# Colours as B, G, R.
WALL, WALL_LIGHT = (188, 150, 92), (206, 172, 118)
SKIN, SKIN_SHADE, BLUSH = (164, 200, 244), (138, 172, 224), (150, 176, 246)
HAIR, HAIR_LIGHT = (38, 52, 84), (52, 70, 110)
JACKET, LAPEL, SHIRT = (92, 62, 44), (76, 50, 34), (244, 240, 236)
WHITE, IRIS, PUPIL, LIPS = (252, 252, 252), (96, 110, 62), (30, 26, 24), (104, 104, 204)


class Canvas:
    """A picture addressed in units of 1/240 of its height, whatever its size; edges are smooth."""

    def __init__(self, width, height):
        self.pixels = np.empty((height, width, 3), np.uint8)
        self.pixels[:] = WALL
        self.scale = height / 240.0
        self.middle = width / self.scale / 2

    def _at(self, x, y):
        return int(round(x * self.scale * 16)), int(round(y * self.scale * 16))

    def ellipse(self, x, y, rx, ry, color, start=0, end=360, angle=0):
        cv2.ellipse(self.pixels, self._at(x, y), self._at(rx, ry), angle, start, end, color, -1, cv2.LINE_AA, 4)

    def arc(self, x, y, rx, ry, start, end, color, width):
        cv2.ellipse(self.pixels, self._at(x, y), self._at(rx, ry), 0, start, end, color,
                    max(1, int(round(width * self.scale))), cv2.LINE_AA, 4)

    def polygon(self, points, color):
        corners = np.array([self._at(x, y) for x, y in points], np.int32)
        cv2.fillPoly(self.pixels, [corners], color, cv2.LINE_AA, 4)


def draw_body(canvas, x):
    canvas.ellipse(canvas.middle, 118, 104, 104, WALL_LIGHT)
    canvas.ellipse(x, 268, 96, 86, JACKET)
    canvas.polygon([(x - 22, 182), (x + 22, 182), (x, 242)], SHIRT)
    canvas.polygon([(x - 22, 180), (x - 34, 190), (x - 26, 206), (x - 34, 210), (x - 4, 244), (x, 244)], LAPEL)
    canvas.polygon([(x + 22, 180), (x + 34, 190), (x + 26, 206), (x + 34, 210), (x + 4, 244), (x, 244)], LAPEL)
    canvas.polygon([(x - 15, 140), (x + 15, 140), (x + 17, 182), (x, 198), (x - 17, 182)], SKIN_SHADE)


def draw_head(canvas, x, y, gaze, blink):
    canvas.ellipse(x, y - 14, 58, 62, HAIR)
    canvas.polygon([(x - 58, y - 14), (x + 58, y - 14), (x + 54, y + 44), (x + 36, y + 56), (x - 36, y + 56),
                    (x - 54, y + 44)], HAIR)
    for side in (-1, 1):
        canvas.ellipse(x + side * 47, y + 4, 7, 11, SKIN_SHADE)
    canvas.ellipse(x, y - 2, 47, 50, SKIN)
    canvas.ellipse(x, y + 10, 43, 52, SKIN)
    for side in (-1, 1):
        canvas.ellipse(x + side * 28, y + 20, 9, 6, BLUSH)
        eye = x + side * 18
        if blink:
            canvas.arc(eye, y - 4, 8, 4, 10, 170, HAIR, 1.6)
        else:
            canvas.ellipse(eye, y - 3, 8.5, 6.5, WHITE)
            canvas.ellipse(eye + gaze, y - 2.5, 4.8, 5.2, IRIS)
            canvas.ellipse(eye + gaze, y - 2.5, 2.6, 2.9, PUPIL)
            canvas.ellipse(eye + gaze + 1.6, y - 4.6, 1.2, 1.2, WHITE)
            canvas.arc(eye, y - 2.5, 9, 7.5, 195, 345, HAIR, 1.6)
        canvas.arc(eye, y - 12, 11, 5, 205, 335, HAIR, 2.4)
    canvas.arc(x, y + 8, 4.5, 5, 20, 160, SKIN_SHADE, 2)
    canvas.arc(x, y + 27, 14, 7, 25, 155, LIPS, 2.4)
    # The fringe last: it falls over the forehead.
    canvas.ellipse(x - 14, y - 42, 40, 20, HAIR, angle=-14)
    canvas.ellipse(x + 28, y - 44, 24, 16, HAIR, angle=26)
    canvas.arc(x - 12, y - 50, 34, 14, 190, 290, HAIR_LIGHT, 2.4)


def draw_frame(index, count, width, height):
    """The presenter of frame `index` of `count` as B, G, R, and the square around the mouth
    (x1, y1, x2, y2). The head sways, so squares have odd and even origins and several sizes."""
    phase = 2 * np.pi * index / count
    canvas = Canvas(width, height)
    sway, nod = 5 * np.sin(phase), 2.5 * np.sin(2 * phase)
    x, y = canvas.middle + sway, 101 + nod
    draw_body(canvas, canvas.middle + sway / 2)
    draw_head(canvas, x, y, gaze=sway / 6, blink=abs(phase - 4.6) < 0.15)
    size = int(round((92 + 3 * np.sin(phase)) * canvas.scale))
    x1 = int(round(x * canvas.scale - size / 2))
    y1 = int(round((y + 14) * canvas.scale - size / 2))
    return canvas.pixels, (x1, y1, x1 + size, y1 + size)

"""Frames and face squares as arrays of B, G, R."""

from functools import lru_cache

import skia

from drawing import Picture
from motion import SIDE, pose, rectangle
from presenter import draw_presenter
from studio import HEIGHT, WIDTH, draw_background, draw_desk

REST = (0.0, 0.0, 0.0, 0.0, 0.0)
CROP, INNER, MARGIN = 328, 320, 4
MASK = (5, 5, 310, 305)  # x, y, width, height inside the inner square


@lru_cache(maxsize=4)
def _recorded(draw):
    recorder = skia.PictureRecorder()
    draw(recorder.beginRecording(skia.Rect.MakeWH(WIDTH, HEIGHT)))
    return recorder.finishRecordingAsPicture()


def draw_on(picture, frame, mouth):
    picture.canvas.drawPicture(_recorded(draw_background))
    draw_presenter(picture.canvas, pose(frame), mouth)
    picture.canvas.drawPicture(_recorded(draw_desk))
    return picture.bgr()


def draw_body(frame, mouth=REST, scale=1):
    """[720, 1280, 3], or `scale` times as large."""
    return draw_on(Picture(WIDTH * scale, HEIGHT * scale, scale=scale), frame, mouth)


def draw_crop(frame, mouth=REST):
    """The face square, drawn at [328, 328, 3] rather than enlarged."""
    x1, y1, _, _ = rectangle(frame)
    return draw_on(Picture(CROP, CROP, x1, y1, CROP / SIDE), frame, mouth)


def inner_of(crop):
    return crop[MARGIN:MARGIN + INNER, MARGIN:MARGIN + INNER]


def draw_inner(frame, mouth, top=0, left=0, side=INNER):
    """`side` x `side` pixels of the inner square, from row `top` and column `left` on."""
    x1, y1, _, _ = rectangle(frame)
    scale = CROP / SIDE
    return draw_on(Picture(side, side, x1 + (MARGIN + left) / scale, y1 + (MARGIN + top) / scale, scale), frame, mouth)

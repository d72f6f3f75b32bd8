"""Avatars: what they say of themselves, and their pictures."""

import json
import pathlib

import cv2
import numpy as np
import pytest

import mouthpiece
import program


def opencv_frames(path):
    video = cv2.VideoCapture(str(path))
    frames = []
    while (frame := video.read()[1]) is not None:
        frames.append(frame)
    return frames


def test_properties(avatar, drawn):
    assert (avatar.frame_count, len(avatar)) == (24, 24)
    assert (avatar.width, avatar.height, avatar.fps, avatar.face_size) == (426, 240, 25.0, 320)
    assert pathlib.Path(avatar.path) == drawn
    assert avatar.warnings == []
    squares = json.loads((drawn / "cache" / "crop_rectangles.json").read_text())
    assert avatar.rectangles.tolist() == [squares[str(i)]["rect"] for i in range(24)]
    assert "24 frames of 426x240" in repr(avatar)


def test_frames_are_the_videos(avatar, drawn):
    video = drawn / "full_body_video.mp4"
    expected_planes, expected = list(program.decode_planes(video, 426, 240)), opencv_frames(video)
    for index in (0, 1, 2, 23, 0, 11):
        for found, plane in zip(avatar.frame(index, "yuv"), expected_planes[index], strict=True):
            np.testing.assert_array_equal(found, plane)
        np.testing.assert_array_equal(avatar.frame(index), expected[index])
        np.testing.assert_array_equal(avatar.frame(index, format="rgb"), expected[index][:, :, ::-1])


def test_faces_are_the_networks_input(avatar, drawn):
    rois, masked = (opencv_frames(drawn / name) for name in ("rois_320_video.mp4", "model_inputs_video.mp4"))
    for index in (3, 4, 23):
        face = avatar.face(index)
        assert (face.shape, face.dtype) == ((6, 320, 320), np.uint8)
        np.testing.assert_array_equal(face[:3].transpose(1, 2, 0), rois[index])
        np.testing.assert_array_equal(face[3:].transpose(1, 2, 0), masked[index])


@pytest.mark.parametrize("index", [-1, 24])
def test_a_frame_that_is_not_there_is_named(avatar, index):
    for ask in (avatar.frame, avatar.face):
        with pytest.raises(mouthpiece.Error, match=f"expected 0 to 23, found {index}"):
            ask(index)


def test_a_format_that_is_none_is_named(avatar):
    with pytest.raises(mouthpiece.Error, match='format: expected one of bgr, rgb, yuv, found "gray"'):
        avatar.frame(0, "gray")

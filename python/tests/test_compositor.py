"""Compositor: mouths of the caller's own."""

import numpy as np
import openvino
import pytest

import mouthpiece
import reference_render
from program import psnr


@pytest.fixture(scope="module")
def compositor(avatar):
    return mouthpiece.Compositor(avatar)


@pytest.fixture(scope="module")
def mouth():
    """uint8 [3, 320, 320]"""
    return np.random.default_rng(3).integers(0, 256, (3, 320, 320), np.uint8)


class OnlyDlpack:
    """An array that speaks nothing but DLPack."""

    def __init__(self, array):
        self._array = array

    def __dlpack__(self, **arguments):
        return self._array.__dlpack__(**arguments)

    def __dlpack_device__(self):
        return self._array.__dlpack_device__()


def test_the_same_mouth_gives_the_frame_of_the_engine(passthrough):
    avatar = mouthpiece.Avatar.open(passthrough)
    compositor = mouthpiece.Compositor(avatar)
    frames = mouthpiece.Renderer(avatar, precision="f32").frames(format="yuv", frames=(0, 24))
    for index, expected in enumerate(frames):
        found = compositor.composite(index, avatar.face(index)[:3], format="yuv")
        for plane, engine in zip(found, expected, strict=True):
            np.testing.assert_array_equal(plane, engine)


def test_a_network_run_in_python_gives_the_frames_of_the_engine(avatar, drawn):
    """The loop of the field's scripts with Compositor in it. The engines round differently: to 8 bits, here and there
    by one."""
    core = openvino.Core()
    network = core.compile_model(drawn / "checkpoint" / "model_best.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    features = np.load(drawn / "aud_ave.npy")
    compositor = mouthpiece.Compositor(avatar)
    for index, expected in enumerate(mouthpiece.Renderer(avatar, precision="f32").frames(features, frames=(0, 23))):
        face = avatar.face(index).astype(np.float32)[None] / 255
        window = reference_render.audio_window(features, index, (32, 16, 16), edge=False)
        prediction = network([face, window.reshape(1, 32, 16, 16)])[0]
        found = compositor.composite(index, prediction)
        difference = found.astype(np.int64) - expected
        assert np.abs(difference).max() <= 4
        assert psnr((difference**2).sum(), difference.size) > 55


def test_every_layout_and_type_gives_the_same(compositor, mouth):
    expected = compositor.composite(5, mouth)
    assert (expected.shape, expected.dtype) == ((240, 426, 3), np.uint8)
    hwc = mouth.transpose(1, 2, 0)
    exact = (mouth + 0.5) / 255
    for array in (hwc, np.ascontiguousarray(hwc), mouth[None], hwc[None], mouth[:, ::-1][:, ::-1], exact,
                  exact.astype(np.float32), np.asfortranarray(exact.astype(np.float32)), exact.transpose(1, 2, 0),
                  OnlyDlpack(mouth), OnlyDlpack(hwc.astype(np.float64) / 255 + 1e-3),
                  np.pad(mouth, ((1, 1), (2, 2), (3, 3)))[1:-1, 2:-2, 3:-3]):
        np.testing.assert_array_equal(compositor.composite(5, array), expected)
    read_only = mouth.copy()
    read_only.flags.writeable = False
    np.testing.assert_array_equal(compositor.composite(5, read_only), expected)


def test_formats_show_the_same(compositor, mouth):
    bgr = compositor.composite(7, mouth)
    np.testing.assert_array_equal(compositor.composite(7, mouth, format="rgb"), bgr[:, :, ::-1])
    y, u, v = compositor.composite(7, mouth, format="yuv")
    assert (y.shape, u.shape, v.shape) == ((240, 426), (120, 213), (120, 213))
    assert not y.flags.writeable


def test_only_the_rectangle_changes(compositor, avatar, mouth):
    for index in (0, 11, 23):
        x1, y1, x2, y2 = avatar.rectangles[index]
        found, source = compositor.composite(index, mouth), avatar.frame(index)
        # Chroma samples are shared by 2x2 pixels.
        changed = np.argwhere((found != source).any(axis=2))
        assert changed.min(axis=0)[0] >= y1 - 1
        assert changed.min(axis=0)[1] >= x1 - 1
        assert changed.max(axis=0)[0] <= y2
        assert changed.max(axis=0)[1] <= x2
        assert len(changed) > 0.9 * (x2 - x1) * (y2 - y1)


def test_frames_stay_as_they_are_when_the_same_is_composited_again(avatar, mouth):
    compositor = mouthpiece.Compositor(avatar, cache="ram")
    planes = compositor.composite(5, mouth, format="yuv")
    before = [plane.copy() for plane in planes]
    others = [compositor.composite(5, 255 - mouth, format="yuv") for _ in range(20)]
    del compositor
    for plane, copy in zip(planes, before, strict=True):
        np.testing.assert_array_equal(plane, copy)
    assert (others[0][0] != before[0]).any()


@pytest.mark.parametrize("cache", ["ram", "chunk", "stream", "disk"])
def test_every_cache_mode_gives_the_same(avatar, compositor, mouth, cache):
    other = mouthpiece.Compositor(avatar, cache=cache, threads=1)
    for index in (0, 1, 23, 5, 4, 4):
        np.testing.assert_array_equal(other.composite(index, mouth), compositor.composite(index, mouth))


def test_cubic_differs_from_linear(avatar, compositor, mouth):
    cubic = mouthpiece.Compositor(avatar, resample="cubic")
    assert (cubic.composite(3, mouth) != compositor.composite(3, mouth)).any()


@pytest.mark.parametrize(("array", "found"), [
    (np.zeros((3, 319, 320), np.uint8), "uint8 [3, 319, 320]"),
    (np.zeros((320, 320), np.uint8), "uint8 [320, 320]"),
    (np.zeros((2, 3, 320, 320), np.float32), "float32 [2, 3, 320, 320]"),
    (np.zeros((3, 320, 320), np.int32), "int32 [3, 320, 320]"),
    (np.zeros((3, 320, 320), np.float16), "float16 [3, 320, 320]"),
])
def test_other_arrays_are_refused_with_what_was_expected(compositor, array, found):
    with pytest.raises(mouthpiece.Error) as caught:
        compositor.composite(0, array)
    assert str(caught.value) == ("prediction: expected uint8, float32 or float64 [3, 320, 320] or [320, 320, 3] in the "
                                 f"CPU's memory, found {found}")


def test_what_is_no_array_is_a_type_error(compositor):
    with pytest.raises(TypeError):
        compositor.composite(0, "mouth")


def test_wrong_arguments_are_named(avatar, compositor, mouth):
    with pytest.raises(mouthpiece.Error, match="expected 0 to 23, found 24"):
        compositor.composite(24, mouth)
    with pytest.raises(mouthpiece.Error, match="cache"):
        mouthpiece.Compositor(avatar, cache="tape")

"""Renderer.frames(): what it gives, how long that lives, and how it ends."""

import gc
import hashlib
import os
import shutil
import subprocess
import threading
import time

import numpy as np
import pytest

import mouthpiece
import program


def checksum(planes):
    return hashlib.md5(b"".join(plane.tobytes() for plane in planes)).hexdigest()


def expected_checksums(package, *options):
    return [checksum for _, checksum in program.hashes(package, *options)]


def thread_count():
    return len(os.listdir("/proc/self/task"))


def wait_for_threads(count):
    """The operating system may list a thread for a moment after it was joined."""
    end = time.monotonic() + 5
    while thread_count() > count and time.monotonic() < end:
        time.sleep(0.01)
    return thread_count()


@pytest.mark.parametrize("cache", ["ram", "chunk", "stream", "disk"])
def test_planes_are_the_command_lines(avatar, drawn, cache):
    renderer = mouthpiece.Renderer(avatar, cache=cache, chunk_frames=7)
    assert [checksum(planes) for planes in renderer.frames(format="yuv", frames=(5, 75))] == expected_checksums(
        drawn, "--frames", "5:75")


def test_pixels_are_the_planes(avatar):
    renderer = mouthpiece.Renderer(avatar)
    frames = zip(*(renderer.frames(format=name) for name in ("yuv", "bgr", "rgb")), strict=True)
    for count, ((y, u, v), bgr, rgb) in enumerate(frames, 1):
        assert (bgr.shape, bgr.dtype) == ((240, 426, 3), np.uint8)
        assert (y.shape, u.shape, v.shape) == ((240, 426), (120, 213), (120, 213))
        # formats.md: what OpenCV's VideoCapture makes of these planes
        luma = ((8 * y.astype(np.int64) - 128) * 9539) >> 16
        u, v = (np.kron(8 * plane.astype(np.int64) - 1024, np.ones((2, 2), np.int64)) for plane in (u, v))
        expected = np.stack([luma + ((u * 16525) >> 16), luma + ((u * -3209) >> 16) + ((v * -6660) >> 16),
                             luma + ((v * 13075) >> 16)], axis=2)
        np.testing.assert_array_equal(bgr, np.clip(expected, 0, 255))
        np.testing.assert_array_equal(rgb, bgr[:, :, ::-1])
    assert count == 23


@pytest.mark.parametrize(("matrix", "red", "blue"), [(1, 0.2126, 0.0722), (9, 0.2627, 0.0593)])
def test_pixels_follow_the_matrix_of_the_avatar(drawn, tmp_path, matrix, red, blue):
    package = tmp_path / "package"
    shutil.copytree(drawn, package)
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", drawn / "full_body_video.mp4", "-c", "copy", "-bsf:v",
                    f"h264_metadata=matrix_coefficients={matrix}", package / "full_body_video.mp4"], check=True)
    avatar = mouthpiece.Avatar.open(package)
    renderer = mouthpiece.Renderer(avatar)
    (y, u, v), = renderer.frames(format="yuv", frames=(0, 1))
    bgr, = renderer.frames(format="bgr", frames=(0, 1))
    luma = (y - 16.0) * 255 / 219
    u, v = (np.kron((plane - 128.0) * 255 / 224, np.ones((2, 2))) for plane in (u, v))
    b, r = luma + 2 * (1 - blue) * u, luma + 2 * (1 - red) * v
    g = (luma - red * r - blue * b) / (1 - red - blue)
    assert np.abs(bgr - np.clip(np.stack([b, g, r], 2), 0, 255)).max() <= 1.01


def test_features_may_be_an_array(avatar, drawn, tmp_path):
    rows = np.random.default_rng(2).uniform(0, 1, (20, 512))
    np.save(tmp_path / "f.npy", rows)
    expected = expected_checksums(drawn, "--features", tmp_path / "f.npy")
    frames = mouthpiece.Renderer(avatar).frames(rows, format="yuv")
    del rows
    assert [checksum(planes) for planes in frames] == expected


def test_speech_moves_the_mouth(speaker, wav):
    audio = wav()
    frames = mouthpiece.Renderer(mouthpiece.Avatar.open(speaker)).frames(audio=audio, format="yuv")
    assert [checksum(planes) for planes in frames] == expected_checksums(speaker, "--audio", audio)


@pytest.mark.parametrize("cache", ["ram", "stream"])
@pytest.mark.parametrize("format", ["yuv", "bgr"])
def test_all_frames_may_be_held_and_outlive_everything(drawn, cache, format):
    avatar = mouthpiece.Avatar.open(drawn)
    renderer = mouthpiece.Renderer(avatar, cache=cache)
    stream = renderer.frames(format=format, frames=(0, 70))
    at_once, kept = [], []
    for frame in stream:
        at_once.append(checksum(frame if format == "yuv" else [frame]))
        kept.append(frame)
    del stream, renderer, avatar, frame
    gc.collect()
    assert [checksum(frame if format == "yuv" else [frame]) for frame in kept] == at_once
    if format == "yuv":
        assert at_once == expected_checksums(drawn, "--frames", "0:70")


def test_a_single_plane_keeps_its_frame(drawn):
    stream = mouthpiece.Renderer(mouthpiece.Avatar.open(drawn), cache="ram").frames(format="yuv", frames=(0, 2000))
    chroma = next(stream)[1]
    before = chroma.copy()
    for _ in range(200):
        next(stream)
    del stream
    gc.collect()
    np.testing.assert_array_equal(chroma, before)


def test_planes_are_not_copies_and_cannot_be_written(avatar):
    frames = mouthpiece.Renderer(avatar, cache="ram", loop="repeat").frames(format="yuv", frames=(0, 300))
    addresses = set()
    for y, u, v in frames:
        addresses.add(y.ctypes.data)
        for plane in (y, u, v):
            assert not plane.flags.writeable
            with pytest.raises(ValueError, match="read-only"):
                plane[0, 0] = 1
    # 24 frames of the avatar are in memory, and copies of some that were shown again too early.
    assert len(addresses) < 60


def test_pixels_are_the_callers_own(avatar):
    renderer = mouthpiece.Renderer(avatar)
    clean = [frame.copy() for frame in renderer.frames(frames=(0, 60))]
    held = []
    for frame, expected in zip(renderer.frames(frames=(0, 60)), clean, strict=True):
        np.testing.assert_array_equal(frame, expected)
        frame[:] = 0
        held.append(frame)
    assert not any(frame.any() for frame in held)


def test_threads_end_with_the_iterator(avatar):
    list(mouthpiece.Renderer(avatar).frames())  # whatever libraries start for good is there
    before = thread_count()
    for end in ("exhausted", "closed", "with", "dropped", "error"):
        stream = mouthpiece.Renderer(avatar).frames(frames=(0, 10 if end == "exhausted" else 1_000_000))
        next(stream)
        assert thread_count() > before or end == "exhausted"
        if end == "exhausted":
            for _ in stream:
                pass
        elif end == "closed":
            stream.close()
            stream.close()
        elif end == "with":
            with stream:
                next(stream)
        elif end == "error":
            with pytest.raises(LookupError), stream:
                raise LookupError
        if end != "dropped":
            assert next(stream, None) is None
        del stream
        gc.collect()
        assert wait_for_threads(before) <= before, end


def test_an_unfinished_stream_does_not_keep_python_from_ending(avatar):
    import subprocess
    import sys
    script = ("import mouthpiece, sys; s = mouthpiece.Renderer(mouthpiece.Avatar.open(sys.argv[1]))"
              ".frames(frames=(0, 1_000_000)); f = next(s)")
    started = time.monotonic()
    result = subprocess.run([sys.executable, "-c", script, avatar.path], timeout=60, check=False, capture_output=True,
                            text=True)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert time.monotonic() - started < 20


def test_stats_come_with_the_last_frame(avatar):
    stream = mouthpiece.Renderer(avatar, cache="ram").frames()
    next(stream)
    assert stream.stats is None
    assert len(list(stream)) == 22
    assert stream.stats["frames"] == 23
    assert stream.stats["config"]["cache"] == "ram"
    closed = mouthpiece.Renderer(avatar).frames()
    closed.close()
    assert closed.stats is None


def test_errors_come_with_the_first_frame(avatar, drawn):
    stream = mouthpiece.Renderer(avatar).frames("nowhere.npy")
    with pytest.raises(mouthpiece.Error) as caught:
        next(stream)
    result = program.run("render", drawn, "-o", "null:", "--features", "nowhere.npy")
    assert result.stderr == f"mouthpiece: {caught.value}\n"
    assert next(stream, None) is None
    with pytest.raises(mouthpiece.Error, match='found "gray"'):
        mouthpiece.Renderer(avatar).frames(format="gray")


def test_two_streams_at_once(avatar, drawn):
    expected = expected_checksums(drawn, "--frames", "0:150")
    found = [[], []]

    def run(i, cache):
        for planes in mouthpiece.Renderer(avatar, cache=cache).frames(format="yuv", frames=(0, 150)):
            found[i].append(checksum(planes))

    threads = [threading.Thread(target=run, args=arguments) for arguments in ((0, "ram"), (1, "stream"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected, expected]


def test_a_stream_may_be_closed_by_another_thread(avatar):
    stream = mouthpiece.Renderer(avatar).frames(frames=(0, 1_000_000))
    next(stream)
    closer = threading.Timer(0.3, stream.close)
    closer.start()
    count = sum(1 for _ in stream)
    closer.join()
    assert count < 999_999


def resident_mb():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1000


@pytest.mark.parametrize("format", ["yuv", "bgr"])
def test_memory_is_flat_over_ten_thousand_frames(passthrough, format):
    renderer = mouthpiece.Renderer(mouthpiece.Avatar.open(passthrough), cache="stream", loop="repeat")
    samples = []
    for count, frame in enumerate(renderer.frames(format=format, frames=(0, 10_000))):
        if count % 50 == 0:
            samples.append(resident_mb())
    assert len(samples) == 200
    del frame
    assert max(samples[133:]) - max(samples[20:66]) < 8

"""Sound from memory, whole or as it comes, does what the file of its samples does."""

import asyncio
import gc
import hashlib
import itertools
import subprocess
import threading
import time
import wave

import numpy as np
import pytest

import mouthpiece
import program
from conftest import ROOT


@pytest.fixture(scope="module")
def renderer(speaker):
    return mouthpiece.Renderer(mouthpiece.Avatar.open(speaker))


def checksums(frames):
    return [hashlib.md5(b"".join(plane.tobytes() for plane in planes)).hexdigest() for planes in frames]


def pieces_of(samples, kind, rate=16000):
    if kind == "one":
        return [samples]
    sizes = itertools.repeat(rate // 50) if kind == "20 ms" else iter(
        np.random.default_rng(3).integers(1, 3000, 100_000).tolist())
    pieces, left = [], samples
    while len(left):
        size = next(sizes)
        pieces.append(left[:size])
        left = left[size:]
    return pieces


async def asynchronous(pieces):
    for piece in pieces:
        await asyncio.sleep(0)
        yield piece


@pytest.mark.parametrize("rate", [16000, 24000, 44100])
def test_frames_are_those_of_the_file(renderer, speech, tmp_path, rate):
    samples = speech[:50001]
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", "not compressed"))
        file.writeframes(samples.tobytes())
    expected = checksums(renderer.frames(audio=path, format="yuv"))
    assert len(expected) == -(-len(samples) * 25 // rate)
    assert expected == [checksum for _, checksum in program.hashes(renderer.avatar.path, "--audio", path)]
    scaled = (samples / 32768).astype(np.float32)
    for sound in (samples, scaled, scaled.astype(np.float64)):
        assert checksums(renderer.frames(audio=sound, sample_rate=rate, format="yuv")) == expected
    for kind in ("one", "20 ms", "random"):
        for sound in (samples, scaled):
            pieces = pieces_of(sound, kind, rate)
            assert checksums(renderer.frames(audio=iter(pieces), sample_rate=rate, format="yuv")) == expected

    async def live():
        pieces = asynchronous(pieces_of(samples, "20 ms", rate))
        return [frame async for frame in renderer.aframes(audio=pieces, sample_rate=rate, format="yuv")]

    assert checksums(asyncio.run(live())) == expected


def test_frames_of_a_real_network_are_those_of_the_file(tmp_path):
    """The demo avatar's encoder and generator, of which a last bit would be seen."""
    avatar = mouthpiece.Avatar.open(ROOT / "assets" / "demo")
    renderer = mouthpiece.Renderer(avatar)
    samples = speech_of_the_demo()[:40000]
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", "not compressed"))
        file.writeframes(samples.tobytes())
    expected = checksums(renderer.frames(audio=path, format="yuv"))
    assert checksums(renderer.frames(audio=samples, sample_rate=16000, format="yuv")) == expected
    for kind in ("20 ms", "random"):
        pieces = iter(pieces_of(samples, kind))
        assert checksums(renderer.frames(audio=pieces, sample_rate=16000, format="yuv")) == expected


def speech_of_the_demo():
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", ROOT / "assets" / "demo" / "speech.flac", "-f", "s16le", "-ac",
                          "1", "-ar", "16000", "-"], check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.int16)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi"])
@pytest.mark.parametrize("rate", [16000, 24000])
def test_the_video_is_that_of_the_file(renderer, speech, tmp_path, suffix, rate):
    samples = speech[:20001]
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", "not compressed"))
        file.writeframes(samples.tobytes())
    rows = np.zeros((10, 512), np.float32)

    def rendered(name, **arguments):
        out = tmp_path / f"{name}.{suffix}"
        renderer.render(out=out, **arguments)
        return streams(out)

    expected = rendered("file", audio=path)
    assert rendered("array", audio=samples, sample_rate=rate) == expected
    arrived = [rendered("pieces", audio=iter(pieces_of(samples, "random")), sample_rate=rate),
               asyncio.run(awaited(renderer, tmp_path / f"awaited.{suffix}", samples, rate))]
    assert arrived == [expected] * 2
    assert rendered("sound_array", audio=samples, sample_rate=rate, features=rows) == rendered(
        "sound_file", audio=path, features=rows)


async def awaited(renderer, out, samples, rate):
    await renderer.arender(out=out, audio=asynchronous(pieces_of(samples, "20 ms")), sample_rate=rate)
    return streams(out)


def streams(video):
    """Checksums of picture and sound as they are encoded; files may hold random numbers."""
    return subprocess.run(["ffmpeg", "-v", "error", "-i", video, "-map", "0", "-c", "copy", "-f", "streamhash", "-"],
                          check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 48000])
def test_mel_rows_and_features_are_those_of_the_file(renderer, speech, tmp_path, rate):
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", "not compressed"))
        file.writeframes(speech[:30000].tobytes())
    for sound in (speech[:30000], speech[:30000] / 32768):
        np.testing.assert_array_equal(mouthpiece.mel(sound, sample_rate=rate), mouthpiece.mel(path))
        np.testing.assert_array_equal(mouthpiece.features(sound, renderer.avatar, sample_rate=rate),
                                      mouthpiece.features(path, renderer.avatar))


def test_frames_come_while_the_speech_arrives(renderer, speech):
    goes_on = threading.Event()

    def speak():
        yield speech[:16000]
        goes_on.wait(30)
        yield speech[16000:20000]

    with renderer.frames(audio=speak(), sample_rate=16000) as frames:
        for _ in range(14):  # frame i needs the sound up to 40 i + 452.5 ms
            next(frames)
        assert not goes_on.is_set()
        goes_on.set()
        assert sum(1 for _ in frames) == 32 - 14


def test_an_error_of_the_iterator_is_raised(renderer, speech, tmp_path):
    def speak():
        yield speech[:16000]
        raise LookupError("synthesis")

    with pytest.raises(LookupError, match="synthesis"):
        list(renderer.frames(audio=speak(), sample_rate=16000))
    with pytest.raises(LookupError, match="synthesis"):
        renderer.render(out=tmp_path / "x.mp4", audio=speak(), sample_rate=16000)
    with pytest.raises(TypeError, match=r"audio: expected .* found int64 \[3\]"):
        list(renderer.frames(audio=iter([np.zeros(3, int)]), sample_rate=16000))
    with pytest.raises(mouthpiece.ArgumentError, match="one sample or more"):
        list(renderer.frames(audio=iter([]), sample_rate=16000))
    assert list(tmp_path.iterdir()) == []


def test_an_iterator_that_waits_does_not_keep_a_stream(renderer, speech):
    closed = threading.Event()

    def speak():
        try:
            while True:
                yield speech[:16000]
        finally:
            closed.set()

    frames = renderer.frames(audio=speak(), sample_rate=16000)
    next(frames)
    started = time.monotonic()
    frames.close()
    assert time.monotonic() - started < 5
    assert closed.wait(5)
    del frames
    gc.collect()


@pytest.mark.parametrize(("arguments", "kind", "text"), [
    ({"audio": np.zeros(10, np.float32)}, ValueError, "sample_rate: expected the rate of the samples, found none"),
    ({"audio": np.zeros(10, np.float32), "sample_rate": 10}, ValueError, "sample_rate: expected 1000 to 768000, found 10"),
    ({"audio": np.zeros(10, np.float32), "sample_rate": 16000.0}, TypeError, "sample_rate: expected an integer, found float"),
    ({"audio": np.full(10, 8000.0), "sample_rate": 16000}, ValueError, "from -1 to 1, found 8000"),
    ({"audio": np.zeros((10, 2)), "sample_rate": 16000}, TypeError, r"found float64 \[10, 2\]"),
    ({"audio": np.zeros(0, np.int16), "sample_rate": 16000}, ValueError, "one sample or more"),
    ({"audio": b"RIFF", "sample_rate": 16000}, TypeError, "audio: expected a path, .* found bytes"),
    ({"audio": 3}, TypeError, "audio: expected a path, .* found int"),
    ({"audio": "a.wav", "sample_rate": 16000}, ValueError, "sample_rate: expected none"),
    ({"sample_rate": 16000}, ValueError, "sample_rate: expected audio with it, found none"),
    ({"audio": asynchronous([]), "sample_rate": 16000}, TypeError, "asynchronous iterator, which arender"),
])
def test_what_is_wrong_is_said(renderer, arguments, kind, text):
    with pytest.raises(kind, match=text):
        list(renderer.frames(**arguments))
    with pytest.raises(kind, match=text):
        renderer.render(out="null:", **arguments)


def test_arrays_of_others_are_read(renderer, speech):
    class Foreign:
        def __init__(self, array):
            self._array = array

        def __dlpack__(self, **options):
            return self._array.__dlpack__(**options)

        def __dlpack_device__(self):
            return self._array.__dlpack_device__()

    samples = speech[:16000] / np.float32(32768)
    np.testing.assert_array_equal(mouthpiece.mel(Foreign(samples)), mouthpiece.mel(samples))
    rows = np.random.default_rng(1).uniform(0, 1, (5, 512)).astype(np.float32)
    assert checksums(renderer.frames(Foreign(rows), format="yuv")) == checksums(renderer.frames(rows, format="yuv"))
    assert checksums(renderer.frames(audio=Foreign(samples), sample_rate=16000, format="yuv")) == checksums(
        renderer.frames(audio=samples, sample_rate=16000, format="yuv"))
    np.testing.assert_array_equal(mouthpiece.windows(Foreign(rows), 2), mouthpiece.windows(rows, 2))

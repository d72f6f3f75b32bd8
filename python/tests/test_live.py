"""An avatar that speaks live, in this process."""

import asyncio
import subprocess
import sys

import numpy as np
import pytest

import mouthpiece
import mouthpiece.live as live


def speech(seconds, rate):
    return (0.3 * np.random.default_rng(1).standard_normal(int(seconds * rate))).clip(-1, 1).astype(np.float32)


@pytest.fixture(scope="module")
def stage(speaker):
    return live.Stage(mouthpiece.Avatar.open(speaker))


def listen(session, until):
    outputs = []
    for output in session:
        outputs.append(output)
        if until(output):
            break
    return outputs


def test_frames_are_those_of_a_render(stage, speaker):
    samples = speech(0.5, 16000)
    with live.Session(stage, oversubscribe=True) as session:
        assert session.push(samples, 16000) == len(samples)
        session.end()
        outputs = listen(session, lambda output: isinstance(output, live.Finished))
    started = next(output for output in outputs if isinstance(output, live.Started))
    finished = outputs[-1]
    assert finished == live.Finished("u1", 500.0, False)
    frames = [output for output in outputs if isinstance(output, live.Frame)]
    timeline = np.zeros(frames[-1].number * 640 + 32000, np.float32)
    timeline[started.pts // 3:][:len(samples)] = samples
    renderer = mouthpiece.Renderer(mouthpiece.Avatar.open(speaker))
    expected = renderer.frames(audio=timeline, sample_rate=16000, frames=(frames[0].number, frames[-1].number + 1))
    for frame, picture in zip(frames, expected, strict=True):
        if not frame.skipped:  # on a machine that is busy
            assert np.array_equal(frame.picture, picture), frame.number
    assert not all(frame.idle for frame in frames)


def test_sound_comes_out_at_48_khz(stage):
    samples = (speech(0.2, 48000) * 32767).astype(np.int16)
    with live.Session(stage, format="yuv", oversubscribe=True) as session:
        session.push(samples, 48000)
        session.end()
        outputs = listen(session, lambda output: isinstance(output, live.Finished))
    sound = np.concatenate([output.sound for output in outputs if isinstance(output, live.Frame)])
    begin = np.flatnonzero(sound)[0] - np.flatnonzero(samples)[0]
    assert np.array_equal(sound[begin:begin + len(samples)], samples)


def test_an_interrupt_says_what_was_heard(stage):
    async def speak():
        outputs, cut, heard = [], None, 0
        with live.Session(stage, oversubscribe=True) as session:
            await session.apush(speech(20, 24000), 24000)
            async for output in session:
                outputs.append(output)
                heard += isinstance(output, live.Frame) and (heard > 0 or output.first)
                if heard == 10 and cut is None:
                    cut = session.interrupt()
                    outputs.clear()
                if cut is not None and len(outputs) == 20:
                    break
        return cut, outputs

    cut, outputs = asyncio.run(speak())
    assert 100 < cut.played_ms < 15000 and cut.utterance == "u1" and cut.epoch == 1
    assert [type(output) for output in outputs[:2]] == [live.Flush, live.Finished]
    assert outputs[1] == live.Finished("u1", cut.played_ms, True)
    frames = outputs[2:]
    assert all(frame.epoch == 1 for frame in frames)
    assert frames[0].pts == outputs[0].pts
    assert not any(frame.sound.any() for frame in frames[2:])


def test_a_minute_is_taken_at_a_time(stage):
    with live.Session(stage, oversubscribe=True) as session:
        samples = speech(70, 16000)
        taken = session.push(samples, 16000)
        assert 59 * 16000 < taken < 61 * 16000
        assert session.push(samples, 16000) == 0
        assert any(isinstance(output, live.Busy) for _, output in zip(range(10), session, strict=False))


def test_what_is_wrong_is_said_in_words_of_python(stage, avatar):
    with pytest.raises(mouthpiece.Error, match="audio_encoder"):
        live.Session(avatar)
    with pytest.raises(mouthpiece.ArgumentError, match="lookahead: expected 0 to 7, found 8"):
        live.Session(stage, lookahead=8)
    with pytest.raises(TypeError, match="avatar"):
        live.Session("assets/demo")
    session = live.Session(stage, oversubscribe=True)
    with pytest.raises(mouthpiece.ArgumentError, match="rate"):
        session.push(np.zeros(1, np.float32), 10)
    session.push(np.zeros(1, np.float32), 16000)
    with pytest.raises(mouthpiece.ArgumentError, match="expected 16000, that of the open utterance, found 8000"):
        session.push(np.zeros(1, np.float32), 8000)
    session.close()
    session.close()
    assert list(session) == []
    with pytest.raises(mouthpiece.ArgumentError, match="closed"):
        session.end()


@pytest.mark.parametrize("ending", ["", "del session, stage", "session.close()"])
def test_the_interpreter_ends_amid_speech(speaker, ending):
    script = f"""
import sys, threading
import numpy as np
import mouthpiece
import mouthpiece.live
stage = mouthpiece.live.Stage(mouthpiece.Avatar.open(sys.argv[1]))
session = mouthpiece.live.Session(stage, oversubscribe=True)
session.push(np.ones(160000, np.float32) / 9, 16000)
next(session)
threading.Thread(target=lambda: list(session), daemon=True).start()
{ending}
"""
    result = subprocess.run([sys.executable, "-c", script, str(speaker)], capture_output=True, text=True, timeout=60,
                            check=False)
    assert (result.returncode, result.stderr) == (0, "")

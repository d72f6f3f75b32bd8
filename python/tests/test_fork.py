"""A process that is forked off after its parent has rendered."""

import hashlib
import multiprocessing
import os
import signal
import threading
import time

import numpy as np
import pytest

import mouthpiece
import mouthpiece.live as live

FORK = multiprocessing.get_context("fork")


def in_a_child(work, seconds=60):
    """What `work` returns in a forked process."""
    receiver, sender = FORK.Pipe(duplex=False)

    def run():
        try:
            sender.send(work())
        except BaseException as error:
            sender.send(repr(error))
        finally:
            os._exit(0)

    child = FORK.Process(target=run)
    child.start()
    try:
        assert receiver.poll(seconds), "the child hangs"
        return receiver.recv()
    finally:
        child.kill()
        child.join()


def checksum(frames):
    return hashlib.md5(b"".join(np.ascontiguousarray(frame).tobytes() for frame in frames)).hexdigest()


@pytest.mark.parametrize("engine", ["fused", "openvino"])
def test_a_used_renderer_renders_in_children(unet, engine):
    renderer = mouthpiece.Renderer(unet, engine=engine, precision="f32")
    expected = checksum(renderer.frames(frames=(0, 30)))
    assert [in_a_child(lambda: checksum(renderer.frames(frames=(0, 30)))) for _ in range(3)] == [expected] * 3
    assert checksum(renderer.frames(frames=(0, 30))) == expected


_shared = []  # as programs have their models: in a module, which children inherit


def _render(_):
    return checksum(_shared[0].frames(frames=(0, 20)))


@pytest.mark.parametrize("engine", ["fused", "openvino"])
def test_a_pool_renders_after_its_parent(unet, engine):
    _shared[:] = [mouthpiece.Renderer(unet, engine=engine, precision="f32")]
    expected = _render(None)
    with FORK.Pool(2) as pool:
        assert pool.map_async(_render, range(4)).get(60) == [expected] * 4


def test_speech_is_heard_in_a_child(speaker, wav):
    renderer = mouthpiece.Renderer(mouthpiece.Avatar.open(speaker))
    audio = wav()
    expected = checksum(renderer.frames(audio=audio))
    assert in_a_child(lambda: checksum(renderer.frames(audio=audio))) == expected


def test_a_fork_in_the_middle_of_renders(avatar):
    renderer = mouthpiece.Renderer(avatar)
    expected = checksum(renderer.frames(frames=(0, 30)))
    stop = threading.Event()

    def load():
        while not stop.is_set():
            with renderer.frames(frames=(0, 10_000)) as frames:
                for _ in zip(range(20), frames, strict=False):
                    pass

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        found = [in_a_child(lambda: checksum(renderer.frames(frames=(0, 30)))) for _ in range(5)]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert found == [expected] * 5


def test_pictures_and_compositors_work_in_a_child(avatar):
    compositor = mouthpiece.Compositor(avatar, cache="ram")
    prediction = np.zeros((3, 320, 320), np.uint8)

    def work():
        return checksum([avatar.frame(3), avatar.face(4), compositor.composite(5, prediction)])

    expected = work()
    assert in_a_child(work) == expected


def test_what_is_inherited_may_be_dropped_and_looked_at(avatar):
    renderer = mouthpiece.Renderer(avatar, cache="ram")
    stream = renderer.frames(frames=(0, 10_000), format="yuv")
    kept = [next(stream) for _ in range(12)]
    expected = checksum(plane for planes in kept for plane in planes)

    def work():
        nonlocal kept, stream, renderer
        found = checksum(plane for planes in kept for plane in planes)
        try:
            next(stream)
        except mouthpiece.Error as error:
            found += str(error)
        stream.close()
        kept = stream = renderer = None
        return found

    assert in_a_child(work) == expected + ("frames: expected a stream of this process, found one that was begun "
                                           "before it was forked off")
    assert next(stream) is not None


def test_live_sessions_stay_with_their_process(speaker):
    stage = live.Stage(mouthpiece.Avatar.open(speaker))
    session = live.Session(stage, oversubscribe=True)
    next(iter(session))

    def work():
        nonlocal stage, session
        found = []
        for use in (lambda: next(iter(session)), lambda: session.push(np.zeros(100, np.float32), 16000),
                    lambda: live.Session(stage, oversubscribe=True)):
            try:
                use()
            except mouthpiece.Error as error:
                found.append(str(error))
        session.close()
        stage = session = None
        return found

    found = in_a_child(work)
    assert len(found) == 3 and all("forked off" in line for line in found), found
    with session:
        assert next(iter(session)) is not None


def test_ctrl_c_ends_a_child(avatar):
    renderer = mouthpiece.Renderer(avatar)
    renderer.render(out="null:")
    receiver, sender = FORK.Pipe(duplex=False)

    def work():
        try:
            renderer.render(out="null:", frames=(0, 10_000_000), progress=lambda *_: sender.send("works"))
        except KeyboardInterrupt:
            os._exit(5)

    child = FORK.Process(target=work)
    child.start()
    assert receiver.recv() == "works"
    os.kill(child.pid, signal.SIGINT)
    started = time.monotonic()
    child.join(30)
    assert child.exitcode == 5
    assert time.monotonic() - started < 5

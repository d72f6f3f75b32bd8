"""Ctrl-C ends what runs within a second or two, with KeyboardInterrupt and nothing half-written."""

import os
import signal
import subprocess
import sys
import time

import pytest

PRELUDE = """
import sys, mouthpiece
avatar = mouthpiece.Avatar.open(sys.argv[1])
renderer = mouthpiece.Renderer(avatar)
def ready(*_):
    if not ready.said:
        print("ready", flush=True)
    ready.said = True
ready.said = False
"""
RENDER = """
renderer.render(out=sys.argv[2], frames=(0, 10_000_000), progress=ready)
"""
FRAMES = """
for frame in renderer.frames(frames=(0, 10_000_000)):
    ready()
"""
MEL = """
import numpy
samples = numpy.zeros(16000 * 3600, numpy.float32)
ready()
while True:
    mouthpiece.mel(samples)
"""


def interrupt(script, *arguments):
    """Runs the script until it says that it works, then sends SIGINT; (its error output, seconds it took)."""
    process = subprocess.Popen([sys.executable, "-c", PRELUDE + script, *map(str, arguments)], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        errors = process.communicate(timeout=30)[1]
        seconds = time.monotonic() - started
    finally:
        process.kill()
    assert process.returncode == -signal.SIGINT, errors
    assert errors.rstrip().endswith("KeyboardInterrupt"), errors
    return seconds


@pytest.mark.parametrize("name", ["x.mp4", "images/%05d.jpg", "hash:x"])
def test_a_render_leaves_nothing(drawn, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    assert interrupt(RENDER, drawn, name) < 5
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert left == []


def test_a_video_keeps_what_was_there(drawn, tmp_path):
    out = tmp_path / "x.mp4"
    out.write_bytes(b"before")
    assert interrupt(RENDER.replace("frames=", "overwrite=True, frames="), drawn, out) < 5
    assert [path.name for path in tmp_path.iterdir()] == ["x.mp4"]
    assert out.read_bytes() == b"before"


@pytest.mark.parametrize("script", [FRAMES, MEL])
def test_other_work_ends(drawn, script):
    assert interrupt(script, drawn) < 5


def test_a_render_can_follow_one_that_was_interrupted(avatar):
    import threading

    import mouthpiece
    renderer = mouthpiece.Renderer(avatar)
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        renderer.render(out="null:", frames=(0, 10_000_000))
    timer.join()
    assert renderer.render(out="null:")["frames"] == 23

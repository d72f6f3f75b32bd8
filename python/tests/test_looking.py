"""inspect(), previews, progress in a log, warnings."""

import io
import json
import logging
import subprocess
import sys

import cv2
import numpy as np
import pytest

import mouthpiece
import program


def test_inspect_is_the_command_lines(drawn, avatar, tmp_path):
    report = mouthpiece.inspect(drawn)
    assert report == json.loads(program.run("inspect", drawn, "--json").stdout)
    assert str(report) == program.run("inspect", drawn).stdout.decode()
    assert "<pre>" in report._repr_html_()
    assert avatar.info == report
    assert mouthpiece.inspect(tmp_path)["problems"]


def test_a_still_is_the_frame(avatar, tmp_path):
    renderer = mouthpiece.Renderer(avatar)
    still = renderer.preview(frame=7)
    (expected,) = renderer.frames(frames=(7, 8))
    found = cv2.imdecode(np.frombuffer(still._repr_png_(), np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(found, expected)
    still.save(tmp_path / "still.png")
    assert (tmp_path / "still.png").read_bytes() == still.data


def test_a_clip_has_the_frames_and_the_sound(speaker, speech, tmp_path):
    renderer = mouthpiece.Renderer(mouthpiece.Avatar.open(speaker))
    clip = renderer.preview(audio=speech, sample_rate=16000, seconds=1)
    assert clip._repr_html_().startswith('<video controls src="data:video/mp4;base64,')
    clip.save(tmp_path / "clip.mp4")
    probed = subprocess.run(["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=codec_type,nb_read_frames",
                             "-of", "json", tmp_path / "clip.mp4"], check=True, capture_output=True).stdout
    streams = {stream["codec_type"]: int(stream["nb_read_frames"]) for stream in json.loads(probed)["streams"]}
    assert streams["video"] == 25 and streams["audio"] > 10


def test_progress_is_lines_where_nobody_watches(avatar, monkeypatch):
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    mouthpiece.Renderer(avatar).render(out="null:", frames=(0, 40), progress=True)
    assert log.getvalue() == "rendering: 40/40 frames\n"


def test_progress_is_a_bar_on_a_terminal(avatar, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    mouthpiece.Renderer(avatar).render(out="null:", frames=(0, 40), progress=True)
    assert "40/40" in terminal.getvalue() and "\r" in terminal.getvalue()


@pytest.mark.parametrize("ask", ["render", "frames", "mel"])
def test_what_is_odd_is_a_warning_and_decisions_are_not(speaker, speech, caplog, ask):
    samples = speech[:16000] / np.float32(32768)
    samples[100:103] = np.nan
    renderer = mouthpiece.Renderer(mouthpiece.Avatar.open(speaker))
    with caplog.at_level(logging.INFO, "mouthpiece"):
        if ask == "render":
            renderer.render(out="null:", audio=samples, sample_rate=16000)
        elif ask == "frames":
            list(renderer.frames(audio=samples, sample_rate=16000))
        else:
            mouthpiece.mel(samples)
    levels = {record.getMessage(): record.levelname for record in caplog.records}
    assert levels.pop("audio: 3 samples are no numbers, or out of all bounds: silence is in their place") == "WARNING"
    assert set(levels.values()) <= {"INFO"}

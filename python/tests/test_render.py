"""Renderer.render(): the command line's files, statistics, errors and manners."""

import hashlib
import json
import logging
import os
import pathlib
import shutil
import threading
import time

import numpy as np
import pytest

import mouthpiece
import program


def rendered_hashes(avatar, tmp_path, settings=None, **arguments):
    """As program.hashes()."""
    out = tmp_path / "hashes"
    mouthpiece.Renderer(avatar, **settings or {}).render(out=f"hash:{out}", overwrite=True, **arguments)
    lines = [line.split() for line in out.read_text().splitlines()]
    assert [int(number) for number, _, _ in lines] == list(range(len(lines)))
    return [(int(source), checksum) for _, source, checksum in lines]


@pytest.mark.parametrize(("settings", "arguments", "options"), [
    ({}, {}, ()),
    ({"cache": "stream"}, {"frames": (0, 70)}, ("--frames", "0:70")),
    ({"cache": "chunk", "chunk_frames": 7, "batch": 3, "threads": 1}, {"frames": range(35, 60)},
     ("--frames", "35:60")),
    ({"loop": "repeat", "resample": "cubic", "audio_window": "edge", "precision": "f32", "engine": "openvino"},
     {"frames": (0, 30)}, ("--frames", "0:30", "--loop", "repeat", "--resample", "cubic", "--audio-window", "edge")),
])
def test_frames_are_the_command_lines(avatar, drawn, tmp_path, settings, arguments, options):
    assert rendered_hashes(avatar, tmp_path, settings, **arguments) == program.hashes(drawn, *options)


def test_features_may_be_a_path_or_an_array(avatar, drawn, tmp_path):
    rows = np.random.default_rng(1).uniform(0, 1, (31, 512)).astype(np.float32)
    path = tmp_path / "f.npy"
    np.save(path, rows)
    expected = program.hashes(drawn, "--features", path)
    assert len(expected) == 31
    for features in (path, str(path), rows, rows.astype(np.float64), np.asfortranarray(rows), rows.reshape(31, 2, 256)):
        assert rendered_hashes(avatar, tmp_path, features=features) == expected


def test_speech_moves_the_mouth(speaker, wav, tmp_path):
    audio = wav()
    avatar = mouthpiece.Avatar.open(speaker)
    assert rendered_hashes(avatar, tmp_path, audio=audio) == program.hashes(speaker, "--audio", audio)


def test_video_is_the_command_lines(avatar, drawn, wav, tmp_path):
    audio = wav()
    features = drawn / "aud_ave.npy"
    stats = mouthpiece.Renderer(avatar).render(out=tmp_path / "a.mp4", audio=audio, features=features, crf=30,
                                               preset="veryfast", metadata={"title": "Good morning"})
    program.render(drawn, tmp_path / "b.mp4", "--audio", audio, "--features", features, "--crf", "30", "--preset",
                   "veryfast", "--metadata", "title=Good morning")
    assert stats["frames"] == 23
    assert hashlib.md5((tmp_path / "a.mp4").read_bytes()).digest() == hashlib.md5(
        (tmp_path / "b.mp4").read_bytes()).digest()


def test_images_are_the_command_lines(avatar, drawn, tmp_path):
    mouthpiece.Renderer(avatar).render(out=tmp_path / "a" / "%05d.jpg", quality=80)
    program.render(drawn, tmp_path / "b" / "%05d.jpg", "--quality", "80")
    files = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    assert len(files) == 23
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()}


def test_shapes_are_the_command_lines(avatar, drawn, tmp_path):
    mouthpiece.Renderer(avatar).render(out=tmp_path / "a.png", frames=(3, 4), crop="9:16", scale="-2:160",
                                       key_out="blue:0.9", background="#102030")
    program.render(drawn, tmp_path / "b.png", "--frames", "3:4", "--crop", "9:16", "--scale", "-2:160", "--key-out",
                   "blue:0.9", "--background", "#102030")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_stats_are_those_of_the_command_line(avatar, drawn, tmp_path):
    renderer = mouthpiece.Renderer(avatar, cache="ram")
    assert renderer.stats is None
    stats = renderer.render(out="null:")
    assert renderer.stats is stats
    program.render(drawn, "null:", "--cache", "ram", "--stats", tmp_path / "s.json")
    expected = json.loads((tmp_path / "s.json").read_text())
    assert stats.keys() == expected.keys()
    assert stats["config"] == expected["config"]
    assert stats["stages"].keys() == expected["stages"].keys()
    assert stats["frames"] == 23


def test_frames_stay_decoded_where_that_is_asked_for(avatar, tmp_path):
    renderer = mouthpiece.Renderer(avatar, keep_frames=True)
    for name in "ab":
        stats = renderer.render(out=f"hash:{tmp_path / name}", frames=(0, 40))
    assert (stats["stages"]["decode"]["ms_per_frame"], stats["preload"]["wall_s"]) == (0, 0)
    assert (tmp_path / "a").read_text() == (tmp_path / "b").read_text()


def test_an_avatar_is_prepared_by_the_first_render_where_that_is_asked_for(drawn, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    package = shutil.copytree(drawn, tmp_path / "avatar")
    phases = set()
    renderer = mouthpiece.Renderer(mouthpiece.Avatar.open(package), prepare=True)
    stats = renderer.render(out="null:", frames=(0, 4), progress=lambda phase, *_: phases.add(phase))
    assert stats["memory"]["prepared"] == str(next(package.glob("prepared-*.frames")))
    assert "preparing" in phases


def test_progress_is_told_to_a_function_and_ends_at_the_end(avatar):
    calls = []
    mouthpiece.Renderer(avatar).render(out="null:", frames=(0, 400),
                                       progress=lambda *what: calls.append((*what, threading.get_ident())))
    assert calls[-1] == ("rendering", 400, 400, threading.get_ident())
    done = [count for phase, count, _, _ in calls if phase == "rendering"]
    assert done == sorted(done)
    assert len(done) > 2


def test_progress_is_a_bar(avatar, capsys):
    mouthpiece.Renderer(avatar).render(out="null:", frames=(0, 40), progress=True)
    assert "40/40" in capsys.readouterr().err


def test_what_there_is_to_say_is_logged(avatar, caplog):
    with caplog.at_level(logging.INFO, "mouthpiece"):
        mouthpiece.Renderer(avatar).render(out="null:")
    assert any("ram" in record.message for record in caplog.records)


def test_an_exception_of_the_progress_function_stops_the_render(avatar, tmp_path):
    def fail(phase, done, total):
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        mouthpiece.Renderer(avatar).render(out=tmp_path / "x.mp4", frames=(0, 1_000_000), progress=fail)
    assert list(tmp_path.iterdir()) == []


def command_line_error(*arguments):
    result = program.run(*arguments)
    assert result.returncode in (1, 2)
    return result.stderr.removeprefix("mouthpiece: ").removesuffix("\n")


@pytest.mark.parametrize(("arguments", "options", "code"), [
    ({"out": "x.txt"}, ("-o", "x.txt"), "invalid_argument"),
    ({"out": "null:", "frames": (5, 5)}, None, "invalid_argument"),
    ({"out": "null:", "features": "nowhere.npy"}, ("-o", "null:", "--features", "nowhere.npy"), "bad_media"),
    ({"out": "x.mp4", "codec": "nonsense"}, ("-o", "x.mp4", "--codec", "nonsense"), None),
    ({"out": "nowhere/x.mp4"}, ("-o", "nowhere/x.mp4"), None),
    ({"out": "null:", "audio": "nowhere.wav"}, ("-o", "null:", "--audio", "nowhere.wav"), None),
    ({"out": "null:", "quality": 0}, ("-o", "null:", "--quality", "0"), "invalid_argument"),
])
def test_errors_say_what_the_command_line_says(avatar, drawn, tmp_path, monkeypatch, arguments, options, code):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(mouthpiece.Error) as caught:
        mouthpiece.Renderer(avatar).render(**arguments)
    if options:
        assert str(caught.value) == command_line_error("render", drawn, *options)
    if code:
        assert caught.value.code == code
    assert isinstance(caught.value, RuntimeError)
    assert "\n" not in str(caught.value)


def test_errors_of_packages_say_what_the_command_line_says(drawn, tmp_path):
    for package in (tmp_path / "nowhere", tmp_path, tmp_path / "a\nb"):
        with pytest.raises(mouthpiece.Error) as caught:
            mouthpiece.Avatar.open(package)
        assert str(caught.value) == command_line_error("render", package, "-o", "null:")
        assert caught.value.code == "bad_package"


def test_a_name_that_is_no_utf8_is_in_the_error_as_python_writes_it(tmp_path):
    package = pathlib.Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    with pytest.raises(mouthpiece.Error) as caught:
        mouthpiece.Avatar.open(package)
    assert str(package) in str(caught.value)


@pytest.mark.parametrize(("name", "value"), [
    ("cache", "tape"), ("precision", "f8"), ("engine", "steam"), ("loop", "knot"), ("resample", "best"),
    ("audio_window", "door")])
def test_choices_that_are_none_are_refused_at_once(avatar, name, value):
    with pytest.raises(mouthpiece.Error, match=f'{name}: expected one of .*, found "{value}"'):
        mouthpiece.Renderer(avatar, **{name: value})


def test_arguments_of_a_wrong_kind_are_type_errors(avatar):
    renderer = mouthpiece.Renderer(avatar)
    for arguments in ({"features": [1.0, 2.0]}, {"features": np.zeros((3, 512), int)}, {"audio": 3},
                      {"frames": "0:3"}, {"crf": "low"}):
        with pytest.raises(TypeError):
            renderer.render(out="null:", **arguments)
    with pytest.raises(TypeError):
        mouthpiece.Renderer("a path")
    with pytest.raises(ValueError, match="step 1"):
        renderer.render(out="null:", frames=range(0, 10, 2))
    with pytest.raises(mouthpiece.Error, match="row 1, value 2: expected a finite number, found NaN"):
        rows = np.zeros((3, 512), np.float32)
        rows[1, 2] = np.nan
        renderer.render(out="null:", features=rows)


def test_other_python_threads_run_meanwhile(avatar):
    gaps, stop = [], threading.Event()

    def tick():
        last = time.monotonic()
        while not stop.wait(0.001):
            now = time.monotonic()
            gaps.append(now - last)
            last = now

    ticker = threading.Thread(target=tick)
    ticker.start()
    started = time.monotonic()
    mouthpiece.Renderer(avatar).render(out="null:", frames=(0, 800))
    seconds = time.monotonic() - started
    stop.set()
    ticker.join()
    assert seconds > 0.3
    assert max(gaps) < seconds / 3
    assert len(gaps) > 50


def test_the_network_is_loaded_once(avatar, drawn, tmp_path):
    renderer = mouthpiece.Renderer(avatar)
    expected = program.hashes(drawn)
    loads = []
    for index in range(3):
        stats = renderer.render(out=f"hash:{tmp_path / str(index)}")
        loads.append(stats["network"]["wall_s"])
        assert [line.split()[2] for line in (tmp_path / str(index)).read_text().splitlines()] == [
            checksum for _, checksum in expected]
        with pytest.raises(LookupError), renderer.frames(frames=(0, 100_000)) as frames:
            next(frames)
            raise LookupError  # leaves it in the middle
        with pytest.raises(mouthpiece.Error, match="exists already"):
            renderer.render(out=f"hash:{tmp_path / str(index)}")
    assert loads[0] > 0 and loads[1:] == [0, 0]
    frames = renderer.frames()
    assert sum(1 for _ in frames) == len(expected)
    assert frames.stats["network"]["wall_s"] == 0


def test_one_renderer_may_be_used_by_several_threads(avatar, drawn, tmp_path):
    renderer = mouthpiece.Renderer(avatar)
    outs = [tmp_path / str(i) for i in range(3)]
    threads = [threading.Thread(target=renderer.render, kwargs={"out": f"hash:{out}", "frames": (0, 100)})
               for out in outs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    program.render(drawn, f"hash:{tmp_path / 'expected'}", "--frames", "0:100")
    assert {out.read_text() for out in outs} == {(tmp_path / "expected").read_text()}


def test_two_renderers_at_once_give_what_each_gives_alone(avatar, drawn, tmp_path):
    settings = [{"cache": "ram"}, {"cache": "stream"}, {"cache": "chunk", "chunk_frames": 5}]
    expected = program.hashes(drawn, "--frames", "0:200")
    found = [None] * len(settings)

    def run(i):
        (tmp_path / str(i)).mkdir()
        found[i] = rendered_hashes(avatar, tmp_path / str(i), settings[i], frames=(0, 200))

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(settings))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * len(settings)

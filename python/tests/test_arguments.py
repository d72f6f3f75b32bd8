"""Wrong arguments are named in Python's words: which, what was expected, what was found."""

import inspect
import re

import numpy as np
import pytest

import mouthpiece
from conftest import ROOT
from mouthpiece import _core

NEVER = re.compile(r"incompatible function arguments|no constructor defined|nanobind|_core|(?<!\w)--[a-z]")


def refused(call, kind, text):
    with pytest.raises(kind) as caught:
        call()
    assert re.search(text, str(caught.value)), str(caught.value)
    assert not NEVER.search(str(caught.value)), str(caught.value)


@pytest.mark.parametrize(("name", "value", "kind", "text"), [
    ("cache", "tape", ValueError, 'cache: expected one of auto, ram, .*, found "tape"'),
    ("cache", 3, TypeError, "cache: expected a string, found int"),
    ("memory_budget", 100, ValueError, "memory_budget: expected 16777216 to .*, found 100"),
    ("memory_budget", 2e9, TypeError, "memory_budget: expected an integer, found float"),
    ("chunk_frames", 0, ValueError, "chunk_frames: expected 1 to 1000000, found 0"),
    ("batch", -1, ValueError, "batch: expected 0 to 256, found -1"),
    ("batch", True, TypeError, "batch: expected an integer, found bool"),
    ("threads", 2000, ValueError, "threads: expected 0 to 1024, found 2000"),
    ("threads", "all", TypeError, "threads: expected an integer, found str"),
    ("threads", None, TypeError, "threads: expected an integer, found NoneType"),
    ("precision", "f8", ValueError, 'precision: expected one of .*, found "f8"'),
    ("engine", "steam", ValueError, 'engine: expected one of .*, found "steam"'),
    ("device", "gpu", ValueError, 'device: expected cpu, auto, vulkan, vulkan:N or .*, found "gpu"'),
    ("device_memory", -1, ValueError, "device_memory: expected 0 to"),
    ("loop", "knot", ValueError, 'loop: expected one of .*, found "knot"'),
    ("resample", "best", ValueError, 'resample: expected one of .*, found "best"'),
    ("audio_window", "door", ValueError, 'audio_window: expected one of .*, found "door"'),
])
def test_a_renderer_refuses_at_once(avatar, name, value, kind, text):
    refused(lambda: mouthpiece.Renderer(avatar, **{name: value}), kind, text)


@pytest.mark.parametrize(("arguments", "kind", "text"), [
    ({"out": 3}, TypeError, "out: expected a path, found int"),
    ({"out": ""}, ValueError, "out: expected a path, found ''"),
    ({"out": "x\0.mp4"}, ValueError, "out: expected a path without a null character"),
    ({"frames": "0:3"}, TypeError, r"frames: expected a pair \(begin, end\) or a range, found str"),
    ({"frames": (0, 2.5)}, TypeError, "frames: expected an integer, found float"),
    ({"frames": (5, 5)}, ValueError, r"frames: expected 0 <= begin < end, found \(5, 5\)"),
    ({"frames": range(0, 10, 2)}, ValueError, "frames: expected a range of step 1"),
    ({"features": [1.0, 2.0]}, TypeError, "features: expected a path, or floats of two or more dimensions, found list"),
    ({"features": np.zeros((3, 512), int)}, TypeError, r"features: .* found int64 \[3, 512\]"),
    ({"features": np.zeros((0, 512))}, ValueError, r"features: expected one row or more, found float64 \[0, 512\]"),
    ({"audio_track": 2}, ValueError, "audio_track: expected audio with it"),
    ({"audio": "a.wav", "audio_track": -1}, ValueError, "audio_track: expected 0 to 1024, found -1"),
    ({"progress": "yes"}, TypeError, "progress: expected True, False or a function"),
    ({"overwrite": "no"}, TypeError, "overwrite: expected True or False, found str"),
    ({"codec": 3}, TypeError, "codec: expected a string, found int"),
    ({"crf": "low"}, TypeError, "crf: expected an integer, found str"),
    ({"crf": 20, "bitrate": 1000}, ValueError, "crf and bitrate: expected one of them, found both"),
    ({"metadata": ["title=a"]}, TypeError, "metadata: expected a mapping of texts, found list"),
    ({"metadata": {"title": 3}}, TypeError, "metadata: expected a mapping of texts, found dict"),
    ({"metadata": {"title": "a"}}, ValueError, "null:: takes no metadata"),
    ({"quality": 0}, ValueError, "quality: expected 1 to 100, found 0"),
    ({"bitrate": -1}, ValueError, "bitrate: expected 0 to .*, found -1"),
    ({"scale": 480}, TypeError, "scale: expected a string, found int"),
    ({"scale": "480"}, ValueError, 'scale: expected 1920x1080, -2:480 or 640:-2, of 1 to 16384, found "480"'),
    ({"crop": "9"}, ValueError, "crop: expected 9:16, 640x480 or either with @x,y, found"),
    ({"key_out": "pink"}, ValueError, "key_out: expected green, blue or #rrggbb"),
    ({"background": "#102030"}, ValueError, "background: expected an avatar that is transparent in part, or key_out"),
    ({"shard": 3}, TypeError, r"shard: expected a pair \(i, n\), found int"),
    ({"shard": (2, 2)}, ValueError, r"shard: expected \(i, n\) with i from 0 to n - 1, found \(2, 2\)"),
])
def test_render_names_what_is_wrong(avatar, arguments, kind, text):
    renderer = mouthpiece.Renderer(avatar)
    refused(lambda: renderer.render(**({"out": "null:"} | arguments)), kind, text)


def test_all_others_name_what_is_wrong(avatar, tmp_path):
    compositor = mouthpiece.Compositor(avatar)
    rows = np.zeros((3, 512), np.float32)
    for call, kind, text in [
        (mouthpiece.Avatar, TypeError, r"expected Avatar\.open\(path\)"),
        (lambda: mouthpiece.Avatar.open(5), TypeError, "path: expected a path, found int"),
        (lambda: mouthpiece.Renderer("a path"), TypeError, "avatar: expected an Avatar, found str"),
        (lambda: mouthpiece.Compositor(None), TypeError, "avatar: expected an Avatar, found NoneType"),
        (lambda: mouthpiece.Compositor(avatar, resample="best"), ValueError, "resample: expected one of"),
        (lambda: avatar.frame("first"), TypeError, "index: expected an integer, found str"),
        (lambda: avatar.frame(24), ValueError, "index: expected 0 to 23, found 24"),
        (lambda: avatar.frame(0, "gray"), ValueError, 'format: expected one of bgr, rgb, yuv, found "gray"'),
        (lambda: avatar.face(1.5), TypeError, "index: expected an integer, found float"),
        (lambda: compositor.composite(0, None), TypeError, "prediction: expected an array, found NoneType"),
        (lambda: compositor.composite(0, np.zeros((3, 5, 5))), ValueError, r"prediction: .* found float64 \[3, 5, 5\]"),
        (lambda: mouthpiece.mel(3.0), TypeError, "samples: expected a path, or one dimension of float"),
        (lambda: mouthpiece.mel(np.zeros(9), sample_rate=1), ValueError, "sample_rate: expected 1000 to 768000, found 1"),
        (lambda: mouthpiece.features(np.zeros(9), "avatar"), TypeError, "avatar: expected an Avatar, found str"),
        (lambda: mouthpiece.windows(rows[:, :80], 0), ValueError, r"features: expected 512 values a row"),
        (lambda: mouthpiece.windows(rows, -1), ValueError, "frame: expected 0 to .*, found -1"),
        (lambda: mouthpiece.inspect(None), TypeError, "path: expected a path, found NoneType"),
        (lambda: mouthpiece.join("a.mp4", "b.mp4"), TypeError, "shards: expected a sequence of paths, found str"),
        (lambda: mouthpiece.join([3], "b.mp4"), TypeError, "shards: expected a path, found int"),
        (lambda: mouthpiece.import_dataset(3, "x"), TypeError, "dataset: expected a path, found int"),
        (lambda: mouthpiece.import_dataset("x", "y", background="red"), ValueError, "background: expected one of"),
        (lambda: mouthpiece.import_dataset("x", "y", crf=99), ValueError, "crf: expected 0 to 51, found 99"),
        (lambda: mouthpiece.Renderer(avatar).preview(seconds=0), ValueError, "seconds: expected more than 0"),
    ]:
        refused(call, kind, text)


def test_argument_errors_are_errors_and_value_errors():
    assert issubclass(mouthpiece.ArgumentError, mouthpiece.Error)
    assert issubclass(mouthpiece.ArgumentError, ValueError)
    assert mouthpiece.ArgumentError("x").code == "invalid_argument"


def test_the_library_s_words_for_options_are_python_s(avatar, speaker, tmp_path):
    """All phrases in its sources that name an option."""
    phrases = []
    for path in [*(ROOT / "src").rglob("*.cc"), *(ROOT / "src").rglob("*.h")]:
        if path.stem.endswith(("_test", "_bench")) or path.parent.name == "serve":  # which Python has not
            continue
        text = re.sub(r'"\s*\n?\s*\+?\s*"', "", path.read_text())  # literals that are one in the end
        phrases += re.findall(r'"([^"\n]*(?<![\w-])--[a-z][^"\n]*)"', text)
    assert len(phrases) >= 10
    for phrase in phrases:
        if any(command in phrase for command in ("tools/", "mouthpiece prepare", "mouthpiece devices")):  # commands of a shell's
            continue
        said = _core.python_text(phrase)
        assert not re.search(r"(?<![\w-])--[a-z]", said), phrase
    refused(lambda: mouthpiece.Renderer(avatar, loop="none").render(out="null:", frames=(0, 100)), ValueError,
            'the avatar\'s frames; loop="none" does not start over')
    refused(lambda: mouthpiece.features(np.zeros(100), avatar), mouthpiece.Error, "with features=")


def test_every_public_signature_is_annotated():
    for owner in (mouthpiece.Avatar, mouthpiece.Renderer, mouthpiece.Compositor, mouthpiece.FrameStream,
                  mouthpiece.AsyncFrameStream):
        for name, member in vars(owner).items():
            if inspect.isfunction(member) and (not name.startswith("_") or name == "__init__"):
                signature = inspect.signature(member)
                missing = [p for p in list(signature.parameters.values())[1:] if p.annotation is p.empty]
                assert not missing, f"{owner.__name__}.{name}: {missing}"

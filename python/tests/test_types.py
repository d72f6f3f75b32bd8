"""What type checkers see, and what pickle and weakref need."""

import gc
import pickle
import weakref

import numpy as np
from mypy import api as mypy

import mouthpiece

REVEALED = """
import mouthpiece
avatar = mouthpiece.Avatar.open("x")
renderer = mouthpiece.Renderer(avatar, cache="ram", loop="none")
reveal_type(next(renderer.frames()))
reveal_type(next(renderer.frames(format="rgb")))
reveal_type(next(renderer.frames(format="yuv")))
reveal_type(avatar.frame(0))
reveal_type(avatar.frame(0, "yuv"))
reveal_type(renderer.preview(frame=3))
reveal_type(renderer.preview())
async def live() -> None:
    async for planes in renderer.aframes(format="yuv"):
        reveal_type(planes)
mouthpiece.Renderer(avatar, cache="tape")
mouthpiece.Renderer(avatar, loop="knot")
renderer.frames(format="gray")
mouthpiece.Compositor(avatar, resample="best")
"""


def test_formats_decide_types_and_options_are_known(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(REVEALED)
    output, _, _ = mypy.run(["--strict", "--cache-dir", str(tmp_path / "cache"), str(script)])
    revealed = [line.split('"')[1] for line in output.splitlines() if "Revealed type" in line]
    kinds = ["planes" if kind.startswith("tuple[numpy") else "pixels" if "ndarray" in kind else kind.split(".")[-1]
             for kind in revealed]
    assert kinds == ["pixels", "pixels", "planes", "pixels", "planes", "Still", "Clip", "planes"]
    errors = [line for line in output.splitlines() if ": error:" in line]
    assert len(errors) == 4, output
    for text in ('"cache"', '"loop"', "frames", '"resample"'):
        assert any(text in line for line in errors), (text, output)


def test_avatars_and_renderers_pickle_by_path_and_settings(avatar):
    again = pickle.loads(pickle.dumps(avatar))
    assert (again.path, len(again)) == (avatar.path, len(avatar))
    renderer = mouthpiece.Renderer(avatar, cache="stream", loop="repeat", batch=2, precision="f32")
    expected = [frame.tobytes() for frame in renderer.frames(frames=(0, 30))]
    copy = pickle.loads(pickle.dumps(renderer))
    assert [frame.tobytes() for frame in copy.frames(frames=(0, 30))] == expected
    assert copy.render(out="null:")["config"] == renderer.render(out="null:")["config"]


def test_weak_references_work(drawn):
    avatar = mouthpiece.Avatar.open(drawn)
    renderer = mouthpiece.Renderer(avatar)
    stream, compositor = renderer.frames(), mouthpiece.Compositor(avatar)
    references = [weakref.ref(each) for each in (avatar, renderer, stream, compositor)]
    del avatar, renderer, stream, compositor
    gc.collect()
    assert [reference() for reference in references] == [None] * 4


def test_windows_are_what_the_network_hears():
    rows = np.random.default_rng(4).uniform(0, 1, (20, 512)).astype(np.float32)
    for frame in (0, 7, 8, 12, 13, 19, 27, 40):
        for mode in ("zero", "edge"):
            expected = []
            for row in range(frame - 8, frame + 8):
                inside = 0 <= row < 20
                nearest = rows[min(max(row, 0), 19)]
                expected.append(nearest if inside or mode == "edge" else np.zeros(512, np.float32))
            found = mouthpiece.windows(rows, frame, audio_window=mode)
            assert (found.shape, found.dtype) == ((32, 16, 16), np.float32)
            np.testing.assert_array_equal(found.reshape(16, 512), expected)

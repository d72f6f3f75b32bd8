"""import_dataset() and the example that uses it."""

import pathlib
import subprocess
import sys

import numpy as np
import pytest

import cli_import_test
import drawn_model
import mouthpiece
import program

EXAMPLE = pathlib.Path(__file__).resolve().parent.parent.parent / "examples" / "synctalk_inference.py"


@pytest.fixture
def dataset(tmp_path):
    """A training folder of drawn frames, with parsing and both networks."""
    folder = tmp_path / "dataset"
    cli_import_test.write_parsing(folder, cli_import_test.write_dataset(folder))
    (folder / "models").mkdir()
    drawn_model.write_encoder(folder / "models" / "audio_encoder.onnx")
    return folder


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("background", ["video", "images"])
def test_package_is_the_command_lines(dataset, tmp_path, background):
    calls = []
    avatar = mouthpiece.import_dataset(dataset, tmp_path / "a", background=background, crf=20, preset="veryfast",
                                       progress=lambda *what: calls.append(what))
    result = program.run("import", dataset, "-o", tmp_path / "b", "--quiet", "--background", background, "--crf", "20",
                         "--preset", "veryfast")
    assert result.returncode == 0, result.stderr
    assert (avatar.frame_count, avatar.width, avatar.height) == (24, 426, 240)
    assert contents(tmp_path / "a").keys() == contents(tmp_path / "b").keys()
    assert program.hashes(tmp_path / "a") == program.hashes(tmp_path / "b")
    assert calls[-1] == ("importing", 24, 24)


def test_pixels_that_parsing_keeps_are_kept_by_the_compositor(dataset, tmp_path):
    avatar = mouthpiece.import_dataset(dataset, tmp_path / "package", preset="veryfast")
    compositor = mouthpiece.Compositor(avatar)
    (tmp_path / "again").mkdir()
    kept = cli_import_test.write_parsing(tmp_path / "again", avatar.rectangles.tolist())
    black = np.zeros((3, 320, 320), np.uint8)
    for index in (0, 11, 23):
        luma, source = compositor.composite(index, black, format="yuv")[0], avatar.frame(index, "yuv")[0]
        assert kept[index].any()
        np.testing.assert_array_equal(luma[kept[index]], source[kept[index]])
        assert (luma != source).any()


def test_errors_are_the_command_lines(dataset, tmp_path):
    (dataset / "landmarks" / "7.lms").write_text("1 2\n")
    result = program.run("import", dataset, "-o", tmp_path / "package", "--quiet")
    with pytest.raises(mouthpiece.Error) as caught:
        mouthpiece.import_dataset(dataset, tmp_path / "package")
    assert result.stderr == f"mouthpiece: {caught.value}\n"
    assert "7.lms" in str(caught.value)
    assert not (tmp_path / "package").exists()
    with pytest.raises(mouthpiece.Error, match='background: expected one of video, images, found "tape"'):
        mouthpiece.import_dataset(dataset, tmp_path / "package", background="tape")


def test_example_renders_what_the_command_line_renders(dataset, wav, tmp_path):
    audio, out = wav(), tmp_path / "talk.mp4"
    for _ in ("imports", "uses the package that is there"):
        result = subprocess.run([sys.executable, EXAMPLE, dataset, audio, out], check=False, capture_output=True,
                                text=True)
        assert result.returncode == 0, result.stderr
        assert result.stdout.startswith(f"{out}: 63 frames at ")
        found = out.read_bytes()
        out.unlink()
    program.render(dataset / "package", tmp_path / "expected.mp4", "--audio", audio)
    assert found == (tmp_path / "expected.mp4").read_bytes()
    result = subprocess.run([sys.executable, EXAMPLE, dataset, "nowhere.wav", out], check=False, capture_output=True,
                            text=True)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("synctalk_inference.py: nowhere.wav")

"""Every snippet of Python in the documents runs, word for word, and is right in the eyes of mypy --strict."""

import importlib.util
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
from mypy import api as mypy

import cli_import_test
import drawn_model
import program
from conftest import ROOT

# What a document says is the reader's: it stands before its snippets.
READERS = {
    "README.md": "",
    "docs/python.md": """\
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any
import cv2 as _cv2
import numpy as _np
import numpy.typing as _npt
_cv2.imshow = lambda name, frame: print(name, frame.shape)  # there is no screen
sys.argv = ["script", "assets/demo", "speech.mp3", "argv.mp4"]

def synthesise(text: str) -> Iterator[_npt.NDArray[_np.int16]]:
    for _ in text:
        yield _np.zeros(2400, _np.int16)

async def synthesise_live(text: str) -> AsyncIterator[_npt.NDArray[_np.int16]]:
    for piece in synthesise(text):
        yield piece

def model(face: _npt.NDArray[Any], window: _npt.NDArray[Any]) -> Any:
    assert face.shape == (1, 6, 320, 320) and window.shape == (1, 32, 16, 16)
    assert face.dtype == window.dtype == _np.float32
    return face[:, :3]

""",
    "docs/live.md": """\
from collections.abc import AsyncIterator
import numpy as _np
import numpy.typing as _npt
_speech: _npt.NDArray[_np.float32] = (_np.sin(_np.arange(24000) / 20) / 3).astype(_np.float32)

def show(picture: object, sound: object) -> None:
    pass

async def synthesise_live(text: str) -> AsyncIterator[_npt.NDArray[_np.float32]]:
    for begin in range(0, len(_speech), 2400):
        yield _speech[begin:begin + 2400]

""",
    "docs/cluster.md": """\
import ray as _ray
import mouthpiece.ray as _mouthpiece_ray
from unittest import mock as _mock
_mock.patch.object(_ray, "init", lambda **options: print(options)).start()  # there is no cluster, and no /data
_mock.patch.object(_mouthpiece_ray, "render", lambda job, **options: print(job, options)).start()

""",
}


def snippets(document):
    return re.findall(r"^```python\n(.*?)^```$", (ROOT / document).read_text(), re.DOTALL | re.MULTILINE)


def script_of(document):
    return READERS[document] + "\n".join(snippets(document))


@pytest.fixture
def readers_folder(tmp_path, speaker, wav):
    """What the documents' paths name."""
    shutil.copytree(speaker, tmp_path / "assets" / "demo")
    shutil.copyfile(wav(), tmp_path / "speech.mp3")
    for name in ("aud_ave.npy", "features.npy"):
        shutil.copyfile(speaker / "aud_ave.npy", tmp_path / name)
    folder = tmp_path / "dataset" / "NAME"
    cli_import_test.write_parsing(folder, cli_import_test.write_dataset(folder))
    shutil.copyfile(program.network("passthrough"), tmp_path / "generator.onnx")
    drawn_model.write_encoder(tmp_path / "audio_encoder.onnx")
    return tmp_path


def test_documents_with_snippets_are_known():
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    found = {str(path.relative_to(ROOT)) for path in documents if "```python" in path.read_text()}
    assert found == set(READERS)


@pytest.mark.parametrize("document", READERS)
def test_snippets_run(document, readers_folder):
    if document == "docs/cluster.md":
        pytest.importorskip("ray")
    script = readers_folder / "script.py"
    script.write_text(script_of(document))
    result = subprocess.run([sys.executable, script], cwd=readers_folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    if document == "docs/python.md":
        for name in ("talk.mp4", "frames/00000.jpg", "silence.mp4", "later.mp4", "argv.mp4", "package/aud_ave.npy"):
            assert pathlib.Path(readers_folder, name).stat().st_size > 0
        assert "invalid_argument talk.mp4: exists already; overwrite=True replaces it" in result.stdout


def test_snippets_have_right_types(tmp_path):
    scripts = []
    for document in READERS:
        if document != "docs/cluster.md" or importlib.util.find_spec("ray"):  # test_ray.py says that it is not there
            scripts.append(tmp_path / f"{pathlib.Path(document).stem}.py")
            scripts[-1].write_text(script_of(document))
    output, errors, status = mypy.run(["--strict", "--cache-dir", str(tmp_path / "cache"), *map(str, scripts)])
    assert status == 0, output + errors

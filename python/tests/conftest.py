"""Packages and the command line that the tests compare with: see tests/program.py."""

import pathlib
import shutil
import sys

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))


import drawn_model  # noqa: E402
import mouthpiece  # noqa: E402
import program  # noqa: E402

assert ROOT not in pathlib.Path(mouthpiece.__file__).resolve().parents or "site-packages" in mouthpiece.__file__, \
    f"the installed package is to be tested, not {mouthpiece.__file__}"


def copy_package(target):
    shutil.copytree(program.Settings.package, target)
    return target


@pytest.fixture(scope="session")
def drawn():
    """The package that tests/make_package.py drew: 24 frames of 426x240."""
    return program.Settings.package


@pytest.fixture(scope="session")
def avatar(drawn):
    return mouthpiece.Avatar.open(drawn)


@pytest.fixture(scope="session")
def speaker(tmp_path_factory):
    """The drawn package with an audio encoder that hears loudness."""
    package = copy_package(tmp_path_factory.mktemp("speaker") / "package")
    (package / "models").mkdir(exist_ok=True)
    drawn_model.write_encoder(package / "models" / "audio_encoder.onnx")
    return package


@pytest.fixture(scope="session")
def passthrough(tmp_path_factory):
    """The drawn package with a network that returns the face it was given."""
    package = copy_package(tmp_path_factory.mktemp("passthrough") / "package")
    shutil.copyfile(program.network("passthrough"), package / "checkpoint" / "model_best.onnx")
    return package


@pytest.fixture(scope="session")
def unet(tmp_path_factory):
    """The drawn package with a small network of the family that both engines run."""
    package = copy_package(tmp_path_factory.mktemp("unet") / "package")
    shutil.copyfile(program.network("unet_thin"), package / "checkpoint" / "model_best.onnx")
    return mouthpiece.Avatar.open(package)


@pytest.fixture(scope="session")
def speech():
    """Half a minute of int16 at 16 kHz that grows louder and softer."""
    t = np.arange(30 * 16000) / 16000
    noise = np.random.default_rng(5).normal(0, 0.1, len(t))
    return np.rint(8000 * np.clip(np.sin(4 * np.pi * t), 0, 1) * (np.sin(880 * np.pi * t) + noise)).astype(np.int16)


@pytest.fixture
def wav(tmp_path, speech):
    """Writes the first samples of the speech, or others, as a file."""
    import wave

    def write(samples=speech[:40000], name="speech.wav"):
        path = tmp_path / name
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 16000, 0, "NONE", "not compressed"))
            file.writeframes(samples.tobytes())
        return path

    return write

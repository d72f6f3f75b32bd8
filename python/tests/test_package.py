"""The package as it is installed."""

import inspect
import pathlib
import re
import subprocess
import sys
import tomllib

import mouthpiece
import program
from mouthpiece import _core

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
INSTALLED = pathlib.Path(mouthpiece.__file__).parent


def test_version_is_the_command_lines():
    assert program.run("--version").stdout.decode().splitlines()[0] == f"mouthpiece {mouthpiece.__version__}"


def test_extension_needs_nothing_of_the_build_tree():
    listing = subprocess.run(["readelf", "-d", _core.__file__], check=True, capture_output=True, text=True).stdout
    assert re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", listing) == ["$ORIGIN"]
    maps = pathlib.Path("/proc/self/maps").read_text()
    assert "libopenvino.so" in maps
    libraries = set(re.findall(r"/\S*/libmouthpiece\.so\S*", maps))
    assert {pathlib.Path(path).parent for path in libraries} == {INSTALLED}


def test_the_command_is_installed_and_runs_the_package_s_own_program(drawn, tmp_path):
    command = pathlib.Path(sys.executable).parent / "mouthpiece"
    version = subprocess.run([command, "--version"], check=True, capture_output=True, text=True).stdout
    assert version.splitlines()[0] == f"mouthpiece {mouthpiece.__version__}"
    subprocess.run([command, "render", drawn, "-o", tmp_path / "talk.mp4", "--quiet"], check=True, cwd=tmp_path)
    assert (tmp_path / "talk.mp4").stat().st_size > 0
    refused = subprocess.run([command, "render"], check=False, capture_output=True, text=True)
    assert refused.returncode == 2 and refused.stderr.startswith("mouthpiece: ")


def test_is_imported_without_the_openvino_package_and_tqdm():
    script = "import sys, mouthpiece; print([m for m in ('openvino', 'tqdm', 'cv2') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout == "[]\n"


def test_types_are_declared():
    assert (INSTALLED / "py.typed").exists()
    stub = (INSTALLED / "_core.pyi").read_text()
    for name in ("class Avatar", "class Compositor", "class Error(RuntimeError)", "class FrameStream", "def composite"):
        assert name in stub
    compile(stub, "_core.pyi", "exec")


def test_classes_are_named_as_people_find_them():
    assert repr(mouthpiece.Error) == "<class 'mouthpiece.Error'>"
    assert repr(mouthpiece.Avatar) == "<class 'mouthpiece.Avatar'>"


def test_everything_public_is_described():
    for name in mouthpiece.__all__:
        if name != "__version__":
            assert len(inspect.getdoc(getattr(mouthpiece, name))) > 40, name
    for owner in (mouthpiece.Avatar, mouthpiece.Renderer, mouthpiece.Compositor, mouthpiece.FrameStream):
        for name, member in vars(owner).items():
            if not name.startswith("_"):
                assert inspect.getdoc(member), f"{owner.__name__}.{name}"


def test_openvino_is_of_one_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pins = {line for line in (ROOT / "requirements.txt").read_text().splitlines() if line.startswith("openvino==")}
    for requirements in (project["build-system"]["requires"], project["project"]["dependencies"]):
        assert {line for line in requirements if line.startswith("openvino")} == pins

#!/usr/bin/env python3
"""Makes the wheel, installs it into a fresh virtual environment and uses it there: it speaks through the command,
`python -m` and `import` with no library of the system's but those of C and C++, and tells what it holds."""

import argparse
import importlib.metadata
import pathlib
import re
import subprocess
import tempfile
import venv

from install_test import loaded_libraries, run

ROOT = pathlib.Path(__file__).resolve().parent.parent
OF_THE_SYSTEM = re.compile(r"(ld-linux-x86-64|lib(c|m|mvec|dl|rt|pthread|resolv|gcc_s|stdc\+\+))\.so\.[\d.]+")
RENDER = """\
import sys, mouthpiece
package, video = sys.argv[1:]
mouthpiece.Renderer(mouthpiece.Avatar.open(package)).render(out=video)
"""


def make_wheel(environment, openvino_dir, folder):
    python = environment / "bin" / "python"
    if not python.exists():
        venv.create(environment, with_pip=True)
    run(python, ROOT / "python" / "wheel.py", "--openvino-dir", openvino_dir, "--to", folder)
    (wheel,) = folder.iterdir()
    return wheel


def install(wheel, folder, environment):
    """Returns the folder of the installed packages."""
    venv.create(folder, with_pip=False)
    run(environment / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--python", folder / "bin" / "python",
        "install", "--quiet", wheel)
    (packages,) = folder.glob("lib/python3*/site-packages")
    return packages.resolve()


def check_libraries(libraries, packages):
    assert any(path.name.startswith("libavcodec-") for path in libraries), "FFmpeg is not among what is loaded"
    for path in libraries:
        own = path.is_relative_to(packages)
        assert own or OF_THE_SYSTEM.fullmatch(path.name), f"{path} is loaded, which the wheel is to do without"


def linked_libraries(file):
    listing = subprocess.run(["ldd", file], check=True, capture_output=True, text=True).stdout
    assert "not found" not in listing, listing
    return {pathlib.Path(path).resolve() for path in re.findall(r"(/\S+) \(0x", listing)}


def check_command(folder, packages, package, scratch):
    versions = {subprocess.run(command, check=True, capture_output=True, text=True).stdout
                for command in ([folder / "bin" / "mouthpiece", "--version"],
                                [folder / "bin" / "python", "-m", "mouthpiece", "--version"])}
    assert len(versions) == 1 and versions.pop().startswith("mouthpiece "), versions
    video = scratch / "command.mp4"
    program = packages / "mouthpiece" / "bin" / "mouthpiece"
    check_libraries(loaded_libraries(scratch, program, "render", package, "-o", video, "--quiet"), packages)
    assert video.stat().st_size > 0


def check_import(folder, packages, package, scratch):
    (extension,) = (packages / "mouthpiece").glob("_core*.so")
    check_libraries(linked_libraries(extension), packages)
    video = scratch / "import.mp4"
    run(folder / "bin" / "python", "-c", RENDER, package, video)
    assert video.stat().st_size > 0


def check_metadata(wheel, packages):
    assert re.search(r"-manylinux_2_\d+_x86_64\.whl$", wheel.name), wheel.name
    (distribution,) = importlib.metadata.distributions(name="mouthpiece", path=[str(packages)])
    metadata = distribution.metadata
    for name in ("Summary", "Keywords", "Classifier", "Requires-Python", "Description-Content-Type"):
        assert metadata[name], name
    assert any(line.startswith("openvino==") for line in distribution.requires)
    assert "GPL-3.0-or-later" in metadata["License-Expression"]  # through x264 and x265
    licences = {name: distribution.read_text(f"licenses/{name}") for name in metadata.get_all("License-File")}
    assert all(licences.values()) and "common-licenses/GPL-3" in licences
    for library in (packages / "mouthpiece.libs").iterdir():
        assert library.name in licences["NOTICE"], f"{library.name} is not in the notice"
    for package in re.findall(r"^(\S+) .*\n  source: ", licences["NOTICE"], re.MULTILINE):
        assert f"debian/{package}" in licences, package


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--environment", type=pathlib.Path, required=True, help="the virtual environment to build in")
    parser.add_argument("--openvino-dir", required=True, help="folder of OpenVINOConfig.cmake")
    parser.add_argument("--package", type=pathlib.Path, required=True, help="an avatar package to render")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name).resolve()
        wheel = make_wheel(arguments.environment, arguments.openvino_dir, scratch / "wheel")
        folder = scratch / "installed"
        packages = install(wheel, folder, arguments.environment)
        check_command(folder, packages, arguments.package, scratch)
        check_import(folder, packages, arguments.package, scratch)
        check_metadata(wheel, packages)


if __name__ == "__main__":
    main()

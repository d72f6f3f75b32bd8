#!/usr/bin/env python3
"""Installs the package from this clone into the Python that runs this, with all that it needs.

Unlike `pip install .` it builds with what is installed there instead of an environment made for the
occasion, so that the compiler cache knows most of what is compiled.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent


def pip(*arguments):
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *arguments],
                   check=True)


def main():
    os.environ.setdefault("CXX", "c++")  # CMake's choice, not that of whoever built Python
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--extra", action="append", default=[], help="install this extra's packages, too")
    parser.add_argument("--openvino-dir", help="folder of OpenVINOConfig.cmake [that of the package openvino]")
    arguments = parser.parse_args()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    for extra in arguments.extra:
        needed += project["project"]["optional-dependencies"][extra]
    pip(*needed)
    settings = []
    if arguments.openvino_dir:
        settings.append(f"--config-settings=cmake.define.OpenVINO_DIR={arguments.openvino_dir}")
    pip("--no-build-isolation", "--no-deps", "--force-reinstall", *settings, str(ROOT))


if __name__ == "__main__":
    main()

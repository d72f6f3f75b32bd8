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


def pip(command, *arguments):
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", command, "--quiet", *arguments],
                   check=True)


def build_parser(description):
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--openvino-dir", help="folder of OpenVINOConfig.cmake [that of the package openvino]")
    return parser


def build_options(openvino_dir):
    """What pip is told to build with what is installed here."""
    os.environ.setdefault("CXX", "c++")  # CMake's choice, not that of whoever built Python
    options = ["--no-build-isolation", "--no-deps"]
    if openvino_dir:
        options.append(f"--config-settings=cmake.define.OpenVINO_DIR={openvino_dir}")
    return options


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def main():
    parser = build_parser(__doc__)
    parser.add_argument("--extra", action="append", default=[], help="install this extra's packages, too")
    arguments = parser.parse_args()
    known = project()
    needed = [*known["build-system"]["requires"], *known["project"]["dependencies"]]
    for extra in arguments.extra:
        needed += known["project"]["optional-dependencies"][extra]
    pip("install", *needed)
    pip("install", *build_options(arguments.openvino_dir), "--force-reinstall", str(ROOT))


if __name__ == "__main__":
    main()

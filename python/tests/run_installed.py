#!/usr/bin/env python3
"""What ctest runs: installs the package into a virtual environment of its own and runs the tests there, away from the
sources. Environments and builds are kept, so that a second time costs little."""

import argparse
import os
import pathlib
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--environment", type=pathlib.Path, required=True, help="the virtual environment to use")
    parser.add_argument("--openvino-dir", required=True, help="folder of OpenVINOConfig.cmake")
    parser.add_argument("--mouthpiece", type=pathlib.Path, required=True, help="the program to compare with")
    parser.add_argument("--package", type=pathlib.Path, required=True, help="the package that make_package.py drew")
    arguments, pytest_arguments = parser.parse_known_args()
    python = arguments.environment / "bin" / "python"
    if not python.exists():
        venv.create(arguments.environment, with_pip=True)
    subprocess.run([python, HERE.parent / "install.py", "--extra", "test", "--extra", "ray", "--openvino-dir",
                    arguments.openvino_dir], check=True)
    environment = os.environ | {"MOUTHPIECE": str(arguments.mouthpiece), "MOUTHPIECE_DRAWN": str(arguments.package)}
    status = subprocess.run([python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations", "5",
                             *pytest_arguments, HERE], cwd=arguments.environment, env=environment, check=False).returncode
    sys.exit(status)


if __name__ == "__main__":
    main()

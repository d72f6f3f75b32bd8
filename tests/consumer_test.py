#!/usr/bin/env python3
"""Installs the build into an empty prefix, builds the consumer project against it with
find_package, and runs it: the installed files are enough."""

import argparse
import pathlib
import subprocess
import tempfile

CONSUMER = pathlib.Path(__file__).resolve().parent / "consumer"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cmake", default="cmake")
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the build folder to install")
    parser.add_argument("--package", type=pathlib.Path, required=True, help="an avatar package to render")
    parser.add_argument("--compiler", default="", help="the C++ compiler the build used")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        prefix, build = pathlib.Path(scratch) / "prefix", pathlib.Path(scratch) / "build"
        subprocess.run([arguments.cmake, "--install", arguments.build, "--prefix", prefix], check=True,
                       stdout=subprocess.DEVNULL)
        configure = [arguments.cmake, "-S", CONSUMER, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}",
                     "-DCMAKE_BUILD_TYPE=Release"]
        if arguments.compiler:
            configure.append(f"-DCMAKE_CXX_COMPILER={arguments.compiler}")
        subprocess.run(configure, check=True, stdout=subprocess.DEVNULL)
        subprocess.run([arguments.cmake, "--build", build], check=True)
        subprocess.run([build / "consumer", arguments.package], check=True)
        subprocess.run([prefix / "bin" / "mouthpiece", "--version"], check=True)


if __name__ == "__main__":
    main()

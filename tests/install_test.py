#!/usr/bin/env python3
"""Installs the build into a prefix, moves it elsewhere and uses it there: the program renders without a library of the
source tree or of its Python environment, and a program outside the project is built against it twice, by CMake's
find_package and by pkg-config."""

import argparse
import os
import pathlib
import re
import shlex
import subprocess
import tempfile

CONSUMER = pathlib.Path(__file__).resolve().parent / "consumer"


def run(*command, **environment):
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL,
                   env=os.environ | {name: str(value) for name, value in environment.items()})


def loaded_libraries(scratch, *command):
    """Every library that the command loads, at its start or later."""
    run(*command, LD_DEBUG="libs", LD_DEBUG_OUTPUT=scratch / "loaded")
    text = "\n".join(path.read_text(errors="replace") for path in scratch.glob("loaded.*"))
    return {pathlib.Path(path).resolve() for path in re.findall(r"calling init: (/\S+)", text)}


def check_program(prefix, package, forbidden, scratch):
    program = prefix / "bin" / "mouthpiece"
    run(program, "--version")
    video = scratch / "talk.mp4"
    libraries = loaded_libraries(scratch, program, "render", package, "-o", video, "--quiet")
    assert video.stat().st_size > 0
    for name in ("libmouthpiece.so", "libopenvino.so", "libopenvino_intel_cpu_plugin.so", "libtbb.so"):
        found = [path for path in libraries if path.name.startswith(name)]
        assert found and all(path.is_relative_to(prefix) for path in found), f"{name} was loaded as {found}"
    for path in libraries:
        for folder in forbidden:
            assert not path.is_relative_to(folder), f"{path} was loaded, which the installed program is to do without"


def check_documents(prefix):
    for document, start in (("man/man1/mouthpiece.1", ".TH MOUTHPIECE"),
                            ("bash-completion/completions/mouthpiece", "# Completes mouthpiece in bash"),
                            ("zsh/site-functions/_mouthpiece", "#compdef mouthpiece"),
                            ("fish/vendor_completions.d/mouthpiece.fish", "# Completes mouthpiece in fish")):
        assert (prefix / "share" / document).read_text().startswith(start), document


def check_cmake(prefix, package, scratch, cmake, compiler):
    build = scratch / "build"
    run(cmake, "-S", CONSUMER, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=Release",
        f"-DCMAKE_CXX_COMPILER={compiler}")
    run(cmake, "--build", build)
    run(build / "consumer", package)


def check_pkg_config(prefix, package, scratch, compiler):
    (description,) = prefix.rglob("mouthpiece.pc")
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "mouthpiece"], check=True, capture_output=True,
                           text=True, env=os.environ | {"PKG_CONFIG_PATH": str(description.parent)}).stdout
    run(compiler, CONSUMER / "main.cc", *shlex.split(flags), "-o", scratch / "consumer")
    (library,) = prefix.rglob("libmouthpiece.so")
    run(scratch / "consumer", package, LD_LIBRARY_PATH=library.parent)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cmake", default="cmake")
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the build folder to install")
    parser.add_argument("--package", type=pathlib.Path, required=True, help="an avatar package to render")
    parser.add_argument("--compiler", required=True, help="the C++ compiler the build used")
    parser.add_argument("--without", type=pathlib.Path, nargs="+", required=True, help="folders that are not needed")
    arguments = parser.parse_args()
    forbidden = [arguments.build.resolve(), *(folder.resolve() for folder in arguments.without)]
    os.environ.pop("LD_LIBRARY_PATH", None)
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name).resolve()
        run(arguments.cmake, "--install", arguments.build, "--prefix", scratch / "first")
        prefix = (scratch / "first").rename(scratch / "moved")
        check_program(prefix, arguments.package, forbidden, scratch)
        check_documents(prefix)
        check_cmake(prefix, arguments.package, scratch, arguments.cmake, arguments.compiler)
        check_pkg_config(prefix, arguments.package, scratch, arguments.compiler)


if __name__ == "__main__":
    main()

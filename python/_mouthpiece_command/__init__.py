"""The command `mouthpiece` of an installed package: runs the program that is in it.

Apart from the package `mouthpiece`, so that the command does not wait for NumPy and the extension.
"""

import importlib.util
import os
import pathlib
import sys


def _folder(package):
    """Where a package is installed, without importing it; None where it is not."""
    found = importlib.util.find_spec(package)
    return pathlib.Path(found.submodule_search_locations[0]) if found else None


def main():
    program = _folder("mouthpiece") / "bin" / "mouthpiece"
    if not program.exists():
        sys.exit("mouthpiece: the program was left out, as CLI11 was not there when the package was built")
    environment = dict(os.environ)
    if openvino := _folder("openvino"):  # the program finds it by itself only where it lies beside it
        folders = [str(openvino / "libs"), *filter(None, [environment.get("LD_LIBRARY_PATH")])]
        environment["LD_LIBRARY_PATH"] = os.pathsep.join(folders)
    os.execve(program, ["mouthpiece", *sys.argv[1:]], environment)

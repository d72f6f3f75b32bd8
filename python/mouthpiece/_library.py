"""Finds the libraries that the extension is linked to."""

import ctypes
import importlib.util
import pathlib


def load_openvino() -> None:
    """Loads OpenVINO's library from its package, wherever that is installed, without importing it."""
    package = importlib.util.find_spec("openvino")
    folders = package.submodule_search_locations or [] if package else []
    found = [path for folder in folders for path in sorted(pathlib.Path(folder, "libs").glob("libopenvino.so*"))]
    if not found:
        raise ImportError("mouthpiece needs the package openvino, which brings the library that runs networks")
    ctypes.CDLL(str(found[0]))

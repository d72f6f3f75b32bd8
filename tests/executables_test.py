#!/usr/bin/env python3
"""What people run by its name can be run by it: every file that begins with #!, and no other. Tests are ctest's."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = [".ci", "bench", "docs", "examples", "fuzz", "python", "tools"]


def main():
    for path in (path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()):
        with open(path, "rb") as file:
            is_script = file.read(2) == b"#!"
        assert is_script == os.access(path, os.X_OK), f"{path}: {'not ' * is_script}executable"


if __name__ == "__main__":
    main()

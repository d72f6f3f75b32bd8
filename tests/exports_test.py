#!/usr/bin/env python3
"""The shared library exports what include/mouthpiece marks MOUTHPIECE_EXPORT, all of it and nothing else."""

import argparse
import pathlib
import re
import subprocess
import sys

HEADERS = pathlib.Path(__file__).resolve().parent.parent / "include" / "mouthpiece"
CLASS = re.compile(r"\b(?:class|struct) MOUTHPIECE_EXPORT (\w+)")
FUNCTION = re.compile(r"^MOUTHPIECE_EXPORT [^;(]*?(\w+)\(", re.MULTILINE)
SYMBOL = re.compile(r"(?:vtable for |typeinfo for |typeinfo name for )?mouthpiece::(?:(?:live|serve)::)?(\w+)")
HIDDEN_PART = re.compile(r"::State::|\{lambda")


def marked_names():
    text = "\n".join(path.read_text() for path in sorted(HEADERS.glob("*.h")))
    return set(CLASS.findall(text)) | set(FUNCTION.findall(text))


def exported_symbols(library):
    lines = subprocess.run(["nm", "--dynamic", "--defined-only", "--demangle", library], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    return [line.split(maxsplit=2)[2] for line in lines]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", type=pathlib.Path)
    parser.add_argument("--soname", required=True, help="the name that programs ask for when they start")
    arguments = parser.parse_args()
    marked, found, wrong = marked_names(), set(), []
    for symbol in exported_symbols(arguments.library):
        match = SYMBOL.match(symbol)
        if match and match[1] in marked and not HIDDEN_PART.search(symbol):
            found.add(match[1])
        else:
            wrong.append(f"exported, but no part of the public API: {symbol}")
    wrong += [f"marked MOUTHPIECE_EXPORT, but not exported: {name}" for name in sorted(marked - found)]
    dynamic = subprocess.run(["readelf", "--dynamic", "--wide", arguments.library], check=True, capture_output=True,
                             text=True).stdout
    if f"soname: [{arguments.soname}]" not in dynamic:
        wrong.append(f"the soname is not {arguments.soname}")
    print("\n".join(wrong) or f"{len(found)} names of the public API are exported, and nothing else")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()

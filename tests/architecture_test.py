#!/usr/bin/env python3
"""Every #include obeys the table of docs/architecture.md, which this reads: what it shows is what is checked.

A row is a folder below src/, or the path of another. Its files may include each other, what the rows named in "may
include" hold, what those may include in turn, the public headers named, and the libraries named. Tests and benchmarks
may in addition include tests/support and their frameworks.
"""

import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEADER = re.compile(r"^\| module \|")
NAMES = re.compile(r"`([^`]+)`")
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]')
TEST_FILE = re.compile(r"_(test|bench)\.(cc|h)$")
SOURCES = ["src", "include", "apps", "python/src", "tests", "bench", "fuzz"]
PUBLIC, SUPPORT = "include", "tests/support"
# Headers of libraries, by the name that the table gives them. A header in a folder must be one of these or SYSTEM.
LIBRARIES = {
    "FFmpeg": r"lib(av\w+|sw\w+)/", "OpenVINO": r"openvino/", "ONNX": r"onnx/", "Highway": r"hwy/", "nlohmann-json": r"nlohmann/",
    "xxHash": r"xxhash\.h", "libjpeg": r"jpeglib\.h|jerror\.h", "kissfft": r"kiss_fft", "CLI11": r"CLI/",
    "nanobind": r"nanobind/", "Vulkan": r"vulkan/", "libFuzzer": r"fuzzer/", "Boost": r"boost/", "OpenSSL": r"openssl/",
    "tests": r"gtest/|gmock/|benchmark/",
}
SYSTEM = re.compile(r"(sys|linux|netinet|arpa|asm)/")


class Row:
    def __init__(self, cells):
        self.name = NAMES.findall(cells[0])[0]
        self.modules, self.public, self.libraries = (NAMES.findall(cell) for cell in cells[1:4])
        self.any_public = cells[2].strip() == "all"


def read_table(document):
    lines = document.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if HEADER.match(line)) + 2
    rows = {}
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        row = Row(line.strip().split("|")[1:-1])
        rows[row.name] = row
    return rows


def closures(rows):
    """For each row the names of all rows that it may include, itself among them."""
    found = {}

    def visit(name, above):
        if name in above:
            raise SystemExit(f"the table has a circle: {' -> '.join([*above, name])}")
        if name not in rows:
            raise SystemExit(f"the table names {name}, which has no row")
        if name not in found:
            found[name] = {name}.union(*(visit(other, [*above, name]) for other in rows[name].modules))
        return found[name]

    for name in rows:
        visit(name, [])
    return found


def row_of(path, rows):
    """The row with the longest name that holds the file; None if none does."""
    for folder in path.relative_to(ROOT).parents:
        for name in (str(folder), str(folder).removeprefix("src/")):
            if name in rows:
                return name
    return None


def resolve(path, include):
    """The file of ours that an include names; None for a library's or the system's."""
    for folder in (path.parent, ROOT, ROOT / "src", ROOT / "include", ROOT / "tests", ROOT / "python" / "src"):
        if (folder / include).is_file():
            return (folder / include).resolve()
    return None


def library_of(include):
    return next((name for name, pattern in LIBRARIES.items() if re.match(pattern, include)), None)


def complaint(path, include, rows, allowed):
    """What is wrong with an include of the file; None if nothing is."""
    name = row_of(path, rows)
    is_test = bool(TEST_FILE.search(path.name)) or str(path.relative_to(ROOT)).startswith("tests/")
    if name is None and not is_test:
        return "the file is in a folder that the table does not show"
    target = resolve(path, include)
    if target is None:
        library = library_of(include)
        if library is None:
            return "is of a library that this test does not know" if "/" in include and not SYSTEM.match(include) else None
        if name is None or library in rows[name].libraries or (is_test and library in ("tests", "Highway")):
            return None
        return f"{name} may not include {library}"
    other = row_of(target, rows)
    if name is None or (is_test and other == SUPPORT):
        return None
    if other == PUBLIC and name != PUBLIC:
        return None if rows[name].any_public or is_test or target.name in public_of(name, rows, allowed) else \
            f"{name} may not include the public header {target.name}"
    if other in allowed[name]:
        return None
    return f"{name} may not include {other}"


def public_of(name, rows, allowed):
    return {header for other in allowed[name] for header in rows[other].public}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=pathlib.Path, default=ROOT / "docs" / "architecture.md")
    rows = read_table(parser.parse_args().table)
    allowed = closures(rows)
    wrong, count = [], 0
    for path in sorted(path for folder in SOURCES for path in (ROOT / folder).rglob("*") if path.suffix in (".cc", ".h")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if match := INCLUDE.match(line):
                count += 1
                if problem := complaint(path, match[1], rows, allowed):
                    wrong.append(f"{path.relative_to(ROOT)}:{number}: {match[1]}: {problem}")
    for module in sorted(path.name for path in (ROOT / "src").iterdir() if path.is_dir()):
        if module not in rows:
            wrong.append(f"src/{module} has no row in the table")
    print("\n".join(wrong) or f"{count} includes obey the table of {len(rows)} rows")
    sys.exit(bool(wrong) or count == 0)


if __name__ == "__main__":
    main()

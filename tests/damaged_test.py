#!/usr/bin/env python3
"""Runs the program over the damaged packages that damage_packages.py makes: each must end at once
in one line that names the file, with exit code 2 and no output; oddities that can be worked with
must render."""

import json
import pathlib
import subprocess
import sys
import tempfile
import time

import program
from program import Settings, run

MOST_SECONDS = 5.0
FEWEST_CASES = 40


def wrong_with(case, package, folder):
    """What the program does wrong with one case, in words."""
    # Not every size that can be rendered can be encoded, so what renders goes to nowhere.
    output = "null:" if case.get("renders") else folder / "x.mp4"
    started = time.monotonic()
    try:
        quiet = [] if case.get("renders") else ["--quiet"]
        result = run("render", package, "-o", output, *quiet, timeout=4 * MOST_SECONDS)
    except subprocess.TimeoutExpired:
        return ["it hangs"]
    took = time.monotonic() - started
    wrong = []
    if case.get("renders"):
        if result.returncode != 0:
            wrong.append(f"exit code {result.returncode} instead of frames: {result.stderr.strip()}")
        wrong += [f"{text!r} is not mentioned in {result.stderr.strip()!r}" for text in case.get("warns", [])
                  if text not in result.stderr]
        return wrong
    if result.returncode < 0:
        return [f"it died of signal {-result.returncode}: {result.stderr.strip()[-200:]}"]
    if result.returncode != 2:
        wrong.append(f"exit code {result.returncode} instead of 2")
    if result.stderr.count("\n") != 1 or not result.stderr.startswith("mouthpiece: "):
        wrong.append("not one line that starts with 'mouthpiece: '")
    for text in case["expect"]:
        if text not in result.stderr:
            wrong.append(f"{text!r} is not mentioned")
    if result.stdout:
        wrong.append("it writes to standard output")
    if list(folder.iterdir()):
        wrong.append(f"it leaves {[path.name for path in folder.iterdir()]}")
        for path in folder.iterdir():
            path.unlink()
    if took > MOST_SECONDS:
        wrong.append(f"it takes {took:.1f} s")
    return [f"{what}; it says: {result.stderr.strip()[:300]!r}" for what in wrong]


def main():
    program.parse_arguments(__doc__.splitlines()[0])
    maker = program.ROOT / "tests" / "damage_packages.py"
    with tempfile.TemporaryDirectory() as scratch:
        packages, output = pathlib.Path(scratch) / "packages", pathlib.Path(scratch) / "output"
        output.mkdir()
        subprocess.run([sys.executable, str(maker), str(Settings.package), str(packages)], check=True)
        cases = json.loads((packages / "cases.json").read_text())
        failed = 0
        for case in cases:
            wrong = wrong_with(case, packages / case["name"], output)
            failed += bool(wrong)
            print(f"{'FAIL' if wrong else 'ok  '} {case['name']}{''.join(f'{chr(10)}       {w}' for w in wrong)}",
                  flush=True)
        refused = sum(not case.get("renders") for case in cases)
        print(f"{len(cases)} cases, {refused} of them damaged beyond use, {failed} failed")
        if refused < FEWEST_CASES:
            sys.exit(f"at least {FEWEST_CASES} damaged packages are wanted")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

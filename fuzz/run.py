#!/usr/bin/env python3
"""Runs fuzz targets, each with its committed corpus for some seconds, and says what became of each.

What a target finds out by itself is kept in BUILD/fuzz/work/NAME, from where the next run goes on; what it fell over, in
BUILD/fuzz/found/NAME. Exits with 1 if there is anything of that.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time

FUZZ = pathlib.Path(__file__).resolve().parent
# A finding is what takes more than that, too: MiB in all, MiB at once, seconds.
LIMITS = ["-rss_limit_mb=2048", "-malloc_limit_mb=256", "-timeout=30"]


def environment():
    suppressions = FUZZ.parent / "tests" / "leak_suppressions.txt"
    return {**os.environ, "LSAN_OPTIONS": f"suppressions={suppressions}:print_suppressions=0", "TBB_ENABLE_SANITIZERS": "1"}


def run(name, build, seconds):
    """The executions, the seconds, and what was found: None for nothing."""
    folder = build / "fuzz"
    work, found = folder / "work" / name, folder / "found" / name
    for path in (work, found):
        path.mkdir(parents=True, exist_ok=True)
    dictionary = FUZZ / "dictionaries" / f"{name}.dict"
    options = [f"-dict={dictionary}"] if dictionary.exists() else []
    log = folder / f"{name}.log"
    begin = time.monotonic()
    with log.open("wb") as output:
        status = subprocess.run(
            [folder / f"{name}_fuzzer", work, FUZZ / "corpus" / name, f"-max_total_time={seconds}", "-print_final_stats=1",
             f"-artifact_prefix={found}/", *LIMITS, *options],
            stdout=output, stderr=subprocess.STDOUT, env=environment(), check=False).returncode
    text = log.read_text(encoding="utf-8", errors="replace")
    executions = re.search(r"number_of_executed_units: (\d+)", text)
    reason = re.search(r"(does not hold: .*|runtime error: .*|ERROR: .*)", text)
    what = reason[1] if reason else f"exit status {status}"
    problem = f"{what}; see {log} and {found}" if status else None
    return int(executions[1]) if executions else 0, time.monotonic() - begin, problem


def main():
    names = sorted(path.name.removesuffix("_fuzzer.cc") for path in FUZZ.glob("*_fuzzer.cc"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", help=f"all if none is named: {', '.join(names)}")
    parser.add_argument("--build", type=pathlib.Path, default=FUZZ.parent / "build" / "sanitize")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default: 60)")
    parser.add_argument("--jobs", type=int, default=1, help="targets at once")
    arguments = parser.parse_args()
    if unknown := set(arguments.targets) - set(names):
        parser.error(f"there is no target {', '.join(sorted(unknown))}")

    problems = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        runs = {name: pool.submit(run, name, arguments.build.resolve(), arguments.seconds)
                for name in arguments.targets or names}
        for name, future in runs.items():
            executions, seconds, problem = future.result()
            problems += problem is not None
            print(f"{name:16} {executions:10} executions in {seconds:5.1f} s{': ' + problem if problem else ''}", flush=True)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

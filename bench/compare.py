#!/usr/bin/env python3
"""Measures mouthpiece against the slow and the cached Python pipeline, in turn, on one machine,
with the same package, model, frames and threads; medians of several repetitions.

The pictures are compared first: if they do not agree, no time is reported. Writes NAME.json,
NAME.md and SVG charts. Ratios are what counts: absolute times belong to the machine.

  steps      the compositing analysis's own breakdown, line by line
  pipelines  slow, cached and mouthpiece with the package's network: no output, JPEG, video
  ceiling    the same without a network: what a GPU will meet
  batches    by batch size
  networks   ONNX Runtime against each engine and precision, on two networks
  preload    loading the whole avatar
  prepared   what mouthpiece prepare gains
  loaded     frames a second when all is in memory
  caches     each cache mode's frames a second against memory
  streaming  stream against ram, from package to video
  stages     mouthpiece's stages against the machine's limits
"""

import argparse
import dataclasses
import json
import os
import pathlib
import sys
import tempfile

from baseline import package as packages
from measure import document
from measure.plan import PARTS, QUICK, Plan
from report import limits, page

ROOT = pathlib.Path(__file__).resolve().parent.parent


def shown_command():
    """The command line without the folders of this machine."""
    return " ".join(["bench/compare.py", *(pathlib.Path(word).name if "/" in word else word for word in sys.argv[1:])])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=pathlib.Path, nargs="?")
    parser.add_argument("--rewrite", type=pathlib.Path, metavar="NAME.json",
                        help="measure nothing: write the tables and charts of an earlier run anew")
    parser.add_argument("--mouthpiece", type=pathlib.Path,
                        default=os.environ.get("MOUTHPIECE", ROOT / "build" / "release" / "mouthpiece"))
    parser.add_argument("--name", help="of the written files; default: the package's")
    parser.add_argument("--quick", action="store_true", help="everything once and briefly, in some minutes")
    parser.add_argument("--frames", type=packages.frame_range, metavar="A:B",
                        help="for whole pipelines [0:150; quick: 0:32]")
    parser.add_argument("--cache-frames", type=int, nargs="+", help="[500 1000 5000; quick: 500]")
    parser.add_argument("--repeats", type=int, help="[3; quick: 1]")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--folder", type=pathlib.Path, help="to write to [docs/benchmarks; with --rewrite: its own]")
    arguments = parser.parse_args()
    if (arguments.package is None) == (arguments.rewrite is None):
        parser.error("expected a package, or --rewrite NAME.json")
    if arguments.rewrite:
        page.write(json.loads(arguments.rewrite.read_text()), arguments.folder or arguments.rewrite.parent)
        return
    plan = dataclasses.replace(QUICK) if arguments.quick else Plan()
    arguments.mouthpiece = pathlib.Path(arguments.mouthpiece).resolve()
    arguments.name = arguments.name or arguments.package.resolve().name
    arguments.frames = arguments.frames or ((0, 32) if arguments.quick else (0, 150))
    arguments.repeats = arguments.repeats or (1 if arguments.quick else 3)
    if arguments.cache_frames:
        plan.cache_frames = tuple(arguments.cache_frames)
    with tempfile.TemporaryDirectory() as scratch:
        measured = document.measure(arguments, plan, pathlib.Path(scratch), shown_command())
    if "stages" in measured:
        measured["limits"] = limits.limits(measured)
    page.write(measured, arguments.folder or ROOT / "docs" / "benchmarks")


if __name__ == "__main__":
    main()

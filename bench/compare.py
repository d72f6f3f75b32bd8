#!/usr/bin/env python3
"""Measures mouthpiece against the slow and the cached Python pipeline, in turn, on one machine,
with the same package, model, frames and threads; medians of several repetitions.

The pictures are compared first: if they do not agree, no time is reported. Writes NAME.json,
NAME.md and SVG charts. Ratios are what counts: absolute times belong to the machine.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import agreement
import machine
import report
from python_pipelines import frame_range, ping_pong, read_rectangles

HERE = pathlib.Path(__file__).resolve().parent
PIPELINES = ("slow", "cached", "mouthpiece")
PARTS = ("pipelines", "batches", "caches")


class Bench:
    def __init__(self, arguments, scratch):
        self.arguments, self.scratch = arguments, pathlib.Path(scratch)
        self.package = self.with_generator() if arguments.generator else arguments.package

    def with_generator(self):
        """A copy of the package that holds the given generator."""
        copy = self.scratch / self.arguments.package.name
        shutil.copytree(self.arguments.package, copy, copy_function=shutil.copyfile)
        for folder in (copy, *(path for path in copy.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
        (copy / "onnx_dist_config.json").unlink(missing_ok=True)  # names the sha256 of the old one
        (copy / "models" / "generator.onnx").unlink(missing_ok=True)
        (copy / "checkpoint").mkdir(exist_ok=True)
        shutil.copyfile(self.arguments.generator, copy / "checkpoint" / "model_best.onnx")
        return copy

    def run(self, pipeline, output, frames=None, batch=None, extra=()):
        """Runs one pipeline once; returns its statistics. `output`: null, jpg, png or mp4."""
        begin, end = frames or self.arguments.frames
        target = self.scratch / f"{pipeline}.{output}"
        self.remove(target)
        stats = self.scratch / "stats.json"
        common = ["--frames", f"{begin}:{end}", "--threads", str(self.arguments.threads), "--stats", str(stats)]
        if pipeline == "mouthpiece":
            name = {"null": "null:", "mp4": str(target)}.get(output, str(target / f"%05d.{output}"))
            if output in ("jpg", "png"):
                target.mkdir()
            command = [str(self.arguments.mouthpiece), "render", str(self.package), "-o", name, "--quiet", *common]
            if output == "mp4":
                command += ["--preset", "veryfast", "--crf", "23"]
            if batch:
                command += ["--batch", str(batch)]
        else:
            command = [sys.executable, str(HERE / "python_pipelines.py"), pipeline, str(self.package), "-o",
                       "null" if output == "null" else str(target if output == "mp4" else target.with_suffix("")),
                       *common, "--batch", str(batch or 1)]
            if output in ("jpg", "png"):
                command += ["--writer", output]
                self.remove(target.with_suffix(""))
        subprocess.run([*command, *extra], check=True)
        return json.loads(stats.read_text())

    @staticmethod
    def remove(path):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def alternate(self, pipelines, output, **options):
        """Medians of `repeats` runs of each, taken in turn so that a slow minute hits them all."""
        runs = {pipeline: [] for pipeline in pipelines}
        for repetition in range(self.arguments.repeats):
            for pipeline in pipelines:
                print(f"{pipeline}, {output}, {options or ''} {repetition + 1}/{self.arguments.repeats}",
                      file=sys.stderr)
                runs[pipeline].append(self.run(pipeline, output, **options))
        return {pipeline: median(results) for pipeline, results in runs.items()}

    def check_pictures(self):
        begin, end = self.arguments.frames
        end = min(end, begin + 25)
        self.run("cached", "png", frames=(begin, end))
        self.run("mouthpiece", "png", frames=(begin, end))
        rectangles = read_rectangles(self.package)
        shown = [rectangles[str(ping_pong(frame, len(rectangles)))] for frame in range(begin, end)]
        return agreement.require(self.scratch / "cached", self.scratch / "mouthpiece.png", shown)

    def pipelines(self):
        return {output: self.alternate(PIPELINES, output) for output in ("null", "jpg", "mp4")}

    def batches(self):
        return {str(size): self.alternate(("cached", "mouthpiece"), "null", batch=size) for size in (1, 2, 4, 8)}

    def caches(self):
        results = {}
        for frames in self.arguments.cache_frames:
            results[str(frames)] = {
                mode: self.alternate(("mouthpiece",), "null", frames=(0, frames), extra=("--cache", mode))["mouthpiece"]
                for mode in ("ram", "chunk", "stream", "disk")}
        return results


def median(results):
    """Number by number over equally shaped documents; other values are the first one's."""
    first = results[0]
    if isinstance(first, dict):
        return {key: median([result[key] for result in results]) for key in first}
    if isinstance(first, (int, float)) and not isinstance(first, bool):
        return statistics.median(results)
    return first


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=pathlib.Path)
    parser.add_argument("--mouthpiece", type=pathlib.Path,
                        default=os.environ.get("MOUTHPIECE", HERE.parent / "build" / "release" / "mouthpiece"))
    parser.add_argument("--generator", type=pathlib.Path, help="another model, e.g. a pass-through one")
    parser.add_argument("--name", help="of the written files; default: the package's")
    parser.add_argument("--frames", type=frame_range, default=(0, 100), metavar="A:B")
    parser.add_argument("--cache-frames", type=int, nargs="+", default=[500, 1000, 5000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--folder", type=pathlib.Path, default=HERE.parent / "docs" / "benchmarks")
    arguments = parser.parse_args()
    name = arguments.name or arguments.package.resolve().name

    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(arguments, scratch)
        document = {"schema": "mouthpiece.benchmark/1", "name": name, "machine": machine.describe(),
                    "memory_bandwidth_bytes_per_s": machine.memory_bandwidth(), "frames": list(arguments.frames),
                    "threads": arguments.threads, "repeats": arguments.repeats, "agreement": bench.check_pictures()}
        for part in arguments.parts:
            document[part] = getattr(bench, part)()
    report.write(document, arguments.folder, name)


if __name__ == "__main__":
    main()

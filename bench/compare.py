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
  caches     each cache mode's frames a second against memory
  streaming  stream against ram, from package to video
  stages     mouthpiece's stages against the machine's limits
"""

import argparse
import dataclasses
import os
import pathlib
import sys
import tempfile
import time

import limits
import machine
import network_cost
import package as packages
import parts
import report
import runner

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))
from make_passthrough import build_passthrough  # noqa: E402
from make_unet328 import AUDIO, SIDE, build_unet  # noqa: E402

PARTS = ("steps", "pipelines", "ceiling", "batches", "networks", "preload", "caches", "streaming", "stages")
WHOLE_AVATAR = {"pipelines", "ceiling", "preload"}  # held in memory by a Python pipeline


@dataclasses.dataclass
class Plan:
    """How much is measured. Numbers of frames where nothing else is said."""
    agreement_frames: int = 25
    step_frames: int = 100  # as many as the analysis had, every step_stride-th of them measured
    step_stride: int = 4
    slow_frames: int = 48  # that the slow pipeline renders, a third of a second each
    batches: tuple = (1, 2, 4, 8)
    cache_frames: tuple = (500, 1000, 5000)
    disk_frames: int = 40
    stream_frames: int = 1000
    long_passes: int = 3  # over the avatar, where frames must come again
    long_frames: int = 0  # from the passes
    memory_budget: int = 0  # bytes for mouthpiece where the whole avatar must fit
    modes: tuple = ()  # the program's cache modes


QUICK = Plan(agreement_frames=8, step_stride=20, slow_frames=16, batches=(1, 8), cache_frames=(500,), disk_frames=10,
             stream_frames=300, long_passes=2)


def write_model(model, path):
    path.write_bytes(model.SerializeToString())
    return path


def networks_of(package, scratch):
    """{network: package folder} and {network: multiply-accumulates}. The stand-ins take the audio
    shape and the batch that the package's own network takes."""
    own = packages.model_path(package)
    audio, side, batch = packages.model_signature(own)
    folders, macs = {"own": package}, {"own": network_cost.multiply_accumulates(own)}
    through = write_model(build_passthrough(side, audio, batch), scratch / "passthrough.onnx")
    folders["pass-through"] = runner.with_generator(package, scratch / "pass-through", through)
    if (audio, side) == (AUDIO, SIDE):
        model, _, count = build_unet("full", batch)
        full = write_model(model, scratch / "full.onnx")
        folders["full width"] = runner.with_generator(package, scratch / "full-width", full)
        macs["full width"] = network_cost.multiply_accumulates(full)
        assert macs["full width"][0] == count
    return folders, macs


def cache_modes(mouthpiece):
    """The modes that this program knows, from its own help; not `auto`, which takes one of them."""
    lines = machine.output_of([str(mouthpiece), "render", "--help"]).split()
    modes = lines[lines.index("--cache") + 1].split("|")
    return tuple(mode for mode in modes if mode != "auto")


def require_memory(geometry, memory, wanted):
    """The cached Python pipeline holds the whole avatar."""
    needed = 3 * geometry["frames"] * sum(width * height for width, height in (
        geometry["frame"], geometry["crop"], geometry["roi"], geometry["roi"]))
    without = [part for part in PARTS if part not in WHOLE_AVATAR]
    if needed > 0.7 * memory and not WHOLE_AVATAR.isdisjoint(wanted):
        raise SystemExit(f"the cached Python pipeline needs {needed / 1e9:.1f} GB for this avatar, and the machine has "
                         f"{memory / 1e9:.1f}: measure with --parts {' '.join(without)}")


def shown_command():
    """The command line without the folders of this machine."""
    return " ".join(["bench/compare.py", *(pathlib.Path(word).name if "/" in word else word for word in sys.argv[1:])])


def measure(arguments, plan, scratch):
    started = time.perf_counter()
    described = machine.describe(arguments.mouthpiece)  # first: how busy it is now, not with this
    folders, macs = networks_of(arguments.package, scratch)
    geometry = limits.geometry_of(arguments.mouthpiece, arguments.package, macs)
    require_memory(geometry, described["memory_bytes"], arguments.parts)
    setup = runner.Setup(packages=folders, mouthpiece=arguments.mouthpiece, scratch=scratch,
                         frame_count=geometry["frames"], threads=arguments.threads, repeats=arguments.repeats,
                         frames=arguments.frames)
    plan.modes = cache_modes(arguments.mouthpiece)
    plan.long_frames = min(max(plan.long_passes * setup.frame_count, 500), 3000)
    plan.memory_budget = described["memory_bytes"] // 2
    document = {"schema": "mouthpiece.benchmark/2", "name": arguments.name, "machine": described,
                "command": shown_command(), "frames": list(arguments.frames), "threads": arguments.threads,
                "repeats": arguments.repeats, "plan": dataclasses.asdict(plan), "geometry": geometry, "seconds": {}}
    runner.say("agreement")
    document["agreement"] = parts.pictures_agree(setup, plan)
    document["memory_bandwidth_bytes_per_s"] = machine.memory_bandwidth()
    in_turn = [part for part in arguments.parts if part in parts.ONE_THREAD]
    for part in arguments.parts:
        if part in document:  # taken in turn with another
            continue
        together = in_turn if part in in_turn else [part]
        runner.say(", ".join(together))
        begun = time.perf_counter()
        if part in in_turn:
            document |= parts.one_thread(setup, plan, together)
        else:
            document[part] = getattr(parts, part)(setup, plan)
        document["seconds"][" and ".join(together)] = round(time.perf_counter() - begun, 1)
    if "stages" in document:
        bf16 = "bf16" in {words.split()[-1] for words, found in document["agreement"]["engines"].items()
                          if "refused" not in found}
        document["peak_macs_per_s"] = machine.peak_rates(arguments.threads, bf16)
        document["limits"] = limits.limits(document)
    document["seconds"]["all"] = round(time.perf_counter() - started, 1)
    return document


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=pathlib.Path)
    parser.add_argument("--mouthpiece", type=pathlib.Path,
                        default=os.environ.get("MOUTHPIECE", HERE.parent / "build" / "release" / "mouthpiece"))
    parser.add_argument("--name", help="of the written files; default: the package's")
    parser.add_argument("--quick", action="store_true", help="everything once and briefly, in some minutes")
    parser.add_argument("--frames", type=packages.frame_range, metavar="A:B",
                        help="for whole pipelines [0:150; quick: 0:32]")
    parser.add_argument("--cache-frames", type=int, nargs="+", help="[500 1000 5000; quick: 500]")
    parser.add_argument("--repeats", type=int, help="[3; quick: 1]")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--folder", type=pathlib.Path, default=HERE.parent / "docs" / "benchmarks")
    arguments = parser.parse_args()
    plan = dataclasses.replace(QUICK) if arguments.quick else Plan()
    arguments.mouthpiece = pathlib.Path(arguments.mouthpiece).resolve()
    arguments.name = arguments.name or arguments.package.resolve().name
    arguments.frames = arguments.frames or ((0, 32) if arguments.quick else (0, 150))
    arguments.repeats = arguments.repeats or (1 if arguments.quick else 3)
    if arguments.cache_frames:
        plan.cache_frames = tuple(arguments.cache_frames)
    with tempfile.TemporaryDirectory() as scratch:
        document = measure(arguments, plan, pathlib.Path(scratch))
    report.write(document, arguments.folder)


if __name__ == "__main__":
    main()

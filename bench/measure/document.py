"""Everything that one run measures of a package, as one JSON document."""

import dataclasses
import pathlib
import sys
import time

from baseline import package as packages
from measure import geometry, machine, network_cost, parts, runner
from measure.plan import PARTS, WHOLE_AVATAR

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "models"))
from make_passthrough import build_passthrough  # noqa: E402
from make_unet328 import AUDIO, SIDE, build_unet  # noqa: E402


def write_model(model, path):
    path.write_bytes(model.SerializeToString())
    return path


def networks_of(package, scratch, wanted):
    """{network: package folder} and {network: multiply-accumulates}. The stand-ins take the audio
    shape and the batch that the package's own network takes."""
    own = packages.model_path(package)
    audio, side, batch = packages.model_signature(own)
    folders, macs = {"own": package}, {"own": network_cost.multiply_accumulates(own)}
    through = write_model(build_passthrough(side, audio, batch), scratch / "passthrough.onnx")
    folders["pass-through"] = runner.with_generator(package, scratch / "pass-through", through)
    if {"networks", "loaded"} & set(wanted) and (audio, side) == (AUDIO, SIDE):
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


def require_memory(sizes, memory, wanted):
    """The cached Python pipeline holds the whole avatar."""
    needed = 3 * sizes["frames"] * sum(width * height for width, height in (
        sizes["frame"], sizes["crop"], sizes["roi"], sizes["roi"]))
    without = [part for part in PARTS if part not in WHOLE_AVATAR]
    if needed > 0.7 * memory and not WHOLE_AVATAR.isdisjoint(wanted):
        raise SystemExit(f"the cached Python pipeline needs {needed / 1e9:.1f} GB for this avatar, and the machine has "
                         f"{memory / 1e9:.1f}: measure with --parts {' '.join(without)}")


def measure(arguments, plan, scratch, command):
    """`arguments`: those of bench/compare.py. `command`: how it was called, for the record."""
    started = time.perf_counter()
    described = machine.describe(arguments.mouthpiece)  # first: how busy it is now, not with this
    folders, macs = networks_of(arguments.package, scratch, arguments.parts)
    sizes = geometry.geometry_of(arguments.mouthpiece, arguments.package, macs)
    require_memory(sizes, described["memory_bytes"], arguments.parts)
    setup = runner.Setup(packages=folders, mouthpiece=arguments.mouthpiece, scratch=scratch,
                         frame_count=sizes["frames"], threads=arguments.threads, repeats=arguments.repeats,
                         frames=arguments.frames)
    plan.modes = cache_modes(arguments.mouthpiece)
    plan.long_frames = min(max(plan.long_passes * setup.frame_count, 500), 3000)
    plan.memory_budget = described["memory_bytes"] // 2
    document = {"schema": "mouthpiece.benchmark/2", "name": arguments.name, "machine": described,
                "command": command, "frames": list(arguments.frames), "threads": arguments.threads,
                "repeats": arguments.repeats, "plan": dataclasses.asdict(plan), "geometry": sizes, "seconds": {}}
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
    document["seconds"]["all"] = round(time.perf_counter() - started, 1)
    return document

#!/usr/bin/env python3
"""Measures a GPU: whether its pictures are right, what each kernel takes, and how far all is from the device's limits.

    bench/gpu.py AVATAR [--device vulkan:0[,vulkan:1]] [--quick]

Writes a report in Markdown to standard output, and all figures to --json FILE. First correctness: pictures of 32 frames
against the CPU's f32, the same bytes for every batch. Then the network alone by batch, each of its kernels by the
device's own clock against the larger of bytes / bandwidth and multiplications / rate, both measured on it; then whole
renders to nothing, JPEG and video, on one device and on all that were named; then ONNX Runtime's CUDA provider, where
that is installed. On a software device (Mesa's) speeds say nothing: there it shows that the program works, and --quick
is what ends in minutes.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "tools" / "models"))
from make_unet328 import AUDIO, SIDE, build_unet  # noqa: E402

BATCHES = (1, 2, 4, 8, 16, 32)


def run(*command):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(str(word) for word in command)}: exit status {done.returncode}")
    return done.stdout


def y4m_frames(path):
    """Frames of a .y4m as (Y, U, V), one after the other."""
    with path.open("rb") as file:
        fields = {word[:1]: word[1:] for word in file.readline().split()[1:]}
        width, height = int(fields[b"W"]), int(fields[b"H"])
        chroma = (width + 1) // 2 * ((height + 1) // 2)
        while file.readline():
            yield np.frombuffer(file.read(width * height + 2 * chroma), np.uint8)


class Renders:
    """Renders of one avatar into a folder that is gone afterwards."""

    def __init__(self, mouthpiece, avatar, folder):
        self.mouthpiece, self.avatar, self.folder = mouthpiece, avatar, folder

    def __call__(self, output, frames, *options):
        """The render's statistics."""
        stats = self.folder / "stats.json"
        run(self.mouthpiece, "render", self.avatar, "--quiet", "--overwrite", "--frames", f"0:{frames}", "--stats", stats,
            "-o", output, *options)
        return json.loads(stats.read_text())

    def difference(self, frames, device):
        """Mean and largest difference of samples that differ from the CPU's frames at all, by device."""
        paths = {}
        for name, options in (("cpu", ["--precision", "f32"]), (device, ["--device", device])):
            paths[name] = self.folder / f"{len(paths)}.y4m"
            self(paths[name], frames, *options)
        counts = np.zeros(256, np.int64)
        for exact, found in zip(*(y4m_frames(path) for path in paths.values()), strict=True):
            counts += np.bincount(np.abs(exact.astype(np.int16) - found), minlength=256)
        return {"samples": int(counts.sum()), "differ": int(counts[1:].sum()), "largest": int(np.nonzero(counts)[0].max())}

    def hashes(self, frames, device, batch):
        file = self.folder / "hashes.txt"
        self(f"hash:{file}", frames, "--device", device, "--batch", batch)
        return [line for line in file.read_text().splitlines() if not line.startswith("#")]


def network(program, model, device, storage, rounds, batches):
    index = device.partition(":")[2] or "0"
    return json.loads(run(program, model, index, storage, rounds, *batches))


def limit_of(step, found):
    """Least seconds that the device needs for a step."""
    return max(step["bytes"] / found["bytes_per_second"], step["multiplications"] / found["multiplications_per_second"])


def tell_network(name, found):
    print(f"\n### {name}\n\n| batch | ms a frame | frames/s | mean error | largest | limit, ms a frame | of the limit |")
    print("|---|---|---|---|---|---|---|")
    for batch in found["batches"]:
        kernels = [step for step in batch["steps"] if "bytes" in step]
        limit = sum(limit_of(step, found) for step in kernels) / batch["batch"]
        each = batch["seconds"] / batch["batch"]
        print(f"| {batch['batch']} | {each * 1e3:.3f} | {1 / each:.1f} | {batch['error']['mean']:.3f} | "
              f"{batch['error']['largest']} | {limit * 1e3:.3f} | {limit / each:.0%} |")


def tell_kernels(batch, found):
    kernels = sorted((step for step in batch["steps"] if "bytes" in step), key=lambda step: -step["seconds"])
    whole = sum(step["seconds"] for step in batch["steps"])
    print(f"\nKernels of a batch of {batch['batch']}, by the device's clock ({whole * 1e3:.3f} ms in all):\n")
    print("| kernel | ms | share | of its limit | bound by |\n|---|---|---|---|---|")
    for step in kernels[:12]:
        of_bytes = step["bytes"] / found["bytes_per_second"]
        bound = "memory" if of_bytes > step["multiplications"] / found["multiplications_per_second"] else "arithmetic"
        print(f"| {step['name']} | {step['seconds'] * 1e3:.3f} | {step['seconds'] / whole:.0%} | "
              f"{limit_of(step, found) / step['seconds']:.0%} | {bound} |")


def cuda_frames_per_second(model, batch, seconds=3):
    """Of ONNX Runtime on CUDA; None where it has none."""
    try:
        import onnxruntime
    except ImportError:
        return None
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return None
    session = onnxruntime.InferenceSession(str(model), providers=["CUDAExecutionProvider"])
    visual, audio = session.get_inputs()
    feed = {visual.name: np.random.rand(batch, 6, SIDE, SIDE).astype(np.float32),
            audio.name: np.random.rand(batch, *AUDIO).astype(np.float32)}
    for _ in range(3):
        session.run(None, feed)
    times, started = [], time.monotonic()
    while time.monotonic() - started < seconds:
        begin = time.monotonic()
        session.run(None, feed)
        times.append(time.monotonic() - begin)
    return batch / statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("avatar", type=pathlib.Path)
    parser.add_argument("--device", default="vulkan", help="one GPU, or several with commas between [vulkan]")
    parser.add_argument("--mouthpiece", type=pathlib.Path, default=ROOT / "build" / "release" / "mouthpiece")
    parser.add_argument("--frames", type=int, help="of whole renders [2000; quick: 2]")
    parser.add_argument("--batches", type=int, nargs="+", help="[1 2 4 8 16 32; quick: 1 2]")
    parser.add_argument("--quick", action="store_true", help="little of everything, the thinnest network alone")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    arguments = parser.parse_args()
    quick = arguments.quick
    batches = arguments.batches or (BATCHES[:2] if quick else BATCHES)
    frames = arguments.frames or (2 if quick else 2000)
    first = arguments.device.split(",")[0]
    program = arguments.mouthpiece.parent / "bench" / "gpu_network"
    figures = {"device": arguments.device, "networks": {}, "renders": {}, "cuda": {}}

    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        renders = Renders(arguments.mouthpiece, arguments.avatar, folder)
        compared = 1 if quick else 32
        figures["difference"] = difference = renders.difference(compared, first)
        print(f"# {arguments.device}\n\n{compared} frames against the CPU's f32: {difference['differ']} of "
              f"{difference['samples']} samples differ, by {difference['largest']} at most.")
        same = [renders.hashes(batches[-1] + 1, first, batch) for batch in (batches[:1] if quick else batches)]
        same += [renders.hashes(batches[-1] + 1, arguments.device, batches[-1])]
        figures["same_bytes"] = all(hashes == same[0] for hashes in same)
        print(f"The same bytes for every batch and all devices: {figures['same_bytes']}.\n\n## Networks")

        models = {"the avatar's own": arguments.avatar / "checkpoint" / "model_best.onnx"}
        for width in () if quick else ("thin", "half", "full"):
            models[f"{width} width, seeded"] = folder / f"{width}.onnx"
            models[f"{width} width, seeded"].write_bytes(build_unet(width)[0].SerializeToString())
        for name, model in models.items():
            for storage in ("half",) if quick else ("half", "float"):
                found = network(program, model, first, storage, 1 if quick else 20, batches)
                figures["networks"][f"{name}, {storage}"] = found
                tell_network(f"{name}, {storage} floats", found)
                tell_kernels(found["batches"][-1], found)
            if cuda := cuda_frames_per_second(model, batches[-1]):
                figures["cuda"][name] = cuda
                print(f"\nONNX Runtime on CUDA, batch {batches[-1]}: {cuda:.1f} frames/s.")

        print("\n## Whole renders\n\n| device | output | frames/s |\n|---|---|---|")
        for device in dict.fromkeys((first, arguments.device)):
            for output in ("null:", folder / "frames" / "%06d.jpg", folder / "clip.mp4"):
                options = ["--device", device, "--loop", "pingpong"] + (["--batch", "1"] if quick else [])
                fps = renders(output, frames, *options)["fps"]
                kind = "null" if output == "null:" else output.suffix.lstrip(".")
                figures["renders"][f"{device} {kind}"] = fps
                print(f"| {device} | {kind} | {fps:.1f} |", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()

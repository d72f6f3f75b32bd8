#!/usr/bin/env python3
"""A network by itself: ONNX Runtime and mouthpiece's engines with nothing else beside them.

As a program: ONNX Runtime's side, milliseconds a frame on standard output."""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

SECONDS = 2  # a measurement runs at least
ENGINES = {f"{engine} {precision}": f"precision:{number}/openvino:{kind}"
           for kind, engine in enumerate(("fused", "openvino")) for number, precision in enumerate(("f32", "bf16"))}


def runtime_ms(model, threads):
    """Milliseconds a frame of ONNX Runtime, batch 1."""
    import numpy as np
    from python_pipelines import open_session
    session, visual, audio, audio_shape, _ = open_session(model, threads)
    side = next(port for port in session.get_inputs() if port.name == visual).shape[2]
    random = np.random.default_rng(328)
    inputs = {visual: random.random((1, 6, side, side), np.float32), audio: np.full((1, *audio_shape), 0.5, np.float32)}
    for _ in range(3):
        session.run(None, inputs)
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < SECONDS:
        session.run(None, inputs)
        count += 1
    return 1000 * (time.perf_counter() - started) / count


def on_cores(count):
    """For a program that takes all the cores it may: leaves it `count`."""
    cores = sorted(os.sched_getaffinity(0))[:count]
    return lambda: os.sched_setaffinity(0, cores)


def engine_ms(mouthpiece, model, engine, threads):
    """Milliseconds a frame of one of mouthpiece's engines with all its requests busy, batch 1; None
    where it does not run this network or this machine has not the precision."""
    program = mouthpiece.parent / "src" / "infer" / "infer_bench"
    if not program.is_file():
        raise SystemExit(f"{program}: is missing; it is built with MOUTHPIECE_BUILD_BENCHMARKS")
    run = subprocess.run(
        [str(program), f"--benchmark_filter=batch:1/threads:0/requests:0/{ENGINES[engine]}/",
         f"--benchmark_min_time={SECONDS}", "--benchmark_format=json"],
        env={**os.environ, "MOUTHPIECE_BENCH_MODEL": str(model)}, preexec_fn=on_cores(threads), check=True,
        stdout=subprocess.PIPE)
    result, = json.loads(run.stdout)["benchmarks"]
    return None if result.get("error_occurred") else result["ms/frame"]


def measure(mouthpiece, model, threads, repeats):
    """{"cached" | engine: milliseconds a frame}: medians, taken in turn."""
    found = {name: [] for name in ("cached", *ENGINES)}
    for _ in range(repeats):
        out = subprocess.run([sys.executable, __file__, str(model), "--threads", str(threads)], check=True,
                             stdout=subprocess.PIPE)
        found["cached"].append(float(out.stdout))
        for name in ENGINES:
            found[name].append(engine_ms(mouthpiece, model, name, threads))
    return {name: statistics.median(values) for name, values in found.items() if None not in values}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--threads", type=int, required=True)
    arguments = parser.parse_args()
    print(runtime_ms(arguments.model, arguments.threads))

"""A network by itself: ONNX Runtime and mouthpiece's engines with nothing else beside them."""

import json
import os
import statistics
import subprocess

from measure.runner import module_command, output_of_module
from measure.sides import ENGINES

SECONDS = 0.7  # a measurement runs at least
TURNS = 3  # of every side in each repetition: short ones meet what else the machine does alike
RUNTIME_INT8 = "ONNX Runtime int8"
PRECISIONS = ("f32", "bf16", "int8")  # as infer_bench counts them


def arguments_of(engine):
    """As infer_bench calls one of ENGINES."""
    kind, precision = engine.split()
    return f"precision:{PRECISIONS.index(precision)}/openvino:{int(kind == 'openvino')}"


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
        [str(program), f"--benchmark_filter=batch:1/threads:0/requests:0/{arguments_of(engine)}/",
         f"--benchmark_min_time={SECONDS}", "--benchmark_format=json"],
        env={**os.environ, "MOUTHPIECE_BENCH_MODEL": str(model)}, preexec_fn=on_cores(threads), check=True,
        stdout=subprocess.PIPE)
    result, = json.loads(run.stdout)["benchmarks"]
    return None if result.get("error_occurred") else result["ms/frame"]


def measure(mouthpiece, model, threads, repeats, scratch):
    """{"cached" | RUNTIME_INT8 | engine: milliseconds a frame}: medians, taken in turn."""
    quantized = scratch / "quantized.onnx"
    subprocess.run(module_command("baseline.quantized", model, quantized), check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    runtime = {"cached": model, RUNTIME_INT8: quantized}
    found = {name: [] for name in (*runtime, *ENGINES)}
    for _ in range(repeats * TURNS):
        for name, file in runtime.items():
            found[name].append(float(output_of_module("baseline.network_alone", file, "--threads", threads, "--seconds",
                                                      SECONDS)))
        for name in ENGINES:
            found[name].append(engine_ms(mouthpiece, model, name, threads))
    return {name: statistics.median(values) for name, values in found.items() if None not in values}

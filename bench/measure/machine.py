"""What the measurements ran on, and how fast it moves bytes and multiplies."""

import importlib.metadata
import os
import pathlib
import platform
import subprocess
import sys
import time

import cv2
import numpy as np
import openvino

SIDE = 2048  # of the multiplied matrices


def output_of(command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def ffmpeg_version():
    try:
        return output_of(["ffmpeg", "-version"]).split()[2]
    except (OSError, subprocess.CalledProcessError):
        return "not found"


def describe(mouthpiece):
    """CPU model, cores and instruction sets that matter here, memory, kernel, load, versions."""
    model, flags = platform.processor(), set()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            model = value.strip()
        elif key.strip() == "flags":
            flags = set(value.split())
    wanted = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16", "amx_int8")
    return {"cpu": model, "cores": len(os.sched_getaffinity(0)), "instructions": [f for f in wanted if f in flags],
            "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), "kernel": platform.release(),
            "load_before": round(os.getloadavg()[0], 2),
            "versions": {"mouthpiece": output_of([str(mouthpiece), "--version"]).split()[-1],
                         "OpenCV": cv2.__version__, "ONNX Runtime": importlib.metadata.version("onnxruntime"),
                         "OpenVINO": openvino.__version__.split("-")[0], "NumPy": np.__version__,
                         "FFmpeg": ffmpeg_version(),
                         "Python": platform.python_version()}}


def memory_bandwidth(size=256 << 20, copies=5):
    """Bytes a second that one thread reads and writes while it copies `size` bytes: the best of
    several copies."""
    source = np.ones(size, np.uint8)
    target = np.empty_like(source)
    best = float("inf")
    for _ in range(copies):
        started = time.perf_counter()
        np.copyto(target, source)
        best = min(best, time.perf_counter() - started)
    return 2 * source.nbytes / best


def best_rate(multiply, repetitions=8):
    """Multiply-accumulates a second of a product of two SIDE x SIDE matrices: the best of several."""
    multiply()
    best = float("inf")
    for _ in range(repetitions):
        started = time.perf_counter()
        multiply()
        best = min(best, time.perf_counter() - started)
    return SIDE**3 / best


def numpy_rate():
    a, b = (np.random.default_rng(seed).random((SIDE, SIDE), np.float32) for seed in (1, 2))
    out = np.empty_like(a)
    return best_rate(lambda: np.matmul(a, b, out=out))


def openvino_rate(precision, threads):
    """The same in OpenVINO, whose kernels know more instructions than NumPy's."""
    ops = openvino.opset13
    a, b = (np.random.default_rng(seed).random((SIDE, SIDE), np.float32) for seed in (1, 2))
    left = ops.parameter([SIDE, SIDE], np.float32)
    # One small output: converting a whole matrix back to f32 would be timed as well.
    product = ops.reduce_max(ops.matmul(left, ops.constant(b), False, False), np.array([0, 1]), True)
    compiled = openvino.Core().compile_model(openvino.Model([product], [left]), "CPU", {
        "INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1,
        "ENABLE_CPU_PINNING": False})
    request = compiled.create_infer_request()
    request.set_tensor(compiled.inputs[0], openvino.Tensor(a, shared_memory=True))
    return best_rate(request.infer)


def peak_rates(threads, with_bf16):
    """Multiply-accumulates a second on `threads` threads by precision. For f32, the better of NumPy
    and OpenVINO; NumPy reads its number of threads when it starts, so it runs in its own process."""
    code = f"import sys; sys.path.insert(0, {str(pathlib.Path(__file__).resolve().parent.parent)!r}); " \
           "from measure import machine; print(machine.numpy_rate())"
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": str(threads)}
    numpy = float(subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True,
                                 check=True).stdout)
    rates = {"f32": max(numpy, openvino_rate("f32", threads))}
    if with_bf16:
        rates["bf16"] = openvino_rate("bf16", threads)
    return rates

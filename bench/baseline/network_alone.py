"""A network in ONNX Runtime with nothing else beside it: milliseconds a frame on standard output.
Run from bench/: python -m baseline.network_alone"""

import argparse
import pathlib
import time

import numpy as np

from baseline.pipelines import open_session


def runtime_ms(model, threads, seconds):
    """Milliseconds a frame, batch 1, over at least `seconds`."""
    session, visual, audio, audio_shape, _ = open_session(model, threads)
    side = next(port for port in session.get_inputs() if port.name == visual).shape[2]
    random = np.random.default_rng(328)
    inputs = {visual: random.random((1, 6, side, side), np.float32), audio: np.full((1, *audio_shape), 0.5, np.float32)}
    for _ in range(3):
        session.run(None, inputs)
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        session.run(None, inputs)
        count += 1
    return 1000 * (time.perf_counter() - started) / count


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=2)
    arguments = parser.parse_args()
    print(runtime_ms(arguments.model, arguments.threads, arguments.seconds))


if __name__ == "__main__":
    main()

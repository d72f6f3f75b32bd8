#!/usr/bin/env python3
"""What two Ray workers of one core each make of a job, against one worker: the share of twice the speed that
is reached. 1.00 is no overhead. Needs the Python package with its extra `ray`."""

import argparse
import pathlib
import tempfile
import time


def seconds(render, avatar, frames, shards, workers, folder):
    started = time.monotonic()
    render({"avatar": avatar, "out": folder / "x.mp4", "frames": (0, frames), "overwrite": True}, workers=workers,
           num_cpus=1, shards=shards)
    return time.monotonic() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("avatar", type=pathlib.Path)
    parser.add_argument("--frames", type=int, default=4000)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3, help="of one worker and two in turn")
    arguments = parser.parse_args()
    import ray

    import mouthpiece.ray  # not before --help is answered: few environments have it
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    times = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(arguments.rounds):
            for workers, measured in times.items():
                measured.append(seconds(mouthpiece.ray.render, arguments.avatar, arguments.frames, arguments.shards,
                                        workers, pathlib.Path(folder)))
                print(f"{workers} worker(s): {measured[-1]:.1f} s, {arguments.frames / measured[-1]:.1f} fps", flush=True)
    one, two = (min(times[workers]) for workers in (1, 2))
    print(f"least: {one:.1f} s and {two:.1f} s; two workers reach {one / (2 * two):.2f} of twice the speed of one")


if __name__ == "__main__":
    main()

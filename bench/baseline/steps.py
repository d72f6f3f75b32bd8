"""The Python composites taken apart into the steps of the compositing analysis, each timed alone.

A run of its own, so that the clocks slow no pipeline down; no network runs. Every composite is
first made by the pipelines' own function and must come out the same. Run from bench/:
python -m baseline.steps
"""

import argparse
import contextlib
import json
import pathlib
import statistics
import tempfile
import time

import cv2
import numpy as np

from baseline import package as packages
from baseline.pipelines import composite, paste_mouth, to_eight_bits
from baseline.sources import CachedSource, SlowSource


class Clock:
    """Wall and CPU milliseconds by step and frame; CPU of this thread, which is all that computes
    where OpenCV and the decoders have one thread."""

    def __init__(self):
        self.frames = []

    def next_frame(self):
        self.frames.append({})

    @contextlib.contextmanager
    def step(self, name):
        wall, cpu = time.perf_counter(), time.thread_time()
        yield
        cpu, wall = time.thread_time() - cpu, time.perf_counter() - wall
        entry = self.frames[-1].setdefault(name, [0.0, 0.0])
        entry[0] += 1000 * wall
        entry[1] += 1000 * cpu

    def medians(self):
        return {name: {"ms": statistics.median(frame[name][0] for frame in self.frames),
                       "cpu_ms": statistics.median(frame[name][1] for frame in self.frames)}
                for name in self.frames[0]}


def read_from_disk(clock, package, name, index, skip):
    with clock.step(f"open {name}"):
        pictures = packages.open_pictures(package, name, threads=1)
    with clock.step(f"seek {name}"):
        if skip:
            pictures.skip(index)
        else:
            pictures.seek(index)
    with clock.step(f"read {name}"):
        picture = pictures.read()
    with clock.step("cleanup"):
        pictures.close()
    return picture


def resize_and_paste(clock, crop, frame, mouth, rectangle):
    x1, y1, x2, y2 = rectangle
    with clock.step("composite"):
        paste_mouth(crop, mouth)
    with clock.step("resize"):
        face = cv2.resize(crop, (x2 - x1, y2 - y1))
    with clock.step("composite"):
        frame[y1:y2, x1:x2] = face
    return frame


def slow_composite(clock, package, index, mouth, skip):
    crop = read_from_disk(clock, package, "crops_328", index, skip)
    frame = read_from_disk(clock, package, "full_body", index, skip)
    with clock.step("load json"):
        text = packages.rectangles_path(package).read_text(encoding="utf-8")
    with clock.step("parse json"):
        rectangle = packages.parse_rectangles(text)[str(index)]
    return resize_and_paste(clock, crop, frame, mouth, rectangle)


def cached_composite(clock, source, index, mouth):
    with clock.step("lookup crop"):
        crop = source.picture("crops_328", index)
    with clock.step("lookup frame"):
        frame = source.picture("full_body", index)
    with clock.step("lookup rectangle"):
        rectangle = source.rectangle(index)
    with clock.step("copy"):
        crop, frame = crop.copy(), frame.copy()
    return resize_and_paste(clock, crop, frame, mouth, rectangle)


def mouths_of(source, indices):
    """Predictions to composite: the faces that were there, as the network would give them."""
    return [np.ascontiguousarray(source.picture("rois_320", index).transpose(2, 0, 1), np.float32) / np.float32(255)
            for index in indices]


def measure(arguments):
    """{"slow, skipping" | "slow, seeking" | "cached": {step: median over the frames}}"""
    begin, end = arguments.frames
    cached = CachedSource(arguments.package, 1, end)
    indices = range(begin, min(end, cached.count), arguments.stride)
    predictions = mouths_of(cached, indices)
    sources = {"skipping": SlowSource(arguments.package, 1, skip=True),
               "seeking": SlowSource(arguments.package, 1)}
    clocks = {"slow, skipping": Clock(), "slow, seeking": Clock(), "cached": Clock()}
    with tempfile.TemporaryDirectory() as folder:
        for place, (index, prediction) in enumerate(zip(indices, predictions)):
            for how, clock in clocks.items():
                clock.next_frame()
                with clock.step("convert"):
                    mouth = to_eight_bits(prediction)
                if how == "cached":
                    frame = cached_composite(clock, cached, index, mouth)
                else:
                    frame = slow_composite(clock, arguments.package, index, mouth, how == "slow, skipping")
                source = cached if how == "cached" else sources[how.removeprefix("slow, ")]
                if place < 2 and not np.array_equal(frame, composite(source, index, mouth)):
                    raise SystemExit(f"{how}, frame {index}: the steps do not make the pipeline's picture")
            with clock.step("save"):
                cv2.imwrite(f"{folder}/{index:05d}.jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 95])
    return {"frames": len(indices), **{how: clock.medians() for how, clock in clocks.items()}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=pathlib.Path)
    parser.add_argument("--frames", type=packages.frame_range, default=(0, 100), metavar="A:B",
                        help="how far into the videos; the analysis had 100 frames")
    parser.add_argument("--stride", type=int, default=1, help="measure every so many frames")
    parser.add_argument("--stats", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    arguments.stats.write_text(json.dumps(measure(arguments)) + "\n")


if __name__ == "__main__":
    main()

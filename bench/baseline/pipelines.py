"""The field's two Python pipelines, to measure mouthpiece against: OpenCV, NumPy, ONNX Runtime.

  slow    opens the videos, seeks and parses the rectangles anew for every frame
  cached  holds every picture of the package in memory and only computes

Both composite by the same rule. Writes the wall time of each stage as JSON. Run from bench/:
python -m baseline.pipelines
"""

import argparse
import contextlib
import json
import pathlib
import time

import cv2
import numpy as np
import onnxruntime

from baseline import package as packages
from baseline.sources import CachedSource, SlowSource
from baseline.writers import open_writer


class Stages:
    """Wall seconds by stage."""

    def __init__(self):
        self.seconds = {}

    @contextlib.contextmanager
    def measure(self, name):
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


def open_session(model, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    visual = next(i for i in session.get_inputs() if len(i.shape) == 4 and i.shape[1] == 6)
    audio = next(i for i in session.get_inputs() if i.name != visual.name)
    return session, visual.name, audio.name, tuple(audio.shape[1:]), visual.shape[0] == 1


def audio_window(features, frame, shape):
    """Sixteen rows around the frame, zeros outside."""
    window = np.zeros((16, features.shape[1]), np.float32)
    begin, end = max(frame - 8, 0), min(frame + 8, len(features))
    if begin < end:
        window[begin - (frame - 8):end - (frame - 8)] = features[begin:end]
    return window.reshape(shape)


def prepare(source, indices, frames, features, audio_shape):
    """The batch's visual and audio inputs."""
    height, width = source.picture("rois_320", indices[0]).shape[:2]
    visual = np.empty((len(indices), 6, height, width), np.float32)
    audio = np.empty((len(indices), *audio_shape), np.float32)
    for i, (index, frame) in enumerate(zip(indices, frames)):
        roi = source.picture("rois_320", index)
        masked = source.picture("model_inputs", index)
        visual[i, :3] = roi.transpose(2, 0, 1).astype(np.float32) / 255.0
        visual[i, 3:] = masked.transpose(2, 0, 1).astype(np.float32) / 255.0
        audio[i] = audio_window(features, frame, audio_shape)
    return visual, audio


def to_eight_bits(prediction):
    """B, G, R planes in [0, 1] -> an 8-bit picture."""
    return (prediction.transpose(1, 2, 0) * 255).astype(np.uint8)


def paste_mouth(crop, mouth):
    margin = (crop.shape[0] - mouth.shape[0]) // 2
    crop[margin:margin + mouth.shape[0], margin:margin + mouth.shape[1]] = mouth


def composite(source, index, mouth):
    """The full frame with the mouth pasted in."""
    crop = source.copy("crops_328", index)
    paste_mouth(crop, mouth)
    x1, y1, x2, y2 = source.rectangle(index)
    frame = source.copy("full_body", index)
    frame[y1:y2, x1:x2] = cv2.resize(crop, (x2 - x1, y2 - y1))
    return frame


def peak_resident_bytes():
    """Of this process alone: getrusage's figure would start at what its parent held."""
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def run(arguments):
    cv2.setNumThreads(arguments.threads)
    stages = Stages()
    features = packages.read_features(arguments.features or packages.features_path(arguments.package))
    begin, end = arguments.frames or (0, len(features))
    with stages.measure("preload"):
        if arguments.pipeline == "slow":
            source = SlowSource(arguments.package, arguments.threads, arguments.skip)
        else:
            source = CachedSource(arguments.package, arguments.threads, end if arguments.needed_only else None)
    model = arguments.generator or packages.model_path(arguments.package)
    session, visual_name, audio_name, audio_shape, fixed = open_session(model, arguments.threads)
    batch = 1 if fixed else arguments.batch
    height, width = source.picture("full_body", 0).shape[:2]
    writer = open_writer(arguments, (width, height))

    started = time.perf_counter()
    for first in range(begin, end, batch):
        frames = range(first, min(first + batch, end))
        indices = [packages.ping_pong(frame, source.count) for frame in frames]
        with stages.measure("prepare"):
            visual, audio = prepare(source, indices, frames, features, audio_shape)
        with stages.measure("infer"):
            predictions = session.run(None, {visual_name: visual, audio_name: audio})[0]
        for frame, index, prediction in zip(frames, indices, predictions):
            with stages.measure("convert"):
                mouth = to_eight_bits(prediction)
            with stages.measure("composite"):
                picture = composite(source, index, mouth)
            with stages.measure("save"):
                writer.write(frame, picture)
    with stages.measure("save"):
        writer.close()
    wall = time.perf_counter() - started

    count = end - begin
    preload = stages.seconds.pop("preload")
    memory = {"peak_rss_bytes": peak_resident_bytes()}
    if arguments.pipeline == "cached":
        memory.update(frame_store_bytes=source.bytes(), bytes_per_frame=source.bytes_per_frame())
    return {"schema": "mouthpiece.python_pipeline/1", "pipeline": arguments.pipeline, "frames": count, "wall_s": wall,
            "fps": count / wall, "preload": {"wall_s": preload},
            "stages": {name: {"ms_per_frame": 1000 * seconds / count} for name, seconds in stages.seconds.items()},
            "memory": memory,
            "config": {"batch": batch, "threads": arguments.threads, "loaded_frames": source.loaded_frames,
                       "engine": f"ONNX Runtime {onnxruntime.__version__} CPU f32", "opencv": cv2.__version__}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pipeline", choices=["slow", "cached"])
    parser.add_argument("package", type=pathlib.Path)
    parser.add_argument("-o", "--output", default="null", help="null, a folder for pictures, or a video file")
    parser.add_argument("--generator", type=pathlib.Path, help="default: the package's own")
    parser.add_argument("--features", type=pathlib.Path, help="default: the package's own")
    parser.add_argument("--frames", type=packages.frame_range, metavar="A:B")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--skip", action="store_true",
                        help="slow: reach a frame by reading all before it, as the analysis's listing does, "
                             "instead of OpenCV's seek")
    parser.add_argument("--needed-only", action="store_true",
                        help="cached: load no picture past the last wanted frame")
    parser.add_argument("--writer", choices=["jpg", "png", "cv2", "ffmpeg"], default="ffmpeg",
                        help="jpg or png for a folder; cv2 (mp4v) or ffmpeg (libx264) for a video file")
    parser.add_argument("--quality", type=int, default=95)
    parser.add_argument("--preset", default="veryfast")
    parser.add_argument("--crf", type=int, default=23)
    parser.add_argument("--stats", type=pathlib.Path, help="where the JSON goes; default: standard output")
    arguments = parser.parse_args()
    document = json.dumps(run(arguments), indent=2)
    if arguments.stats:
        arguments.stats.write_text(document + "\n")
    else:
        print(document)


if __name__ == "__main__":
    main()

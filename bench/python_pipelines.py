#!/usr/bin/env python3
"""The field's two Python pipelines, to measure mouthpiece against: OpenCV, NumPy, ONNX Runtime.

  slow    opens the videos, seeks and parses the rectangles anew for every frame
  cached  holds every picture of the package in memory and only computes

Both composite by the same rule. Writes the wall time of each stage as JSON.
"""

import argparse
import contextlib
import json
import pathlib
import subprocess
import time

import cv2
import numpy as np
import onnxruntime

SEQUENCES = ("full_body", "crops_328", "rois_320", "model_inputs")
CROP, MARGIN = 328, 4


class Stages:
    """Wall seconds by stage."""

    def __init__(self):
        self.seconds = {}

    @contextlib.contextmanager
    def measure(self, name):
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


def read_rectangles(package):
    with open(package / "cache" / "crop_rectangles.json", encoding="utf-8") as file:
        document = json.load(file)
    if isinstance(document, list):
        return {str(i): rect for i, rect in enumerate(document)}
    return {key: value["rect"] for key, value in document.items()}


def video_path(package, name):
    return str(package / f"{name}_video.mp4")


class SlowSource:
    """Every picture from the disk, every time."""

    def __init__(self, package, skip):
        self.package, self.skip = package, skip
        capture = cv2.VideoCapture(video_path(package, "full_body"))
        self.count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        capture.release()
        self.count = min(self.count, len(read_rectangles(package)))

    def picture(self, name, index):
        capture = cv2.VideoCapture(video_path(self.package, name))
        if self.skip:
            for _ in range(index):
                capture.read()
        else:
            capture.set(cv2.CAP_PROP_POS_FRAMES, index)
        good, picture = capture.read()
        capture.release()
        if not good:
            raise SystemExit(f"{name}: frame {index} cannot be read")
        return picture

    def rectangle(self, index):
        return read_rectangles(self.package)[str(index)]


class CachedSource:
    """Everything in memory, as decoded to B, G, R."""

    def __init__(self, package):
        self.pictures = {}
        for name in SEQUENCES:
            capture = cv2.VideoCapture(video_path(package, name))
            frames = []
            while True:
                good, picture = capture.read()
                if not good:
                    break
                frames.append(picture)
            capture.release()
            self.pictures[name] = frames
        self.rectangles = read_rectangles(package)
        self.count = min(len(self.rectangles), *(len(frames) for frames in self.pictures.values()))

    def picture(self, name, index):
        return self.pictures[name][index]

    def rectangle(self, index):
        return self.rectangles[str(index)]


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
    visual = np.empty((len(indices), 6, 320, 320), np.float32)
    audio = np.empty((len(indices), *audio_shape), np.float32)
    for i, (index, frame) in enumerate(zip(indices, frames)):
        roi = source.picture("rois_320", index)
        masked = source.picture("model_inputs", index)
        visual[i, :3] = roi.transpose(2, 0, 1).astype(np.float32) / 255.0
        visual[i, 3:] = masked.transpose(2, 0, 1).astype(np.float32) / 255.0
        audio[i] = audio_window(features, frame, audio_shape)
    return visual, audio


def composite(source, index, mouth):
    """The full frame with the mouth pasted in."""
    crop = source.picture("crops_328", index).copy()
    crop[MARGIN:CROP - MARGIN, MARGIN:CROP - MARGIN] = mouth
    x1, y1, x2, y2 = source.rectangle(index)
    frame = source.picture("full_body", index).copy()
    frame[y1:y2, x1:x2] = cv2.resize(crop, (x2 - x1, y2 - y1))
    return frame


class NullWriter:
    def write(self, index, frame):
        pass

    def close(self):
        pass


class JpegWriter:
    def __init__(self, folder, quality):
        self.folder, self.quality = folder, quality
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, index, frame):
        cv2.imwrite(str(self.folder / f"{index:05d}.jpg"), frame, [cv2.IMWRITE_JPEG_QUALITY, self.quality])

    def close(self):
        pass


class PngWriter(JpegWriter):
    def write(self, index, frame):
        cv2.imwrite(str(self.folder / f"{index:05d}.png"), frame)


class Cv2VideoWriter:
    """OpenCV's own encoder: its wheels carry no libx264, so this is MPEG-4 part 2."""

    def __init__(self, path, size):
        self.writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 25, size)

    def write(self, index, frame):
        self.writer.write(frame)

    def close(self):
        self.writer.release()


class FfmpegWriter:
    """B, G, R frames through a pipe to the ffmpeg program."""

    def __init__(self, path, size, preset, crf, threads):
        self.process = subprocess.Popen(
            ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{size[0]}x{size[1]}",
             "-r", "25", "-i", "-", "-c:v", "libx264", "-preset", preset, "-crf", str(crf), "-pix_fmt", "yuv420p",
             "-threads", str(threads), str(path)], stdin=subprocess.PIPE)

    def write(self, index, frame):
        self.process.stdin.write(frame)

    def close(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise SystemExit("ffmpeg failed")


def open_writer(arguments, size):
    if arguments.output == "null":
        return NullWriter()
    path = pathlib.Path(arguments.output)
    if path.suffix == "":
        return (PngWriter if arguments.writer == "png" else JpegWriter)(path, arguments.quality)
    if arguments.writer == "cv2":
        return Cv2VideoWriter(path, size)
    return FfmpegWriter(path, size, arguments.preset, arguments.crf, arguments.threads)


def peak_resident_bytes():
    """Of this process alone: getrusage's figure would start at what its parent held."""
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def ping_pong(index, count):
    period = max(2 * (count - 1), 1)
    phase = index % period
    return phase if phase < count else period - phase


def run(arguments):
    cv2.setNumThreads(arguments.threads)
    stages = Stages()
    with stages.measure("preload"):
        if arguments.pipeline == "slow":
            source = SlowSource(arguments.package, arguments.skip)
        else:
            source = CachedSource(arguments.package)
    features = np.load(arguments.features or arguments.package / "aud_ave.npy")
    features = features.reshape(len(features), -1)
    model = arguments.generator or arguments.package / "checkpoint" / "model_best.onnx"
    session, visual_name, audio_name, audio_shape, fixed = open_session(model, arguments.threads)
    batch = 1 if fixed else arguments.batch
    begin, end = arguments.frames or (0, len(features))
    height, width = source.picture("full_body", 0).shape[:2]
    writer = open_writer(arguments, (width, height))

    started = time.perf_counter()
    for first in range(begin, end, batch):
        frames = range(first, min(first + batch, end))
        indices = [ping_pong(frame, source.count) for frame in frames]
        with stages.measure("prepare"):
            visual, audio = prepare(source, indices, frames, features, audio_shape)
        with stages.measure("infer"):
            predictions = session.run(None, {visual_name: visual, audio_name: audio})[0]
        for frame, index, prediction in zip(frames, indices, predictions):
            with stages.measure("convert"):
                mouth = (prediction.transpose(1, 2, 0) * 255).astype(np.uint8)
            with stages.measure("composite"):
                picture = composite(source, index, mouth)
            with stages.measure("save"):
                writer.write(frame, picture)
    with stages.measure("save"):
        writer.close()
    wall = time.perf_counter() - started

    count = end - begin
    preload = stages.seconds.pop("preload")
    return {"schema": "mouthpiece.python_pipeline/1", "pipeline": arguments.pipeline, "frames": count, "wall_s": wall,
            "fps": count / wall, "preload": {"wall_s": preload},
            "stages": {name: {"ms_per_frame": 1000 * seconds / count} for name, seconds in stages.seconds.items()},
            "memory": {"peak_rss_bytes": peak_resident_bytes()},
            "config": {"batch": batch, "threads": arguments.threads, "output": arguments.output,
                       "engine": f"ONNX Runtime {onnxruntime.__version__} CPU f32", "opencv": cv2.__version__}}


def frame_range(text):
    begin, end = (int(number) for number in text.split(":"))
    if not 0 <= begin < end:
        raise ValueError(text)
    return begin, end


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pipeline", choices=["slow", "cached"])
    parser.add_argument("package", type=pathlib.Path)
    parser.add_argument("-o", "--output", default="null", help="null, a folder for pictures, or a video file")
    parser.add_argument("--generator", type=pathlib.Path, help="default: the package's own")
    parser.add_argument("--features", type=pathlib.Path, help="default: the package's own")
    parser.add_argument("--frames", type=frame_range, metavar="A:B")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--skip", action="store_true",
                        help="slow: reach a frame by reading all before it, as the analysis's listing does, "
                             "instead of OpenCV's seek")
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

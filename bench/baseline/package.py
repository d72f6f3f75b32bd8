"""An avatar package as a Python user reads it: OpenCV for the pictures, json for the rectangles."""

import json
import pathlib
import re

import cv2
import numpy as np
import onnx

# Each sequence is a video or a folder of 1.jpg, 2.jpg, ...
SEQUENCES = {"full_body": "full_body_img", "crops_328": "crops_328", "rois_320": "rois_320",
             "model_inputs": "model_inputs"}
MODELS = ("checkpoint/model_best.onnx", "models/generator.onnx")


def rectangles_path(package):
    return package / "cache" / "crop_rectangles.json"


def parse_rectangles(text):
    """{"frame number": [x1, y1, x2, y2]}"""
    document = json.loads(text)
    if isinstance(document, list):
        return {str(i): rect for i, rect in enumerate(document)}
    return {key: value["rect"] for key, value in document.items()}


def read_rectangles(package):
    return parse_rectangles(rectangles_path(package).read_text(encoding="utf-8"))


def model_path(package):
    for name in MODELS:
        if (package / name).is_file():
            return package / name
    raise SystemExit(f"{package}: no {' or '.join(MODELS)}")


def model_signature(path):
    """The shape of the audio input without the batch, the side of the pictures, and the batch:
    "batch" where any will do."""
    graph = onnx.load(str(path), load_external_data=False).graph
    weights = {tensor.name for tensor in graph.initializer}
    inputs = [value.type.tensor_type.shape.dim for value in graph.input if value.name not in weights]
    visual = next(dims for dims in inputs if len(dims) == 4 and dims[1].dim_value == 6)
    audio = next(dims for dims in inputs if dims is not visual)
    return tuple(dim.dim_value for dim in audio[1:]), visual[2].dim_value or 320, visual[0].dim_value or "batch"


def read_features(path):
    """[frames, values] float32 from a .npy file or a bare .bin of rows of 512 values, or of the
    size that a .bin.json beside it gives."""
    if path.suffix == ".npy":
        features = np.load(path)
    else:
        features = np.fromfile(path, "<f4")
        shape = pathlib.Path(f"{path}.json")
        size = json.loads(shape.read_text()).get("feature_size", 512) if shape.is_file() else 512
        features = features.reshape(-1, size)
    return features.reshape(len(features), -1)


def features_path(package):
    return next((path for path in (package / "aud_ave.npy", package / "aud_ave.bin") if path.is_file()),
                package / "aud_ave.npy")


class VideoPictures:
    """A video opened for reading. Threads as many as the pipeline may use, as OpenCV takes by itself
    when it may use all."""

    def __init__(self, path, threads):
        self.capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, threads])
        self.path = path

    def count(self):
        return int(self.capture.get(cv2.CAP_PROP_FRAME_COUNT))

    def seek(self, index):
        self.capture.set(cv2.CAP_PROP_POS_FRAMES, index)

    def skip(self, count):
        for _ in range(count):
            self.capture.read()

    def read(self):
        """The next picture; None after the last."""
        good, picture = self.capture.read()
        return picture if good else None

    def close(self):
        self.capture.release()


class FolderPictures:
    """A folder of numbered pictures, read like a video."""

    def __init__(self, folder):
        found = [path for path in folder.iterdir() if re.fullmatch(r"\d+\.(jpg|jpeg|png)", path.name)]
        self.files = sorted(found, key=lambda path: int(path.stem))
        self.at = 0

    def count(self):
        return len(self.files)

    def seek(self, index):
        self.at = index

    def skip(self, count):
        self.at += count

    def read(self):
        if self.at >= len(self.files):
            return None
        self.at += 1
        return cv2.imread(str(self.files[self.at - 1]))

    def close(self):
        pass


def open_pictures(package, name, threads):
    video = package / f"{name}_video.mp4"
    if video.is_file():
        return VideoPictures(video, threads)
    for folder in (package / SEQUENCES[name], package / "cache" / SEQUENCES[name]):
        if folder.is_dir():
            return FolderPictures(folder)
    raise SystemExit(f"{video}: is missing, and there is no folder {SEQUENCES[name]}")


def picture_count(package):
    """Frames that every sequence and the rectangles have, by the containers' word."""
    counts = [len(read_rectangles(package))]
    for name in SEQUENCES:
        pictures = open_pictures(package, name, 1)
        counts.append(pictures.count())
        pictures.close()
    return min(counts)


def ping_pong(index, count):
    period = max(2 * (count - 1), 1)
    phase = index % period
    return phase if phase < count else period - phase


def frame_range(text):
    """"A:B", as a command line gives it."""
    begin, end = (int(number) for number in text.split(":"))
    if not 0 <= begin < end:
        raise ValueError(text)
    return begin, end

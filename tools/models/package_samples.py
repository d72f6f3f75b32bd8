#!/usr/bin/env python3
"""Reads from an avatar package what its generator is given: pictures and windows of audio features.

As a program: writes them as a .npz file, `pictures` [n, 6, side, side] in 0 to 1 and `audio` [n, ...].
"""

import argparse
import json
import pathlib

import cv2
import numpy as np
import onnx


def find_generator(package):
    """The file that onnx_dist_config.json names, else the usual places."""
    config = package / "onnx_dist_config.json"
    entry = json.loads(config.read_text(encoding="utf-8")).get("generator", {}) if config.exists() else {}
    if "file" in entry and entry.get("included", True):
        return package / entry["file"]
    for place in ("checkpoint/model_best.onnx", "models/generator.onnx"):
        if (package / place).exists():
            return package / place
    raise SystemExit(f"{package}: has no generator (checkpoint/model_best.onnx or models/generator.onnx)")


def audio_shape(generator):
    """Of the input that is not the pictures, without the batch."""
    graph = onnx.load(generator, load_external_data=False).graph
    weights = {tensor.name for tensor in graph.initializer}
    shapes = [[d.dim_value for d in port.type.tensor_type.shape.dim] for port in graph.input
              if port.name not in weights]
    return next(shape[1:] for shape in shapes if shape[1] != 6)


def load_features(path):
    """[T, row] float32 from a .npy file, or from a .bin file with or without its .bin.json."""
    if path.suffix == ".npy":
        features = np.load(path, allow_pickle=False)
        return features.reshape(len(features), -1).astype(np.float32)
    description = pathlib.Path(f"{path}.json")
    row = json.loads(description.read_text(encoding="utf-8")).get("feature_size", 512) if description.exists() else 512
    return np.fromfile(path, "<f4").reshape(-1, row)


def package_features(package):
    for name in ("aud_ave.npy", "aud_ave.bin"):
        if (package / name).exists():
            return load_features(package / name)
    raise SystemExit(f"{package}: has no features (aud_ave.npy or aud_ave.bin)")


def audio_window(features, frame, shape):
    """Rows [frame - half, frame + half) in row order, zeros outside the table."""
    half = int(np.prod(shape)) // features.shape[1] // 2
    window = np.zeros((2 * half, features.shape[1]), np.float32)
    begin, end = max(frame - half, 0), min(frame + half, len(features))
    if begin < end:
        window[begin - frame + half:end - frame + half] = features[begin:end]
    return window.reshape(shape)


def _open_video(path):
    capture = cv2.VideoCapture(str(path))
    if not capture.isOpened():
        raise SystemExit(f"{path}: not a readable video")
    return capture


def _image_files(package, name):
    for folder in (package / name, package / "cache" / name):
        if folder.is_dir():
            files = {int(path.stem): path for path in folder.iterdir() if path.stem.isdigit()}
            return [files[number] for number in range(1, len(files) + 1)]
    raise SystemExit(f"{package}: has neither {name}_video.mp4 nor {name}/")


def count_pictures(package, name):
    """Pictures of one sequence, counted by reading them: a container's header may be wrong."""
    video = package / f"{name}_video.mp4"
    if not video.exists():
        return len(_image_files(package, name))
    capture, count = _open_video(video), 0
    while capture.grab():
        count += 1
    capture.release()
    return count


def read_pictures(package, name, indices):
    """{index: picture as [3, height, width] in the order B, G, R}, of one of the package's sequences."""
    pictures, wanted = {}, set(indices)
    video = package / f"{name}_video.mp4"
    if not video.exists():
        files = _image_files(package, name)
        return {index: cv2.imread(str(files[index])).transpose(2, 0, 1) for index in wanted}
    capture = _open_video(video)
    for index in range(max(wanted) + 1):
        if not capture.grab():
            raise SystemExit(f"{video}: frame {index} cannot be read")
        if index in wanted:
            pictures[index] = np.ascontiguousarray(capture.retrieve()[1].transpose(2, 0, 1))
    capture.release()
    return pictures


class Samples:
    """The generator's inputs for some frames of a package. Pictures are kept as bytes."""

    def __init__(self, package, indices, audio_shape):
        self.indices, self.audio_shape = list(indices), tuple(audio_shape)
        self.rois = read_pictures(package, "rois_320", indices)
        self.masked = read_pictures(package, "model_inputs", indices)
        self.features = package_features(package)
        if np.prod(audio_shape) % (2 * self.features.shape[1]) != 0:
            raise SystemExit(f"{package}: an audio input of {'x'.join(map(str, audio_shape))} is no even number of "
                             f"feature rows of {self.features.shape[1]} values")

    def at(self, index):
        """(pictures [6, side, side] in 0 to 1, audio window) of one of the frames."""
        pictures = np.concatenate([self.rois[index], self.masked[index]]).astype(np.float32) / np.float32(255)
        return pictures, audio_window(self.features, index, self.audio_shape)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path, help="the .npz file to write")
    parser.add_argument("--frames", type=int, nargs="+", help="default: all")
    arguments = parser.parse_args()
    frames = arguments.frames or range(count_pictures(arguments.package, "rois_320"))
    samples = Samples(arguments.package, frames, audio_shape(find_generator(arguments.package)))
    pictures, audio = zip(*(samples.at(frame) for frame in samples.indices))
    np.savez(arguments.output, pictures=np.stack(pictures), audio=np.stack(audio))


if __name__ == "__main__":
    main()

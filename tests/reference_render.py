#!/usr/bin/env python3
"""The independent truth: renders an avatar package as the field's Python code does, with OpenCV
and OpenVINO, one frame at a time, slowly and plainly. It shares no code with the engine.

As a program it writes the composited frames as PNG pictures.
"""

import argparse
import json
import pathlib

import cv2
import numpy as np
import openvino


def open_pictures(package, name):
    """Yields the pictures of one sequence as B, G, R: a video's frames, or N.jpg / N.png from 1 on."""
    video = package / f"{name}_video.mp4"
    if video.exists():
        capture = cv2.VideoCapture(str(video))
        while True:
            good, picture = capture.read()
            if not good:
                break
            yield picture
        capture.release()
        return
    folder = package / (name + "_img" if name == "full_body" else name)
    files = {int(path.stem): path for path in folder.iterdir()}
    for number in range(1, len(files) + 1):
        yield cv2.imread(str(files[number]))


def load_rectangles(package):
    document = json.loads((package / "cache" / "crop_rectangles.json").read_text())
    if isinstance(document, list):
        return [tuple(rect) for rect in document]
    return [tuple(document[str(i)]["rect"]) for i in range(len(document))]


def load_features(path):
    """[T, row] float32 from a .npy file, or from a .bin file with or without its .bin.json."""
    if path.suffix == ".npy":
        features = np.load(path)
        return features.reshape(len(features), -1).astype(np.float32)
    description = pathlib.Path(f"{path}.json")
    row = json.loads(description.read_text())["feature_size"] if description.exists() else 512
    return np.fromfile(path, "<f4").reshape(-1, row)


def package_features(package):
    return next(p for p in (package / "aud_ave.npy", package / "aud_ave.bin") if p.exists())


def package_generator(package):
    return next(p for p in (package / "checkpoint" / "model_best.onnx", package / "models" / "generator.onnx")
                if p.exists())


def source_index(output_index, count, loop):
    """Which of `count` avatar frames an output frame shows."""
    if loop == "none":
        assert output_index < count
        return output_index
    if loop == "repeat" or count == 1:
        return output_index % count
    there_and_back = list(range(count)) + list(range(count - 2, 0, -1))
    return there_and_back[output_index % len(there_and_back)]


def audio_window(features, frame, shape, edge):
    """Rows [frame - half, frame + half) in row order, as the model's audio input."""
    half = int(np.prod(shape)) // features.shape[1] // 2
    rows = []
    for row in range(frame - half, frame + half):
        if 0 <= row < len(features):
            rows.append(features[row])
        elif edge:
            rows.append(features[0 if row < 0 else -1])
        else:
            rows.append(np.zeros_like(features[0]))
    return np.concatenate(rows).reshape(1, *shape)


class Generator:
    """The network in f32, one frame at a time."""

    def __init__(self, path, threads=0):
        core = openvino.Core()
        model = core.read_model(path)
        visual = next(i for i in model.inputs if i.partial_shape[1].to_string() == "6")
        audio = next(i for i in model.inputs if i is not visual and i.node != visual.node)
        self.audio_shape = tuple(int(audio.partial_shape[d].get_length()) for d in range(1, len(audio.partial_shape)))
        model.reshape({visual: [1, 6, *(visual.partial_shape[d].get_length() for d in (2, 3))],
                       audio: [1, *self.audio_shape]})
        self.visual_name, self.audio_name = visual.any_name, audio.any_name
        config = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
        if threads:
            config["INFERENCE_NUM_THREADS"] = threads
        self.model = core.compile_model(model, "CPU", config)

    def predict(self, roi, masked, window):
        """The mouth as an 8-bit B, G, R picture."""
        visual = np.concatenate([roi.transpose(2, 0, 1), masked.transpose(2, 0, 1)])[None].astype(np.float32) / 255.0
        output = self.model({self.visual_name: visual, self.audio_name: window})[0][0]
        return (output * 255).astype(np.uint8).transpose(1, 2, 0)


class Reference:
    """Renders any output frame of a package. Holds the three face sequences in memory."""

    def __init__(self, package, features=None, loop="pingpong", resample="linear", edge=False, threads=0):
        self.package = pathlib.Path(package)
        self.rois = list(open_pictures(self.package, "rois_320"))
        self.masked = list(open_pictures(self.package, "model_inputs"))
        self.crops = list(open_pictures(self.package, "crops_328"))
        self.rectangles = load_rectangles(self.package)
        self.features = load_features(pathlib.Path(features) if features else package_features(self.package))
        self.generator = Generator(package_generator(self.package), threads)
        self.count = min(len(self.rois), len(self.masked), len(self.crops), len(self.rectangles))
        self.loop, self.edge = loop, edge
        self.interpolation = {"linear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC}[resample]

    def patch(self, output_index):
        """(avatar frame, rectangle, B, G, R picture of the rectangle) of one output frame."""
        index = source_index(output_index, self.count, self.loop)
        window = audio_window(self.features, output_index, self.generator.audio_shape, self.edge)
        mouth = self.generator.predict(self.rois[index], self.masked[index], window)
        crop = self.crops[index].copy()
        margin = (crop.shape[0] - mouth.shape[0]) // 2
        crop[margin:margin + mouth.shape[0], margin:margin + mouth.shape[1]] = mouth
        x1, y1, x2, y2 = self.rectangles[index]
        return index, (x1, y1, x2, y2), cv2.resize(crop, (x2 - x1, y2 - y1), interpolation=self.interpolation)


def bgr_to_ycbcr(bgr):
    """BT.601 limited range in float, [H, W, 3] as Y, Cb, Cr of each pixel, not rounded."""
    b, g, r = (bgr[..., c].astype(np.float64) / 255 for c in range(3))
    y = 0.299 * r + 0.587 * g + 0.114 * b
    return np.stack([16 + 219 * y, 128 + 224 * (b - y) / 1.772, 128 + 224 * (r - y) / 1.402], axis=-1)


def patch_to_planes(bgr, rect):
    """The rectangle's 8-bit luma [h, w], and the Cb and Cr of every 2x2 block of the frame that
    touches it, each the mean over the block's pixels that lie in the rectangle."""
    x1, y1, x2, y2 = rect
    ycbcr = bgr_to_ycbcr(bgr)
    left, top = x1 // 2, y1 // 2
    shape = ((y2 + 1) // 2 - top, (x2 + 1) // 2 - left)
    sums, counts = np.zeros((*shape, 2)), np.zeros((*shape, 1))
    rows, columns = np.arange(y1, y2) // 2 - top, np.arange(x1, x2) // 2 - left
    np.add.at(sums, (rows[:, None], columns[None, :]), ycbcr[..., 1:])
    np.add.at(counts, (rows[:, None], columns[None, :]), 1)

    def to_bytes(values):
        return np.clip(np.rint(values), 0, 255).astype(np.uint8)

    chroma = to_bytes(sums / counts)
    return to_bytes(ycbcr[..., 0]), chroma[..., 0], chroma[..., 1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path, help="gets 00000.png, 00001.png, ...")
    parser.add_argument("--frames", type=int, help="default: one a feature row")
    parser.add_argument("--features", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    reference = Reference(arguments.package, arguments.features)
    bodies = list(open_pictures(arguments.package, "full_body"))
    for output_index in range(arguments.frames or len(reference.features)):
        index, (x1, y1, x2, y2), patch = reference.patch(output_index)
        frame = bodies[index].copy()
        frame[y1:y2, x1:x2] = patch
        cv2.imwrite(str(arguments.folder / f"{output_index:05d}.png"), frame)


if __name__ == "__main__":
    main()

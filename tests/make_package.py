#!/usr/bin/env python3
"""Makes a small avatar package from nothing: a drawn face and a network written by hand.

The face moves a little from frame to frame, so rectangles have odd and even origins and several
sizes. The network is the smallest graph with the generator's contract: it returns the masked
picture outside the mask and the face inside it, with a mouth that opens with the mean of the audio
window, so a test sees at once when an input is swapped, tiled or ignored.
"""

import argparse
import json
import pathlib
import subprocess

import cv2
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CROP, INNER, MARGIN = 328, 320, 4
MASK = (5, 5, 310, 305)  # x, y, width, height inside the inner square


def draw_frame(index, count, width, height):
    """The presenter of frame `index` as B, G, R, and the face square around the mouth."""
    phase = 2 * np.pi * index / count
    scale = height / 240.0

    def at(x, y):
        return int(round(x * scale * 16)), int(round(y * scale * 16))

    def length(r):
        return int(round(r * scale * 16))

    rows = np.linspace(0, 1, height)[:, None, None]
    top, bottom = np.array([150.0, 110.0, 60.0]), np.array([205.0, 170.0, 120.0])
    frame = np.repeat((top + (bottom - top) * rows), width, axis=1).astype(np.uint8)
    middle = width / scale / 2
    dx, dy = 5 * np.sin(phase), 2.5 * np.sin(2 * phase)
    style = dict(thickness=-1, lineType=cv2.LINE_AA, shift=4)
    cx, cy = middle + dx, 105 + dy
    cv2.ellipse(frame, at(middle + dx / 2, 262), (length(95), length(88)), 0, 0, 360, (80, 52, 38), **style)
    cv2.ellipse(frame, at(middle + dx / 2, 178), (length(17), length(26)), 0, 0, 360, (134, 170, 222), **style)
    cv2.ellipse(frame, at(cx, cy - 12), (length(56), length(66)), 0, 0, 360, (34, 50, 74), **style)
    cv2.ellipse(frame, at(cx, cy), (length(47), length(60)), 0, 0, 360, (156, 192, 240), **style)
    for side in (-1, 1):
        eye = at(cx + side * 18, cy - 10)
        cv2.ellipse(frame, eye, (length(8), length(5)), 0, 0, 360, (250, 250, 250), **style)
        cv2.circle(frame, at(cx + side * 18 + dx / 6, cy - 10), length(3.4), (60, 40, 30), **style)
        cv2.ellipse(frame, at(cx + side * 18, cy - 20), (length(10), length(3)), 0, 180, 360, (34, 50, 74),
                    thickness=max(1, int(2 * scale)), lineType=cv2.LINE_AA, shift=4)
    cv2.ellipse(frame, at(cx, cy + 10), (length(4), length(6)), 0, 0, 180, (120, 156, 212), **style)
    cv2.ellipse(frame, at(cx, cy + 32), (length(15), length(2.2)), 0, 0, 360, (92, 92, 186), **style)

    size = int(round((92 + 3 * np.sin(phase)) * scale))
    x1 = int(round(cx * scale - size / 2))
    y1 = int(round((cy + 14) * scale - size / 2))
    return frame, (x1, y1, x1 + size, y1 + size)


def write_video(path, frames, keyframe_interval):
    height, width = frames[0].shape[:2]
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width}x{height}",
               "-r", "25", "-i", "-", "-vf", "scale=out_color_matrix=bt601:out_range=tv",
               "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "16", "-g", str(keyframe_interval),
               "-keyint_min", str(keyframe_interval), "-sc_threshold", "0", "-threads", "1",
               "-color_range", "tv", "-colorspace", "bt470bg", str(path)]
    subprocess.run(command, input=b"".join(f.tobytes() for f in frames), check=True)


def write_generator(path, batch="batch"):
    """The hand-written network. Mouth: an ellipse whose height follows the audio's mean."""
    ys, xs = np.mgrid[0:INNER, 0:INNER].astype(np.float32)
    hole = np.zeros((1, 1, INNER, INNER), np.float32)
    hole[..., MASK[1]:MASK[1] + MASK[3], MASK[0]:MASK[0] + MASK[2]] = 1
    across = (((xs - 160) / 56) ** 2)[None, None].astype(np.float32)
    down = ((ys - 220) ** 2)[None, None].astype(np.float32)

    def constant(name, value):
        return numpy_helper.from_array(np.asarray(value), name)

    constants = [
        constant("hole", hole), constant("across", across), constant("down", down),
        constant("one", np.float32(1)), constant("sharpness", np.float32(4)),
        constant("rest", np.float32(6)), constant("opening", np.float32(40)),
        constant("split", np.array([3, 3], np.int64)), constant("axes", np.array([1, 2, 3], np.int64)),
        constant("mouth_color", np.array([70, 52, 122], np.float32).reshape(1, 3, 1, 1) / 255),
    ]
    nodes = [
        helper.make_node("Split", ["input", "split"], ["face", "masked"], axis=1),
        helper.make_node("ReduceMean", ["audio", "axes"], ["loudness"], keepdims=1),
        helper.make_node("Mul", ["loudness", "opening"], ["opened"]),
        helper.make_node("Add", ["opened", "rest"], ["radius"]),
        helper.make_node("Mul", ["radius", "radius"], ["radius2"]),
        helper.make_node("Div", ["down", "radius2"], ["vertical"]),
        helper.make_node("Add", ["vertical", "across"], ["distance"]),
        helper.make_node("Sub", ["one", "distance"], ["inside"]),
        helper.make_node("Mul", ["inside", "sharpness"], ["edge"]),
        helper.make_node("Sigmoid", ["edge"], ["mouth"]),
        helper.make_node("Sub", ["mouth_color", "face"], ["toward_mouth"]),
        helper.make_node("Mul", ["toward_mouth", "mouth"], ["painted"]),
        helper.make_node("Add", ["face", "painted"], ["spoken"]),
        helper.make_node("Sub", ["spoken", "masked"], ["change"]),
        helper.make_node("Mul", ["change", "hole"], ["patch"]),
        helper.make_node("Add", ["masked", "patch"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes, "drawn_generator",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [batch, 6, INNER, INNER]),
         helper.make_tensor_value_info("audio", TensorProto.FLOAT, [batch, 32, 16, 16])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [batch, 3, INNER, INNER])],
        constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def speech_like_features(rows):
    """[rows, 512] float32 in [0, 1]: syllables four times a second, louder and softer."""
    t = np.arange(rows) / 25.0
    loudness = np.clip(np.sin(2 * np.pi * 2 * t) ** 2 * (0.6 + 0.4 * np.sin(2 * np.pi * 0.7 * t)), 0, 1)
    ripple = np.random.default_rng(7).uniform(0.8, 1.0, (rows, 512))
    return (loudness[:, None] * ripple).astype(np.float32)


def make_package(folder, frames=24, width=426, height=240, keyframe_interval=10):
    folder = pathlib.Path(folder)
    (folder / "cache").mkdir(parents=True, exist_ok=True)
    (folder / "checkpoint").mkdir(exist_ok=True)
    bodies, crops, rois, masked, rectangles = [], [], [], [], {}
    for index in range(frames):
        body, (x1, y1, x2, y2) = draw_frame(index, frames, width, height)
        crop = cv2.resize(body[y1:y2, x1:x2], (CROP, CROP), interpolation=cv2.INTER_CUBIC)
        roi = crop[MARGIN:MARGIN + INNER, MARGIN:MARGIN + INNER].copy()
        hidden = roi.copy()
        hidden[MASK[1]:MASK[1] + MASK[3], MASK[0]:MASK[0] + MASK[2]] = 0
        bodies.append(body), crops.append(crop), rois.append(roi), masked.append(hidden)
        rectangles[str(index)] = {"rect": [x1, y1, x2, y2], "original_path": f".\\frames\\{index}.jpg"}
    write_video(folder / "full_body_video.mp4", bodies, keyframe_interval)
    write_video(folder / "crops_328_video.mp4", crops, keyframe_interval)
    write_video(folder / "rois_320_video.mp4", rois, keyframe_interval)
    write_video(folder / "model_inputs_video.mp4", masked, keyframe_interval)
    (folder / "cache" / "crop_rectangles.json").write_text(json.dumps(rectangles))
    (folder / "package_info.json").write_text(json.dumps({"package_version": "2.0", "dataset_name": folder.name}))
    np.save(folder / "aud_ave.npy", speech_like_features(frames - 1))
    write_generator(folder / "checkpoint" / "model_best.onnx")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--size", default="426x240", help="WIDTHxHEIGHT of the full frame")
    arguments = parser.parse_args()
    width, height = (int(n) for n in arguments.size.split("x"))
    make_package(arguments.folder, arguments.frames, width, height)


if __name__ == "__main__":
    main()

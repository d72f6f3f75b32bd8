#!/usr/bin/env python3
"""Makes a small avatar package from nothing: a drawn face and a network written by hand.

The face moves a little from frame to frame, so rectangles have odd and even origins and several
sizes. The network is the smallest graph with the generator's contract: it returns the masked
picture outside the mask and the face inside it, with a mouth that follows the audio window, so a
test sees at once when an input is swapped, tiled or ignored.
"""

import argparse
import hashlib
import json
import pathlib
import subprocess

import cv2
import numpy as np

from drawn_face import draw_frame
from drawn_model import AUDIO_SHAPES, MASK, write_generator

CROP, INNER, MARGIN = 328, 320, 4
WINDOW_ROWS = 16


def write_video(path, frames, keyframe_interval):
    height, width = frames[0].shape[:2]
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width}x{height}",
               "-r", "25", "-i", "-", "-vf", "scale=out_color_matrix=bt601:out_range=tv",
               "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "16", "-g", str(keyframe_interval),
               "-keyint_min", str(keyframe_interval), "-sc_threshold", "0", "-threads", "1",
               "-color_range", "tv", "-colorspace", "bt470bg", str(path)]
    subprocess.run(command, input=b"".join(f.tobytes() for f in frames), check=True)


def write_images(folder, frames):
    """1.jpg, 2.jpg, ...: image i belongs to frame i-1."""
    folder.mkdir()
    for number, frame in enumerate(frames, 1):
        cv2.imwrite(str(folder / f"{number}.jpg"), frame, [cv2.IMWRITE_JPEG_QUALITY, 95])


def speech_like_features(rows, row_size=512):
    """[rows, row_size] float32 in [0, 1]: syllables four times a second, louder and softer."""
    t = np.arange(rows) / 25.0
    loudness = np.clip(np.sin(2 * np.pi * 2 * t) ** 2 * (0.6 + 0.4 * np.sin(2 * np.pi * 0.7 * t)), 0, 1)
    ripple = np.random.default_rng(7).uniform(0.8, 1.0, (rows, row_size))
    return (loudness[:, None] * ripple).astype(np.float32)


def write_features(folder, features, style):
    if style == "npy":
        np.save(folder / "aud_ave.npy", features)
        return
    (folder / "aud_ave.bin").write_bytes(features.astype("<f4").tobytes())
    if style == "bin+json":
        (folder / "aud_ave.bin.json").write_text(json.dumps(
            {"num_frames": len(features), "feature_size": features.shape[1], "shape": list(features.shape)}))


def write_model(folder, place, batch, audio):
    path = folder / ("checkpoint/model_best.onnx" if place == "checkpoint" else "models/generator.onnx")
    path.parent.mkdir(exist_ok=True)
    write_generator(path, batch, audio)
    if place == "models":
        (folder / "onnx_dist_config.json").write_text(json.dumps({
            "dataset": folder.name, "asr": audio, "format": "onnx",
            "generator": {"included": True, "file": "models/generator.onnx",
                          "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}}))


def make_package(folder, frames=24, width=426, height=240, keyframe_interval=10, pictures="video",
                 rectangles="object", features="npy", model_place="checkpoint", batch="batch", audio="ave"):
    """Writes the package into `folder`. The keyword arguments choose among the format's variants."""
    folder = pathlib.Path(folder)
    (folder / "cache").mkdir(parents=True, exist_ok=True)
    bodies, crops, rois, masked, squares = [], [], [], [], []
    for index in range(frames):
        body, (x1, y1, x2, y2) = draw_frame(index, frames, width, height)
        crop = cv2.resize(body[y1:y2, x1:x2], (CROP, CROP), interpolation=cv2.INTER_CUBIC)
        roi = crop[MARGIN:MARGIN + INNER, MARGIN:MARGIN + INNER].copy()
        hidden = roi.copy()
        hidden[MASK[1]:MASK[1] + MASK[3], MASK[0]:MASK[0] + MASK[2]] = 0
        bodies.append(body), crops.append(crop), rois.append(roi), masked.append(hidden)
        squares.append([x1, y1, x2, y2])
    for name, sequence in (("full_body", bodies), ("crops_328", crops), ("rois_320", rois), ("model_inputs", masked)):
        if pictures == "video":
            write_video(folder / f"{name}_video.mp4", sequence, keyframe_interval)
        else:
            write_images(folder / (name + ("_img" if name == "full_body" else "")), sequence)
    if rectangles == "object":
        squares = {str(i): {"rect": square, "original_path": f".\\frames\\{i}.jpg"} for i, square in enumerate(squares)}
    (folder / "cache" / "crop_rectangles.json").write_text(json.dumps(squares))
    (folder / "package_info.json").write_text(json.dumps({"package_version": "2.0", "dataset_name": folder.name}))
    row_size = int(np.prod(AUDIO_SHAPES[audio])) // WINDOW_ROWS
    write_features(folder, speech_like_features(max(frames - 1, 1), row_size), features)
    write_model(folder, model_place, batch, audio)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--size", default="426x240", help="WIDTHxHEIGHT of the full frame")
    parser.add_argument("--pictures", choices=["video", "images"], default="video")
    parser.add_argument("--rectangles", choices=["object", "list"], default="object")
    parser.add_argument("--features", choices=["npy", "bin", "bin+json"], default="npy")
    parser.add_argument("--model-place", choices=["checkpoint", "models"], default="checkpoint")
    parser.add_argument("--fixed-batch", action="store_true", help="a model whose batch is fixed at 1")
    parser.add_argument("--audio", choices=sorted(AUDIO_SHAPES), default="ave")
    options = vars(parser.parse_args())
    width, height = (int(n) for n in options.pop("size").split("x"))
    batch = 1 if options.pop("fixed_batch") else "batch"
    make_package(width=width, height=height, batch=batch, **options)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Draws the pictures of the package: four videos, the rectangles, the descriptions."""

import argparse
import json
import pathlib
import subprocess

import cv2
import numpy as np

import frames
from motion import FRAMES, rectangle

VIDEOS = {"full_body_img": "full_body_video.mp4", "crops_328": "crops_328_video.mp4",
          "rois_320": "rois_320_video.mp4", "model_inputs": "model_inputs_video.mp4"}


class VideoWriter:
    """H.264, 4:2:0, limited range, tagged bt470bg, 25 frames a second."""

    def __init__(self, path, width, height, crf):
        command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width}x{height}",
                   "-r", "25", "-i", "-", "-vf", "scale=out_color_matrix=bt601:out_range=tv:flags=accurate_rnd+bicubic",
                   "-c:v", "libx264", "-preset", "slow", "-tune", "animation", "-pix_fmt", "yuv420p", "-crf", str(crf),
                   "-g", "50", "-threads", "1", "-color_range", "tv", "-colorspace", "bt470bg", "-color_primaries", "bt470bg",
                   "-color_trc", "smpte170m", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact",
                   "-movflags", "+faststart", str(path)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE)

    def write(self, frame):
        self.process.stdin.write(np.ascontiguousarray(frame).tobytes())

    def close(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise SystemExit("ffmpeg failed")


def masked(roi):
    x, y, width, height = frames.MASK
    hidden = roi.copy()
    hidden[y:y + height, x:x + width] = 0
    return hidden


def write_videos(folder):
    writers = {"full_body_img": VideoWriter(folder / VIDEOS["full_body_img"], 1280, 720, 16)}
    for name, side in (("crops_328", frames.CROP), ("rois_320", frames.INNER), ("model_inputs", frames.INNER)):
        writers[name] = VideoWriter(folder / VIDEOS[name], side, side, 14)
    for frame in range(FRAMES):
        crop = frames.draw_crop(frame)
        roi = frames.inner_of(crop)
        writers["full_body_img"].write(frames.draw_body(frame))
        writers["crops_328"].write(crop)
        writers["rois_320"].write(roi)
        writers["model_inputs"].write(masked(roi))
    for writer in writers.values():
        writer.close()


def write_descriptions(folder):
    rectangles = {str(i): {"rect": list(rectangle(i))} for i in range(FRAMES)}
    (folder / "cache").mkdir(exist_ok=True)
    (folder / "cache" / "crop_rectangles.json").write_text(json.dumps(rectangles, separators=(",", ":")) + "\n")
    (folder / "cache" / "frame_metadata.json").write_text(json.dumps(
        {"start_frame": 0, "processed_frames": FRAMES, "original_shape": [frames.WIDTH, frames.HEIGHT]}, indent=1) + "\n")
    (folder / "package_info.json").write_text(json.dumps({
        "package_type": "mp4_video_package", "package_version": "2.0", "dataset_name": "demo",
        "original_shape": [frames.HEIGHT, frames.WIDTH],
        "videos": {name: {"video_file": file, "frame_count": FRAMES, "fps": 25} for name, file in VIDEOS.items()},
        "onnx": {"file": "checkpoint/model_best.onnx", "opset": 16, "asr_mode": "ave",
                 "input_shapes": {"input": ["batch", 6, 320, 320], "audio": ["batch", 32, 16, 16]}}}, indent=1) + "\n")


def read_video(path):
    """All frames [N, height, width, 3] as OpenCV decodes them."""
    capture = cv2.VideoCapture(str(path))
    pictures = []
    while True:
        found, picture = capture.read()
        if not found:
            return np.stack(pictures)
        pictures.append(picture)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=pathlib.Path)
    folder = parser.parse_args().package
    folder.mkdir(parents=True, exist_ok=True)
    write_videos(folder)
    write_descriptions(folder)


if __name__ == "__main__":
    main()

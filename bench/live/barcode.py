"""An avatar whose background tells which of its frames is shown."""

import shutil
import subprocess

import numpy as np

BITS, BLOCK = 9, 32  # blocks in the picture's left upper corner, white for 1, lowest bit first


def draw(frame, number):
    """On a luma plane of a 4:2:0 picture."""
    for bit in range(BITS):
        frame[0:BLOCK, bit * BLOCK:(bit + 1) * BLOCK] = 235 if number >> bit & 1 else 16


def make(package, folder):
    """A copy of the package with the bars. Returns its number of frames."""
    shutil.copytree(package, folder)
    video = folder / "full_body_video.mp4"
    probed = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=width,height",
                             "-of", "csv=p=0", video], capture_output=True, text=True, check=True).stdout
    width, height = (int(word) for word in probed.strip().split(","))
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", video, "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"],
                         capture_output=True, check=True).stdout
    pictures = np.frombuffer(raw, np.uint8).reshape(-1, height * 3 // 2, width).copy()
    for number, picture in enumerate(pictures):
        draw(picture, number)
        picture[height:, :].reshape(2, height // 2, width // 2)[:, :BLOCK // 2, :BITS * BLOCK // 2] = 128
    video.unlink()
    subprocess.run(["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}", "-r", "25",
                    "-i", "-", "-c:v", "libx264", "-crf", "16", "-color_range", "tv", "-colorspace", "bt470bg",
                    "-color_trc", "smpte170m", "-color_primaries", "bt470bg", video], input=pictures.tobytes(), check=True)
    return len(pictures)

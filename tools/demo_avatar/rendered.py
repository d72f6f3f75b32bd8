"""The frames that the mouthpiece program renders, and those of a video file, as planes."""

import subprocess

import numpy as np


def planes_of(width, height, *source, **options):
    """(Y, U, V) of every frame of what ffmpeg reads, of even sides."""
    luma, chroma = width * height, width * height // 4
    command = ["ffmpeg", "-v", "error", "-i", *source, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "rawvideo",
               "-pix_fmt", "yuv420p", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, **options) as decoder:
        while data := decoder.stdout.read(luma + 2 * chroma):
            frame = np.frombuffer(data, np.uint8)
            yield (frame[:luma].reshape(height, width),
                   *frame[luma:].reshape(2, height // 2, width // 2))
    if decoder.returncode != 0:
        raise SystemExit(f"ffmpeg could not decode {source[0]}")


def rendered(program, package, audio, width, height):
    """The planes of every frame that `program` makes of `audio`."""
    command = [program, "render", package, "-o", "-", "--quiet", "--audio", audio, "--loop", "repeat"]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE) as renderer:
        planes = list(planes_of(width, height, "-", stdin=renderer.stdout))
    if renderer.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} failed")
    return planes

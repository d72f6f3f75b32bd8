"""Where the Python pipelines put their pictures."""

import pathlib
import subprocess

import cv2


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

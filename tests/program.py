"""Runs the mouthpiece program for the whole-program tests and reads what it writes."""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import unittest

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
TIMEOUT_S = 240


class Settings:
    """Filled once by parse_arguments, before any test runs."""
    program = pathlib.Path(os.environ.get("MOUTHPIECE", ROOT / "build" / "release" / "mouthpiece"))
    package = pathlib.Path(os.environ.get("MOUTHPIECE_DRAWN", ROOT / "build" / "release" / "fixtures" / "drawn"))
    # A real avatar and recordings, which are no part of the project: tests are skipped without them.
    shared = pathlib.Path(os.environ.get("MOUTHPIECE_SHARED") or "MOUTHPIECE_SHARED-is-not-set")
    real_speech = shared / "audio"
    real_package = shared / "avatars" / "sanders"


def parse_arguments(description):
    """Reads --mouthpiece and --package; returns the arguments that are left, for unittest."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--mouthpiece", type=pathlib.Path, default=Settings.program, help="the program to test")
    parser.add_argument("--package", type=pathlib.Path, default=Settings.package,
                        help="the package that make_package.py drew")
    known, rest = parser.parse_known_args()
    Settings.program, Settings.package = known.mouthpiece.resolve(), known.package.resolve()
    for path in (Settings.program, Settings.package):
        if not path.exists():
            sys.exit(f"{path} does not exist: build first, or say --mouthpiece PATH --package PATH")
    return rest


def main(description):
    """Runs the unittest cases of __main__. Exit code 77 says that some were skipped, none failed."""
    rest = parse_arguments(description)
    result = unittest.main(module="__main__", argv=[sys.argv[0], *rest], verbosity=2, exit=False).result
    if not result.wasSuccessful() or result.testsRun == 0:
        sys.exit(1)
    sys.exit(SKIPPED if result.skipped else 0)


def network(name):
    """The file of one of the networks that make_models.py makes; they lie beside the drawn package."""
    return Settings.package.parent / "models" / f"{name}.onnx"


def command(*arguments):
    return [str(Settings.program), *(str(argument) for argument in arguments)]


def run(*arguments, **options):
    """Runs the program; stdout and stderr come back as bytes and text."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": TIMEOUT_S} | options
    result = subprocess.run(command(*arguments), check=False, **options)
    if isinstance(result.stderr, bytes):
        result.stderr = result.stderr.decode()
    return result


def require_within(limit, attempt):
    """Fails unless one of three attempts takes at most `limit` seconds: other work on the machine may
    lengthen any of them. `attempt` returns the seconds that it took."""
    took = []
    while len(took) < 3 and (not took or took[-1] > limit):
        took.append(attempt())
    if min(took) > limit:
        raise AssertionError(f"took {', '.join(f'{seconds:.2f}' for seconds in took)} s, at most {limit} are allowed")


def render(package, output, *arguments, **options):
    """Renders quietly and expects success."""
    result = run("render", package, "-o", output, "--quiet", *arguments, **options)
    if result.returncode != 0:
        raise AssertionError(f"render {arguments} exited {result.returncode}: {result.stderr}")
    return result


HASH_LINE = re.compile(r"(\d+) (\d+) ([0-9a-f]{32})")


def hashes(package, *arguments):
    """[(avatar frame, checksum)] of every output frame, in order."""
    lines = render(package, "hash:", *arguments).stdout.decode().splitlines()
    frames = []
    for number, line in enumerate(lines):
        match = HASH_LINE.fullmatch(line)
        if not match or int(match[1]) != number:
            raise AssertionError(f"line {number} of hash: is {line!r}")
        frames.append((int(match[2]), match[3]))
    return frames


class Y4m:
    """Reads YUV4MPEG2 from a binary stream, frame by frame."""

    def __init__(self, stream):
        self.stream = stream
        self.header = stream.readline().decode().strip()
        magic, *fields = self.header.split()
        if magic != "YUV4MPEG2":
            raise AssertionError(f"not y4m: {self.header!r}")
        values = {field[0]: field[1:] for field in fields if field[0] != "X"}
        self.width, self.height = int(values["W"]), int(values["H"])
        self.rate, self.chroma = values["F"], values.get("C", "420")

    def __iter__(self):
        """Yields (Y, U, V) planes."""
        half_width, half_height = (self.width + 1) // 2, (self.height + 1) // 2
        shapes = [(self.height, self.width), (half_height, half_width), (half_height, half_width)]
        while marker := self.stream.readline():
            if not marker.startswith(b"FRAME"):
                raise AssertionError(f"expected FRAME, found {marker[:40]!r}")
            planes = []
            for shape in shapes:
                data = self.stream.read(shape[0] * shape[1])
                planes.append(np.frombuffer(data, np.uint8).reshape(shape))
            yield tuple(planes)


def rendered_planes(package, *arguments):
    """Yields the (Y, U, V) planes of `render PACKAGE -o -`, read as they come."""
    with subprocess.Popen(command("render", package, "-o", "-", "--quiet", *arguments),
                          stdout=subprocess.PIPE) as process:
        yield from Y4m(process.stdout)
    if process.returncode != 0:
        raise AssertionError(f"render {arguments} exited {process.returncode}")


def decode_planes(path, width, height):
    """Yields the (Y, U, V) planes of every frame of a video with even sides, as the ffmpeg
    command line decodes them."""
    luma, chroma = width * height, (width // 2) * (height // 2)
    with subprocess.Popen(["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:v:0", "-fps_mode", "passthrough",
                           "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"], stdout=subprocess.PIPE) as decoder:
        while len(data := decoder.stdout.read(luma + 2 * chroma)) == luma + 2 * chroma:
            frame = np.frombuffer(data, np.uint8)
            yield (frame[:luma].reshape(height, width),
                   frame[luma:luma + chroma].reshape(height // 2, width // 2),
                   frame[luma + chroma:].reshape(height // 2, width // 2))
    if decoder.returncode != 0 or data:
        raise AssertionError(f"ffmpeg could not decode {path}")


def psnr(squared_error, samples):
    """dB of a summed squared error over 8-bit samples; infinite where nothing differs."""
    return float("inf") if squared_error == 0 else 10 * np.log10(255.0**2 * samples / squared_error)

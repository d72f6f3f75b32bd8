#!/usr/bin/env python3
"""Compares what mouthpiece renders with the independent reference, frame by frame.

Outside the rectangles the planes must equal the decoded source bit for bit; inside them, over the
whole clip, luma must reach 46 dB and chroma 40 dB.
"""

import pathlib
import sys
import tempfile

import numpy as np

import make_package
import program
from program import Settings
from reference_render import Reference, bgr_to_ycbcr, open_pictures, patch_to_planes

LUMA_DB, CHROMA_DB = 46.0, 40.0
IMAGE_LUMA_DB = 38.0  # image packages: JPEG decoders may differ by a level, everywhere


class SquaredError:
    """Summed squared error of one kind of sample."""

    def __init__(self):
        self.total, self.sum, self.samples, self.largest = 0.0, 0, 0, 0

    def add(self, a, b):
        difference = a.astype(np.int32) - b.astype(np.int32)
        self.total += float((difference**2).sum())
        self.sum += int(difference.sum())
        self.samples += difference.size
        self.largest = max(self.largest, int(np.abs(difference).max(initial=0)))

    def psnr(self):
        return program.psnr(self.total, self.samples)

    def __str__(self):
        return f"{self.psnr():.2f} dB (mean {self.sum / max(self.samples, 1):+.2f}, largest {self.largest})"


def outside(planes, rect):
    """Copies of the planes with everything that the rectangle may change set to zero."""
    x1, y1, x2, y2 = rect
    y, u, v = (plane.copy() for plane in planes)
    y[y1:y2, x1:x2] = 0
    for chroma in (u, v):
        chroma[y1 // 2:(y2 + 1) // 2, x1 // 2:(x2 + 1) // 2] = 0
    return y, u, v


def compare(package, arguments, first, last, **rule):
    """Renders output frames [first, last) and returns what is wrong, and one line of figures."""
    reference = Reference(package, **rule)
    height, width = next(open_pictures(package, "full_body")).shape[:2]
    source = list(program.decode_planes(package / "full_body_video.mp4", width, height))
    luma, chroma = SquaredError(), SquaredError()
    touched_outside, frames = [], 0
    for output_index, planes in enumerate(program.rendered_planes(package, *arguments), first):
        index, rect, patch = reference.patch(output_index)
        x1, y1, x2, y2 = rect
        if any((a != b).any() for a, b in zip(outside(planes, rect), outside(source[index], rect))):
            touched_outside.append(output_index)
        expected = patch_to_planes(patch, rect)
        luma.add(planes[0][y1:y2, x1:x2], expected[0])
        for plane, values in zip(planes[1:], expected[1:]):
            chroma.add(plane[y1 // 2:(y2 + 1) // 2, x1 // 2:(x2 + 1) // 2], values)
        frames += 1
    wrong = []
    if frames != last - first:
        wrong.append(f"{frames} frames instead of {last - first}")
    if touched_outside:
        wrong.append(f"samples outside the rectangle differ in frames {touched_outside[:10]}")
    if luma.psnr() < LUMA_DB or chroma.psnr() < CHROMA_DB:
        wrong.append(f"the rectangle is off: below {LUMA_DB:.0f} dB luma or {CHROMA_DB:.0f} dB chroma")
    return wrong, f"{frames} frames, luma {luma}, chroma {chroma}"


def compare_pictures(package):
    """An image package: whole frames against the reference's luma, in the output's range."""
    reference = Reference(package)
    bodies = list(open_pictures(package, "full_body"))
    header = program.render(package, "-", "--frames", "0:1").stdout.split(b"\n", 1)[0]
    full_range = b"COLORRANGE=FULL" in header
    luma, frames = SquaredError(), 0
    for output_index, planes in enumerate(program.rendered_planes(package)):
        index, (x1, y1, x2, y2), patch = reference.patch(output_index)
        expected = bodies[index].copy()
        expected[y1:y2, x1:x2] = patch
        y = bgr_to_ycbcr(expected)[..., 0]
        luma.add(planes[0], np.rint((y - 16) * 255 / 219 if full_range else y))
        frames += 1
    wrong = []
    if frames != len(reference.features):
        wrong.append(f"{frames} frames instead of {len(reference.features)}")
    if luma.psnr() < IMAGE_LUMA_DB:
        wrong.append(f"below {IMAGE_LUMA_DB:.0f} dB luma")
    return wrong, f"{frames} frames, luma {luma} over the whole picture, {'full' if full_range else 'limited'} range"


def drawn_cases(scratch):
    """(name, what compares it)"""
    drawn = Settings.package
    yield "one frame a feature row", lambda: compare(drawn, [], 0, 23)
    yield "ping-pong past the end", lambda: compare(drawn, ["--frames", "0:70"], 0, 70)
    yield "repeat", lambda: compare(drawn, ["--frames", "20:55", "--loop", "repeat"], 20, 55, loop="repeat")
    yield "cubic", lambda: compare(drawn, ["--resample", "cubic"], 0, 23, resample="cubic")
    yield "edge windows", lambda: compare(drawn, ["--audio-window", "edge"], 0, 23, edge=True)
    for audio in ("hubert", "wenet"):
        variant = scratch / audio
        make_package.make_package(variant, frames=12, audio=audio)
        yield f"{audio} features", lambda variant=variant: compare(variant, [], 0, 11)
    images = scratch / "images"
    make_package.make_package(images, pictures="images", rectangles="list", features="bin+json", model_place="models")
    yield "image folders", lambda: compare_pictures(images)


def main():
    which = program.parse_arguments(__doc__.splitlines()[0])
    if which == ["real"]:
        if not Settings.real_package.is_dir():
            print(f"SKIP: {Settings.real_package} is not here")
            sys.exit(program.SKIPPED)
        cases = [("the real package", lambda: compare(Settings.real_package, [], 0, 522))]
        failed = report(cases)
    elif which in ([], ["drawn"]):
        with tempfile.TemporaryDirectory() as scratch:
            failed = report(drawn_cases(pathlib.Path(scratch)))
    else:
        sys.exit(f"what is {which}? say drawn or real")
    sys.exit(1 if failed else 0)


def report(cases):
    failed = 0
    for name, compare_case in cases:
        wrong, figures = compare_case()
        failed += bool(wrong)
        print(f"{'FAIL' if wrong else 'ok  '} {name}: {figures}{''.join('; ' + w for w in wrong)}", flush=True)
    return failed


if __name__ == "__main__":
    main()

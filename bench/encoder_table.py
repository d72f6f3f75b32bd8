#!/usr/bin/env python3
"""What libx264's settings cost and give on frames that mouthpiece rendered, as a Markdown table.

Each setting encodes the same clip at several crf; the figures are those at the quality (SSIM) of
the reference setting, interpolated, so that rows compare time and bits at equal quality. Time is
the processor's, of all threads, less what reading the frames takes.
"""

import argparse
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

import numpy as np

SETTINGS = {
    "superfast, mbtree, lookahead 20": "superfast mbtree=1:rc-lookahead=20",
    "ultrafast": "ultrafast",
    "superfast": "superfast",
    "veryfast": "veryfast",
    "faster": "faster",
    "medium": "medium",
    "superfast, mbtree, lookahead 10": "superfast mbtree=1:rc-lookahead=10",
    "superfast, mbtree, lookahead 5": "superfast mbtree=1:rc-lookahead=5",
    "superfast, mbtree, lookahead 40": "superfast mbtree=1:rc-lookahead=40",
    "superfast, mbtree, subme 0": "superfast mbtree=1:rc-lookahead=20:subme=0",
    "superfast, mbtree, weightp 0": "superfast mbtree=1:rc-lookahead=20:weightp=0",
    "superfast, mbtree, scenecut 0": "superfast mbtree=1:rc-lookahead=20:scenecut=0",
    "superfast, mbtree, no b-adapt": "superfast mbtree=1:rc-lookahead=20:b-adapt=0",
    "superfast, mbtree, 1 B-frame": "superfast mbtree=1:rc-lookahead=20:bframes=1",
    "superfast, mbtree, no B-frames": "superfast mbtree=1:rc-lookahead=20:bframes=0",
    "superfast, mbtree, no 8x8dct": "superfast mbtree=1:rc-lookahead=20:8x8dct=0",
    "superfast, mbtree, cavlc": "superfast mbtree=1:rc-lookahead=20:cabac=0",
    "superfast, mbtree, partitions none": "superfast mbtree=1:rc-lookahead=20:partitions=none",
    "superfast, mbtree, no deblock": "superfast mbtree=1:rc-lookahead=20:no-deblock=1",
    "superfast, mbtree, sliced threads": "superfast mbtree=1:rc-lookahead=20:sliced-threads=1",
    "ultrafast, mbtree, aq, cabac": "ultrafast mbtree=1:rc-lookahead=20:aq-mode=1:cabac=1",
    "ultrafast, mbtree, aq, cabac, deblock": "ultrafast mbtree=1:rc-lookahead=20:aq-mode=1:cabac=1:no-deblock=0",
    "ultrafast, mbtree, aq, cabac, B-frames":
        "ultrafast mbtree=1:rc-lookahead=20:aq-mode=1:cabac=1:bframes=3:b-adapt=1:no-deblock=0",
    "ultrafast, mbtree, aq, cabac, B-frames, subme 1":
        "ultrafast mbtree=1:rc-lookahead=20:aq-mode=1:cabac=1:bframes=3:b-adapt=1:no-deblock=0:subme=1",
}


def run(*command):
    """(processor seconds of the command, what it wrote to stderr)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {result.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, result.stderr


def ffmpeg(*arguments):
    return run("ffmpeg", "-nostdin", "-hide_banner", "-y", *map(str, arguments))


def measure(clip, setting, crf, threads, frames, reading, folder):
    preset, _, rest = setting.partition(" ")
    parameters = f"crf={crf}:threads={threads}" + (":" + rest if rest else "")
    out = folder / "out.mp4"
    seconds = min(ffmpeg("-i", clip, "-c:v", "libx264", "-preset", preset, "-x264-params", parameters, out)[0]
                  for _ in range(2))
    _, log = ffmpeg("-i", out, "-i", clip, "-lavfi", "[0][1]psnr;[0][1]ssim", "-f", "null", "-")
    return {"cpu_ms": (seconds - reading) * 1e3 / frames,
            "kbps": out.stat().st_size * 8 / (frames / 25) / 1e3,
            "psnr": float(re.search(r"PSNR y:([\d.]+)", log)[1]),
            "ssim": float(re.search(r"SSIM Y:([\d.]+)", log)[1])}


def at_quality(points, ssim):
    """The figures where a setting reaches `ssim`, from points of rising quality. Bits grow about
    exponentially with the logarithm of the error."""
    error = [-np.log(1 - p["ssim"]) for p in points]
    wanted = -np.log(1 - ssim)
    return {key: float(np.exp(np.interp(wanted, error, [np.log(p[key]) for p in points])))
            for key in ("cpu_ms", "kbps", "psnr")}, error[0] <= wanted <= error[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", type=pathlib.Path, help="rendered frames: mouthpiece render ... -o clip.y4m")
    parser.add_argument("--frames", type=int, default=200, help="of the clip")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--crf", type=int, default=20, help="of the reference setting")
    parser.add_argument("--only", default="", help="settings whose name holds this, and the reference")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        clip = folder / "clip.y4m"
        ffmpeg("-i", arguments.clip, "-frames:v", arguments.frames, clip)
        reading = ffmpeg("-i", clip, "-c:v", "wrapped_avframe", "-f", "null", "-")[0]
        common = (arguments.threads, arguments.frames, reading, folder)
        names = [name for i, name in enumerate(SETTINGS) if i == 0 or arguments.only in name]
        target = measure(clip, SETTINGS[names[0]], arguments.crf, *common)["ssim"]
        print(f"At an SSIM (Y) of {target:.4f}, {arguments.threads} threads, {arguments.frames} frames:\n")
        print("| setting | crf | CPU ms a frame | kb/s | PSNR Y |\n|---|---|---|---|---|", flush=True)
        for name in names:
            crf, points = arguments.crf, []
            while True:  # widen until the reference's quality lies between two points
                points.append({**measure(clip, SETTINGS[name], crf, *common), "crf": crf})
                points.sort(key=lambda p: p["ssim"])
                if len(points) > 6 or len(points) > 1 and points[0]["ssim"] <= target <= points[-1]["ssim"]:
                    break
                crf = min(p["crf"] for p in points) - 1 if points[-1]["ssim"] < target else \
                    max(p["crf"] for p in points) + 1
            figures, inside = at_quality(points, target)
            crfs = "-".join(str(c) for c in sorted({points[0]["crf"], points[-1]["crf"]}))
            print(f"| {name} | {crfs}{'' if inside else ' (not reached)'} | {figures['cpu_ms']:.1f} | "
                  f"{figures['kbps']:.0f} | {figures['psnr']:.1f} |", flush=True)


if __name__ == "__main__":
    main()

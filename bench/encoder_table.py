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

BASE = "superfast mbtree=1:rc-lookahead="
SETTINGS = {
    "superfast, mbtree, lookahead 20": BASE + "20",
    "ultrafast": "ultrafast",
    "superfast": "superfast",
    "veryfast": "veryfast",
    "faster": "faster",
    "medium": "medium",
    "lookahead 5": BASE + "5",
    "lookahead 10": BASE + "10",
    "lookahead 40": BASE + "40",
    "no b-adapt": BASE + "20:b-adapt=0",
    "no b-adapt, lookahead 40": BASE + "40:b-adapt=0",
    "one B-frame": BASE + "20:bframes=1",
    "subme 0": BASE + "20:subme=0",
    "no weightp": BASE + "20:weightp=0",
    "no scenecut": BASE + "20:scenecut=0",
    "no 8x8dct": BASE + "20:8x8dct=0",
    "no partitions": BASE + "20:partitions=none",
    "no partitions, no b-adapt": BASE + "20:partitions=none:b-adapt=0",
    "cavlc": BASE + "20:cabac=0",
    "no deblocking": BASE + "20:no-deblock=1",
    "sliced threads": BASE + "20:sliced-threads=1",
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


def encode(clip, setting, crf, threads, out):
    """Processor seconds."""
    preset, _, rest = setting.partition(" ")
    parameters = f"crf={crf}:threads={threads}" + (":" + rest if rest else "")
    return ffmpeg("-i", clip, "-c:v", "libx264", "-preset", preset, "-x264-params", parameters, out)[0]


def measure(clip, setting, crf, threads, frames, folder):
    out = folder / "out.mp4"
    encode(clip, setting, crf, threads, out)
    _, log = ffmpeg("-i", out, "-i", clip, "-lavfi", "[0][1]psnr;[0][1]ssim", "-f", "null", "-")
    return {"crf": crf,
            "kbps": out.stat().st_size * 8 / (frames / 25) / 1e3,
            "psnr": float(re.search(r"PSNR y:([\d.]+)", log)[1]),
            "ssim": float(re.search(r"SSIM Y:([\d.]+)", log)[1])}


def at_quality(points, ssim):
    """The figures where a setting reaches `ssim`, from points of rising quality: bits grow about
    exponentially with the logarithm of the error. Outside the points, those of the nearest."""
    error = [-np.log(1 - p["ssim"]) for p in points]
    wanted = -np.log(1 - ssim)
    figures = {key: float(np.exp(np.interp(wanted, error, [np.log(p[key]) for p in points])))
               for key in ("kbps", "psnr", "crf")}
    return {**figures, "reached": error[0] <= wanted <= error[-1]}


def find_quality(target, crf, take):
    """Figures at the quality `target`, measured at as many crf around `crf` as that takes."""
    points = []
    while True:
        points.append(take(crf))
        points.sort(key=lambda p: p["ssim"])
        if len(points) > 7 or len(points) > 1 and points[0]["ssim"] <= target <= points[-1]["ssim"]:
            return at_quality(points, target)
        tried = [p["crf"] for p in points]
        crf = min(tried) - 1 if points[-1]["ssim"] < target else max(tried) + 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", type=pathlib.Path, help="rendered frames: mouthpiece render ... -o clip.y4m")
    parser.add_argument("--frames", type=int, default=200, help="of the clip")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--crf", type=int, default=20, help="of the reference setting, which comes first")
    parser.add_argument("--rounds", type=int, default=4, help="of timing all settings in turn; the least counts")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        clip = folder / "clip.y4m"
        ffmpeg("-i", arguments.clip, "-frames:v", arguments.frames, clip)

        def take(setting, crf):
            return measure(clip, setting, crf, arguments.threads, arguments.frames, folder)

        target = take(next(iter(SETTINGS.values())), arguments.crf)["ssim"]
        found = {name: find_quality(target, arguments.crf, lambda crf, s=setting: take(s, crf))
                 for name, setting in SETTINGS.items()}
        reading = float("inf")
        seconds = dict.fromkeys(SETTINGS, float("inf"))
        for _ in range(arguments.rounds):
            reading = min(reading, ffmpeg("-i", clip, "-c:v", "wrapped_avframe", "-f", "null", "-")[0])
            for name, setting in SETTINGS.items():
                crf = round(found[name]["crf"])
                seconds[name] = min(seconds[name],
                                    encode(clip, setting, crf, arguments.threads, folder / "out.mp4"))
    print(f"At an SSIM (Y) of {target:.4f}, {arguments.threads} threads, {arguments.frames} frames:\n")
    print("| setting | crf | CPU ms a frame | kb/s | PSNR Y |\n|---|---|---|---|---|")
    for name, figures in found.items():
        cost = (seconds[name] - reading) * 1e3 / arguments.frames
        print(f"| {name} | {figures['crf']:.1f}{'' if figures['reached'] else ' (not reached)'} | {cost:.1f} | "
              f"{figures['kbps']:.0f} | {figures['psnr']:.1f} |")


if __name__ == "__main__":
    main()

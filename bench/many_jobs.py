#!/usr/bin/env python3
"""What `render --jobs` gains: short jobs of speech in one process against a process each, in turn."""

import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def cpu_seconds():
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def seconds(commands):
    """(wall time, CPU time) of the commands, one after the other."""
    started, spent = time.monotonic(), cpu_seconds()
    for command in commands:
        subprocess.run([str(word) for word in command], check=True)
    return time.monotonic() - started, cpu_seconds() - spent


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("avatar", type=pathlib.Path)
    parser.add_argument("speech", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=2, help="of speech, of each job")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mouthpiece", type=pathlib.Path, default=ROOT / "build" / "release" / "mouthpiece")
    parser.add_argument("options", nargs="*", help="of mouthpiece, behind --")
    arguments = parser.parse_args()
    render = [arguments.mouthpiece, "render", arguments.avatar, "--quiet", "--overwrite", *arguments.options]
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        jobs = []
        for number in range(arguments.jobs):
            audio = folder / f"{number}.wav"
            subprocess.run(["ffmpeg", "-v", "error", "-ss", str(number % 5), "-t", str(arguments.seconds), "-i",
                            str(arguments.speech), str(audio)], check=True)
            jobs.append((audio, folder / f"{number}.mp4"))
        (folder / "jobs.jsonl").write_text("".join(
            json.dumps({"audio": str(audio), "output": str(output)}) + "\n" for audio, output in jobs))
        ways = {"a process each": [[*render, "--audio", audio, "-o", output] for audio, output in jobs],
                "one process": [[*render, "--jobs", folder / "jobs.jsonl"]]}
        times = {name: [] for name in ways}
        for _ in range(arguments.rounds):
            for name, commands in ways.items():
                times[name].append(seconds(commands))
                wall, cpu = times[name][-1]
                print(f"{name}: {wall:.2f} s, {cpu:.2f} s of the cores", flush=True)
    for number, what in enumerate(("", " of the cores")):
        each, one = (statistics.median(pair[number] for pair in times[name]) for name in ways)
        print(f"medians: {each:.2f} s and {one:.2f} s{what}; one process takes {one / each:.2f} of it")


if __name__ == "__main__":
    main()

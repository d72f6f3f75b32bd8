#!/usr/bin/env python3
"""Long renders with `--cache stream` stay small: 10,000 frames over and over with the pass-through
generator, then some hundred there and back with the package's own, each under 400 MB resident; and
memory does not grow from the first third of the long one to its end."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import program
from program import Settings

MOST_BYTES = 400_000_000
MOST_GROWTH = 24_000_000
LONG, OWN = (0, 10_000), (300, 800)


def resident_bytes(pid):
    """VmRSS of a process now; 0 once it has ended."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def measure(package, frames, loop):
    """Renders and drops the frames: (peak bytes, resident bytes every 50 ms, seconds)."""
    samples = []
    started = time.monotonic()
    process = subprocess.Popen(program.command("render", package, "-o", "null:", "--quiet", "--cache", "stream",
                                               "--frames", f"{frames[0]}:{frames[1]}", "--loop", loop), stderr=subprocess.PIPE, text=True)
    done = threading.Event()

    def watch():
        while not done.wait(0.05):
            samples.append(resident_bytes(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    done.set()
    watcher.join()
    if process.returncode != 0:
        sys.exit(f"render ended with {process.returncode}: {errors}")
    return usage.ru_maxrss * 1024, [size for size in samples if size], time.monotonic() - started


def main():
    program.parse_arguments(__doc__.splitlines()[0])
    package = Settings.real_package if Settings.real_package.is_dir() else Settings.package
    wrong = []
    with tempfile.TemporaryDirectory() as scratch:
        passthrough = pathlib.Path(scratch) / "passthrough"
        shutil.copytree(package, passthrough, copy_function=shutil.copyfile)
        for folder in (passthrough, *(path for path in passthrough.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
        shutil.copyfile(program.network("passthrough"), passthrough / "checkpoint" / "model_best.onnx")
        for name, folder, frames, loop in (("pass-through", passthrough, LONG, "repeat"),
                                           ("own model", package, OWN, "pingpong")):
            peak, samples, seconds = measure(folder, frames, loop)
            print(f"{name}: {frames[1] - frames[0]} frames in {seconds:.1f} s, peak {peak / 1e6:.0f} MB", flush=True)
            if peak >= MOST_BYTES:
                wrong.append(f"{name}: {peak / 1e6:.0f} MB resident, at most {MOST_BYTES / 1e6:.0f} are allowed")
            if frames == LONG:
                third = len(samples) // 3
                growth = max(samples[2 * third:]) - max(samples[:third])
                print(f"{name}: {growth / 1e6:+.1f} MB from the first third to the last, {len(samples)} samples")
                if len(samples) < 9 or growth > MOST_GROWTH:
                    wrong.append(f"{name}: memory grows by {growth / 1e6:.1f} MB while frames are rendered")
    for line in wrong:
        print(f"FAIL {line}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

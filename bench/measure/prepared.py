"""What `mouthpiece prepare` gains: the first frame of a program, loading all frames, the memory of several programs."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import time

from measure import runner

PROGRAMS = 4  # at the same time
SAMPLE_S = 0.05


def copy_of(package, folder):
    shutil.copytree(package, folder, copy_function=runner.link_or_copy)
    for place in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        place.chmod(0o755)
    return folder


IN_MEMORY = ("--cache", "ram", "--memory-budget", "64GiB")


def command(setup, package, end, threads, *options):
    return [str(setup.mouthpiece), "render", str(package), "-o", "null:", "--quiet", "--frames", f"0:{end}", "--threads",
            str(threads), *options]


def loading_s(stats):
    """Seconds until all frames that a program shows are loaded; of prepared ones, until they are read through and compared
    with their checksums. Modes that load no frames before they are asked for: what decoding took."""
    found = json.loads(stats.read_text())
    return found["preload"]["wall_s"] or found["stages"]["decode"]["ms_per_frame"] * found["frames"] / 1000


def first_frame(setup, package, environment, stats):
    """Wall seconds of a program that shows one frame, and those of loading what it shows."""
    started = time.perf_counter()
    subprocess.run(command(setup, package, 1, setup.threads, "--stats", str(stats), "--overwrite"), check=True, env=environment)
    wall_s = time.perf_counter() - started
    return {"wall_s": wall_s, "frames_s": loading_s(stats)}


def loading(setup, package, environment, stats):
    """Wall seconds until all frames are loaded, by a program that shows each once."""
    subprocess.run(command(setup, package, setup.frame_count, setup.threads, "--stats", str(stats), "--overwrite",
                           *IN_MEMORY), check=True, env=environment)
    return loading_s(stats)


def shared_bytes(pid):
    """A process's share of the memory that it uses, and what of that is its own."""
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    sizes = {line.split(":")[0]: 1024 * int(line.split()[1]) for line in lines[1:]}
    return sizes["Pss"], sizes["Private_Clean"] + sizes["Private_Dirty"]


@contextlib.contextmanager
def stopped(processes):
    """Holds processes still, so that what several share is counted once: a page's shares add up to one only at one
    point in time."""
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGCONT)


def together(setup, package, environment, programs):
    """The most memory that programs had together while each rendered the whole avatar."""
    processes = [subprocess.Popen(command(setup, package, setup.frame_count, 1, *IN_MEMORY), env=environment)
                 for _ in range(programs)]
    most = 0, 0  # bytes, and what of them was the programs' own
    while all(process.poll() is None for process in processes):
        try:
            with stopped(processes):
                shares = [shared_bytes(process.pid) for process in processes]
        except (OSError, KeyError):  # one of them has just ended
            break
        most = max(most, (sum(share for share, _ in shares), sum(own for _, own in shares)))
        time.sleep(SAMPLE_S)
    if any(process.wait() != 0 for process in processes):
        raise SystemExit("a render whose memory is counted failed")
    return dict(zip(("bytes", "own_bytes"), most, strict=True))


def prepared(setup, plan):
    """The package's own network; loading without a network."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(setup.scratch / "cache")}
    sides = {name: {network: copy_of(setup.packages[network], setup.scratch / f"{name} {network}")
                    for network in ("own", "pass-through")} for name in ("as it is", "prepared")}
    for package in sides["prepared"].values():
        subprocess.run([str(setup.mouthpiece), "prepare", str(package), "--quiet"], check=True, env=environment)
    stats = setup.scratch / "prepared.json"
    found = {name: {"first": [], "loading_s": []} for name in sides}
    for repetition in range(plan.first_frames):
        runner.say(f"  first frame {repetition + 1}/{plan.first_frames}")
        for name, packages in sides.items():
            found[name]["first"].append(first_frame(setup, packages["own"], environment, stats))
    for repetition in range(setup.repeats):
        runner.say(f"  loading {repetition + 1}/{setup.repeats}")
        for name, packages in sides.items():
            found[name]["loading_s"].append(loading(setup, packages["pass-through"], environment, stats))
    runner.say(f"  one program and {PROGRAMS} at once")
    return {name: {"first_frame": runner.median(of_name["first"]), "loading_s": statistics.median(of_name["loading_s"]),
                   "alone": together(setup, sides[name]["own"], environment, 1),
                   "together": together(setup, sides[name]["own"], environment, PROGRAMS), "programs": PROGRAMS}
            for name, of_name in found.items()}

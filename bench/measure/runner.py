"""Runs the programs that are compared, in turn, and takes medians."""

import dataclasses
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time

BENCH = pathlib.Path(__file__).resolve().parent.parent


@dataclasses.dataclass
class Setup:
    """What all measurements share. `packages`: the folder by the network it holds ("own",
    "pass-through", "full width")."""
    packages: dict
    mouthpiece: pathlib.Path
    scratch: pathlib.Path
    frame_count: int  # of the avatar
    threads: int
    repeats: int
    frames: tuple  # the range that the pipelines render


def module_command(module, *arguments):
    """Runs one of bench's modules as a program, in an environment that knows bench/."""
    return ["env", f"PYTHONPATH={BENCH}", sys.executable, "-m", module, *map(str, arguments)]


def output_of_module(module, *arguments):
    return subprocess.run(module_command(module, *arguments), check=True, stdout=subprocess.PIPE).stdout


def link_or_copy(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def with_generator(package, folder, generator):
    """A copy of the package at `folder` that holds the given generator."""
    shutil.copytree(package, folder, copy_function=link_or_copy)
    for place in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        place.chmod(0o755)
    (folder / "onnx_dist_config.json").unlink(missing_ok=True)  # names the sha256 of the old one
    (folder / "models" / "generator.onnx").unlink(missing_ok=True)
    (folder / "checkpoint").mkdir(exist_ok=True)
    (folder / "checkpoint" / "model_best.onnx").unlink(missing_ok=True)
    shutil.copyfile(generator, folder / "checkpoint" / "model_best.onnx")
    return folder


def remove(path):
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def put_away(path, spent):
    """Gives the space of an output back, but not its inodes. For half a minute ext4 passes over those of removed
    files, one by one, for every new file in the same group: a run would pay for what the runs before it left."""
    for file in path.iterdir() if path.is_dir() else [path]:
        os.truncate(file, 0)
    spent.mkdir(exist_ok=True)
    path.rename(spent / str(len(list(spent.iterdir()))))


def bytes_of(path):
    return sum(file.stat().st_size for file in path.iterdir()) if path.is_dir() else path.stat().st_size


def mouthpiece_command(setup, package, output, target, batch):
    name = {"null": "null:", "mp4": str(target)}.get(output, str(target / f"%05d.{output}"))
    command = [str(setup.mouthpiece), "render", str(package), "-o", name, "--quiet"]
    if output == "mp4":
        command += ["--preset", "veryfast", "--crf", "23"]
    return command + (["--batch", str(batch)] if batch else [])


def python_command(program, package, output, target, batch):
    command = module_command("baseline.pipelines", program, package, "-o", "null" if output == "null" else target,
                             "--batch", batch or 1)
    return command + (["--writer", output] if output in ("jpg", "png") else [])


def run(setup, side, output="null", frames=None, batch=None, threads=None, network="own", keep=False,
        may_refuse=False):
    """Runs one side once; returns its statistics with the wall and CPU seconds of the whole process
    and the size of what it wrote. `output`: null, jpg, png or mp4. With `may_refuse`, a mouthpiece
    that ends with one line of explanation gives {"refused": why}."""
    begin, end = side.frames or frames or setup.frames
    package = setup.packages[network]
    target = setup.scratch / (f"{side.program}.mp4" if output == "mp4" else f"{side.program}_{output}")
    remove(target)
    if side.program == "mouthpiece" and output in ("jpg", "png"):
        target.mkdir()
    stats = setup.scratch / "stats.json"
    remove(stats)
    command = (mouthpiece_command(setup, package, output, target, batch) if side.program == "mouthpiece"
               else python_command(side.program, package, output, target, batch))
    command += ["--frames", f"{begin}:{end}", "--threads", str(threads or setup.threads), "--stats", str(stats)]
    started = time.perf_counter()
    code, usage, errors = wait_for([*command, *side.options], setup.scratch / "errors.txt")
    if code != 0:
        if may_refuse and code > 0 and errors.count("\n") == 1:
            return {"refused": reason(errors)}
        raise SystemExit(f"{' '.join(command)}\n{errors}")
    result = json.loads(stats.read_text())
    result["config"].pop("output", None)
    result["process"] = {"wall_s": time.perf_counter() - started, "cpu_s": usage.ru_utime + usage.ru_stime}
    if output != "null":
        result["output_bytes"] = bytes_of(target)
        if not keep:
            put_away(target, setup.scratch / "spent")
    return result


def reason(line):
    """What mouthpiece said, without the program's name and the folders of this machine."""
    return re.sub(r"(/[^/\s:]*)+/", "", line.strip().removeprefix("mouthpiece: "))


def wait_for(command, errors_file):
    """Exit status, resource usage with that of the command's children, standard error."""
    with open(errors_file, "wb") as errors:
        process = subprocess.Popen(command, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage, errors_file.read_text(errors="replace")


def median(results):
    """Number by number over equally shaped documents; other values are the first one's."""
    first = results[0]
    if isinstance(first, dict):
        return {key: median([result[key] for result in results]) for key in first}
    if isinstance(first, (int, float)) and any(result != first for result in results):
        return statistics.median(results)
    return first


def say(text):
    print(text, file=sys.stderr, flush=True)


def alternate(setup, sides, repeats=None, **options):
    """{name: medians of the runs}, taken in turn so that a slow minute hits all sides."""
    repeats = repeats or setup.repeats
    runs = {side.name: [] for side in sides}
    for repetition in range(repeats):
        for side in sides:
            if runs[side.name] and "refused" in runs[side.name][0]:
                continue
            say(f"  {side.name} {' '.join(f'{k}={v}' for k, v in options.items())} {repetition + 1}/{repeats}")
            runs[side.name].append(run(setup, side, **options))
    medians = {}
    for name, results in runs.items():
        medians[name] = median(results)
        if "refused" not in medians[name]:
            medians[name].update(repeats=repeats, fps_of_runs=[round(result["fps"], 3) for result in results])
    return medians

"""The measurements of whole pipelines. Each part takes a Setup and a Plan and returns a document."""

import dataclasses
import json
import subprocess

from baseline import package as packages
from measure import agreement, network_alone, runner, sides
from measure.prepared import prepared as measure_prepared
from measure.sides import AS_IT_COMES, CACHED, CACHED_BRIEFLY, FIRST_PASS, SAME_PRECISION, SLOW, Side

OUTPUTS = ("null", "jpg", "mp4")
ENGINES = tuple(Side(name, "mouthpiece", ("--engine", name.split()[0], "--precision", name.split()[1]))
                for name in sides.ENGINES)
FASTEST = Side("mouthpiece int8", "mouthpiece", ("--precision", "int8"))


def pictures_agree(setup, plan):
    """Ends the program unless the first pictures in f32 are the cached Python pipeline's. Each engine
    and precision is then held against them: inside the rectangle that is the network's error."""
    begin, end = setup.frames
    frames = (begin, min(end, begin + plan.agreement_frames))
    rectangles = packages.read_rectangles(setup.packages["own"])
    shown = [rectangles[str(packages.ping_pong(frame, setup.frame_count))] for frame in range(*frames)]
    runner.run(setup, CACHED_BRIEFLY, "png", frames=frames, keep=True)
    runner.run(setup, SAME_PRECISION, "png", frames=frames, keep=True)
    exact = (setup.scratch / "mouthpiece_png").rename(setup.scratch / "exact_png")
    from_videos = (setup.packages["own"] / "full_body_video.mp4").is_file()
    document = {"frames": list(frames), "engines": {},
                "python": agreement.require(setup.scratch / "cached_png", exact, shown, from_videos)}
    for side in ENGINES:
        result = runner.run(setup, side, "png", frames=frames, keep=True, may_refuse=True)
        document["engines"][side.name] = (result if "refused" in result else agreement.difference(
            exact, setup.scratch / "mouthpiece_png", shown))
    return document


def step_round(setup, plan):
    """The Python composites step by step; see baseline/steps.py."""
    stats = setup.scratch / "steps.json"
    subprocess.run(runner.module_command("baseline.steps", setup.packages["own"], "--frames", f"0:{plan.step_frames}",
                                         "--stride", plan.step_stride, "--stats", stats), check=True)
    return json.loads(stats.read_text())


def without_refused(results):
    """Networks of other operators have no int8."""
    return {name: result for name, result in results.items() if "refused" not in result}


def pipelines(setup, plan):
    """The three pipelines with the package's own network, by kind of output."""
    slow = dataclasses.replace(SLOW, frames=(setup.frames[0], min(setup.frames[1], setup.frames[0] + plan.slow_frames)))
    compared = (slow, CACHED, SAME_PRECISION, AS_IT_COMES, FASTEST)
    return {output: without_refused(runner.alternate(setup, compared, output=output, may_refuse=True)) for output in OUTPUTS}


def ceiling(setup, plan):
    """The same without a network, over the avatar several times, and mouthpiece once more over it
    once: the difference is its rate when everything is loaded."""
    once = Side(FIRST_PASS, "mouthpiece", frames=(0, setup.frame_count))
    return {output: runner.alternate(setup, (CACHED, AS_IT_COMES, once), output=output, frames=(0, plan.long_frames),
                                     network="pass-through") for output in OUTPUTS}


def batches(setup, plan):
    return {str(size): runner.alternate(setup, (CACHED_BRIEFLY, SAME_PRECISION, AS_IT_COMES), batch=size)
            for size in plan.batches}


def networks(setup, plan):
    """ONNX Runtime against each engine and precision, for each network: by itself, and in the pipelines."""
    results = {}
    for network in (name for name in ("own", "full width") if name in setup.packages):
        runner.say(f"  {network} network by itself")
        model = packages.model_path(setup.packages[network])
        alone = network_alone.measure(setup.mouthpiece, model, setup.threads, setup.repeats, setup.scratch)
        results[network] = runner.alternate(setup, (CACHED_BRIEFLY, *ENGINES), network=network, may_refuse=True)
        for name, milliseconds in alone.items():
            results[network].setdefault(name, {})["alone_ms_per_frame"] = milliseconds
    return results


def preload(setup, plan):
    """Every frame of the avatar decoded and shown once, without a network."""
    everything = (0, setup.frame_count)
    half_of_memory = Side("mouthpiece", "mouthpiece", ("--cache", "ram", "--memory-budget", f"{plan.memory_budget}"))
    return runner.alternate(setup, (CACHED, half_of_memory), frames=everything, network="pass-through")


def prepared(setup, plan):
    """Programs that show one frame, all, and several programs at once, with a prepared avatar and without."""
    return measure_prepared(setup, plan)


def loaded(setup, plan):
    """The package's own network over an avatar that is in memory: what a run over it several times takes longer than one
    over it once, in the precision that is the default and in int8; the full-width network in int8."""
    def measured(sides, output, network):
        passes = (("once", setup.frame_count), ("again", plan.long_frames))
        sides = [dataclasses.replace(side, name=f"{side.name}, {part}", frames=(0, frames))
                 for side in sides for part, frames in passes]
        return without_refused(runner.alternate(setup, sides, output=output, network=network, may_refuse=True))

    documents = {output: measured((AS_IT_COMES, FASTEST), output, "own") for output in ("null", "jpg")}
    if "full width" in setup.packages:
        documents["full width"] = measured((FASTEST,), "null", "full width")
    return documents


def caches(setup, plan):
    """Each cache mode by the number of frames shown, without a network. `disk` decodes every frame
    anew, so its rate does not depend on how many there are: a few tell it."""
    documents = {}
    for frames in plan.cache_frames:
        modes = [mode_side(mode) for mode in plan.modes if mode != "disk"]
        repeats = setup.repeats if frames <= 1000 else 1
        documents[str(frames)] = runner.alternate(setup, modes, repeats=repeats, frames=(0, frames),
                                                  network="pass-through", may_refuse=True)
    if "disk" in plan.modes:
        documents["disk"] = runner.alternate(setup, [mode_side("disk")], repeats=1, frames=(0, plan.disk_frames),
                                             network="pass-through", may_refuse=True)["disk"]
    return documents


def mode_side(mode):
    chunks = ("--chunk-frames", "100") if mode == "chunk" else ()
    return Side(mode, "mouthpiece", ("--cache", mode, *chunks))


def streaming(setup, plan):
    """`ram` against `stream` from package to video, forwards and to and fro, without a network."""
    frames = (0, plan.stream_frames)
    return {loop: runner.alternate(
        setup, [Side(mode, "mouthpiece", ("--cache", mode, "--loop", loop)) for mode in ("ram", "stream")],
        output="mp4", frames=frames, network="pass-through") for loop in ("repeat", "pingpong")}


def stage_round(setup, plan):
    """Mouthpiece's stages on one thread each, without a network: what the physical limits are held
    against. JPEG files that are encoded whole (stream, each frame once) and that are spliced (ram)."""
    once, again = (0, setup.frame_count), (0, plan.long_frames)
    ram = Side("ram", "mouthpiece", ("--cache", "ram", "--memory-budget", f"{plan.memory_budget}"))
    stream = Side("stream", "mouthpiece", ("--cache", "stream"))
    runs = {"ram": (ram, "null", again), "stream": (stream, "null", once), "jpg_whole": (stream, "jpg", once),
            "jpg_once": (ram, "jpg", once), "jpg_again": (ram, "jpg", again), "mp4": (ram, "mp4", once)}
    return {name: runner.run(setup, side, output, frames=frames, threads=1, network="pass-through")
            for name, (side, output, frames) in runs.items()}


ONE_THREAD = {"steps": step_round, "stages": stage_round}


def one_thread(setup, plan, wanted):
    """The wanted ones of ONE_THREAD, in turn: ratios are taken between them."""
    rounds = {part: [] for part in wanted}
    for repetition in range(setup.repeats):
        for part in wanted:
            runner.say(f"  {part} {repetition + 1}/{setup.repeats}")
            rounds[part].append(ONE_THREAD[part](setup, plan))
    return {part: runner.median(results) for part, results in rounds.items()}

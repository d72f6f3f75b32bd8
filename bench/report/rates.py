"""Frames a second, with loading and without, so that both sides are asked the same."""

from measure.sides import FIRST_PASS


def loading_s(result):
    """Seconds of loading that the wall time leaves out: mouthpiece loads while it renders; of the
    Python preload, the share of the frames that are shown."""
    if result["schema"].startswith("mouthpiece.stats"):
        return 0.0
    return result["preload"]["wall_s"] * min(1.0, result["frames"] / result["config"]["loaded_frames"])


def with_loading(result):
    return result["frames"] / (result["wall_s"] + loading_s(result))


def again(results, name):
    """The rate of what a side showed after its first pass over the avatar (the part `loaded`)."""
    once, more = results[f"{name}, once"], results[f"{name}, again"]
    return (more["frames"] - once["frames"]) / (more["wall_s"] - once["wall_s"])


def loaded(results, name):
    """The rate when every picture is in memory: Python's own; mouthpiece's over the frames that a run
    shows after its first pass over the avatar; None where that was not measured."""
    result = results[name]
    if not result["schema"].startswith("mouthpiece.stats"):
        return result["fps"]
    once = results.get(FIRST_PASS)
    if name == FIRST_PASS or once is None or result["wall_s"] <= once["wall_s"]:
        return None
    return (result["frames"] - once["frames"]) / (result["wall_s"] - once["wall_s"])

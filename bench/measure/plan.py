"""What a run measures, and how much of it."""

import dataclasses

PARTS = ("steps", "pipelines", "ceiling", "batches", "networks", "preload", "prepared", "loaded", "caches", "streaming", "stages")
WHOLE_AVATAR = {"pipelines", "ceiling", "preload"}  # held in memory by a Python pipeline


@dataclasses.dataclass
class Plan:
    """How much is measured. Numbers of frames where nothing else is said."""
    agreement_frames: int = 25
    step_frames: int = 100  # as many as the analysis had, every step_stride-th of them measured
    step_stride: int = 4
    slow_frames: int = 48  # that the slow pipeline renders, a third of a second each
    batches: tuple = (1, 2, 4, 8)
    cache_frames: tuple = (500, 1000, 5000)
    disk_frames: int = 40
    stream_frames: int = 1000
    long_passes: int = 3  # over the avatar, where frames must come again
    long_frames: int = 0  # from the passes
    first_frames: int = 11  # programs that show one frame
    memory_budget: int = 0  # bytes for mouthpiece where the whole avatar must fit
    modes: tuple = ()  # the program's cache modes


QUICK = Plan(agreement_frames=8, step_stride=20, slow_frames=16, batches=(1, 8), cache_frames=(500,), disk_frames=10,
             stream_frames=300, first_frames=3, long_passes=2)

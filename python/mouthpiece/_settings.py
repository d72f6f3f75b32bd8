"""What a renderer may be told, by the names that the command line has for it, too."""

from __future__ import annotations

from typing import Literal, get_args

from . import _checks, _core

Cache = Literal["auto", "ram", "chunk", "stream", "disk"]
Precision = Literal["auto", "f32", "bf16", "int8", "f16"]
Engine = Literal["auto", "fused", "openvino"]
Loop = Literal["pingpong", "repeat", "none"]
Resample = Literal["linear", "cubic"]
AudioWindow = Literal["zero", "edge"]
FrameFormat = Literal["bgr", "rgb", "yuv"]

_LEAST_MEMORY = 16 << 20


def machine_of(*, cache: str = "auto", memory_budget: int = 2 << 30, chunk_frames: int = 500, batch: int = 0,
               threads: int = 0, precision: str = "auto", engine: str = "auto", device: str = "cpu",
               device_memory: int = 0, keep_frames: bool = False, prepare: bool = False) -> _core.Machine:
    """Raises TypeError and ArgumentError for what is wrong."""
    machine = _core.Machine()
    machine.cache = _checks.choice("cache", cache, get_args(Cache))
    machine.memory_budget = _checks.integer("memory_budget", memory_budget, _LEAST_MEMORY, (1 << 63) - 1)
    machine.chunk_frames = _checks.integer("chunk_frames", chunk_frames, 1, 1_000_000)
    machine.batch = _checks.integer("batch", batch, 0, 256)
    machine.threads = _checks.integer("threads", threads, 0, 1024)
    machine.precision = _checks.choice("precision", precision, get_args(Precision))
    machine.engine = _checks.choice("engine", engine, get_args(Engine))
    machine.device = _checks.text("device", device)
    machine.device_memory = _checks.integer("device_memory", device_memory, 0, (1 << 63) - 1)
    machine.keep_frames = _checks.flag("keep_frames", keep_frames)
    machine.prepare = _checks.flag("prepare", prepare)
    return machine


def check_job_settings(loop: str, resample: str, audio_window: str) -> dict[str, str]:
    return {"loop": _checks.choice("loop", loop, get_args(Loop)),
            "resample": _checks.choice("resample", resample, get_args(Resample)),
            "audio_window": _checks.choice("audio_window", audio_window, get_args(AudioWindow))}

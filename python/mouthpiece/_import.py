"""Training folders into packages."""

from __future__ import annotations

import contextlib
import logging
import os
from typing import Literal

from . import _core
from ._renderer import Path, Progress, _progress_bar

_log = logging.getLogger("mouthpiece")


def import_dataset(dataset: Path, package: Path, *, model: Path | None = None, audio_encoder: Path | None = None,
                   background: Literal["video", "images"] = "video", crf: int = 12, preset: str = "",
                   threads: int = 0, overwrite: bool = False, progress: bool | Progress = False) -> _core.Avatar:
    """Makes the avatar package ``package`` of the SyncTalk_2D training folder ``dataset``, as the command
    line's ``import`` does, and opens it.

    ``dataset`` holds full_body_img/N.jpg (or .png) and landmarks/N.lms, counted from 0 without holes;
    parsing/N.png, if that folder is there, says which pixels stay as they were filmed. ``model`` and
    ``audio_encoder``: ONNX files; None: the dataset's checkpoint/model_best.onnx (or
    models/generator.onnx), and models/audio_encoder.onnx if it is there. ``background``: full frames
    as one video, or the dataset's own files. ``crf``, ``preset``, ``threads``: of x264 for the videos.
    ``progress`` as in Renderer.render().

    The package appears when it is complete; ``overwrite`` lets it replace an older one then. After an
    error or Ctrl-C nothing is left of it. Raises Error, which names the file and line that is wrong.
    Warnings go to the logger "mouthpiece".
    """
    bar = _progress_bar() if progress is True else contextlib.nullcontext(progress or None)
    with bar as update:
        frames, kept, warnings = _core.import_dataset(dataset, package, model or "", audio_encoder or "", background,
                                                      crf, preset, threads, overwrite, update)
    for warning in warnings:
        _log.warning("%s", warning)
    _log.info("%s: %d frames, pixels kept in %d of them", os.fspath(package), frames, kept)
    return _core.Avatar.open(package)

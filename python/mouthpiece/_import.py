"""Training folders into packages."""

from __future__ import annotations

import logging
import os
from typing import Literal

from . import _checks, _core
from ._avatar import Avatar
from ._checks import Path
from ._progress import Progress, shown

_log = logging.getLogger("mouthpiece")


def import_dataset(dataset: Path, package: Path, *, model: Path | None = None, audio_encoder: Path | None = None,
                   background: Literal["video", "images"] = "video", crf: int = 12, preset: str = "",
                   threads: int = 0, overwrite: bool = False, progress: bool | Progress = False) -> Avatar:
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
    folder, target = _checks.path("dataset", dataset), _checks.path("package", package)
    generator = "" if model is None else _checks.path("model", model)
    encoder = "" if audio_encoder is None else _checks.path("audio_encoder", audio_encoder)
    _checks.choice("background", background, ("video", "images"))
    crf, threads = _checks.integer("crf", crf, 0, 51), _checks.integer("threads", threads, 0, 1024)
    preset, overwrite = _checks.text("preset", preset), _checks.flag("overwrite", overwrite)
    with shown(progress) as update:
        frames, kept, warnings = _core.import_dataset(folder, target, generator, encoder, background, crf, preset, threads,
                                                      overwrite, update)
    for warning in warnings:
        _log.warning("%s", warning)
    _log.info("%s: %d frames, pixels kept in %d of them", os.fspath(package), frames, kept)
    return Avatar.open(target)

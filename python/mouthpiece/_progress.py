"""Progress for people: a bar where there is somebody to see it move, a line now and then in a log."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

_log = logging.getLogger("mouthpiece")

Progress = Callable[[str, int, int], None]

_UNITS = {"importing": "frames", "listening": "rows", "rendering": "frames"}
_LINES_EVERY_S = 5.0


def log_message(is_warning: bool, text: str) -> None:
    """What the library says goes to the logger "mouthpiece"."""
    _log.log(logging.WARNING if is_warning else logging.INFO, "%s", text)


@contextlib.contextmanager
def _bar() -> Iterator[Progress]:
    from tqdm.auto import tqdm

    bar: Any = None

    def update(phase: str, done: int, total: int) -> None:
        nonlocal bar
        if phase not in _UNITS:
            return
        if bar is None or bar.desc.rstrip(": ") != phase:
            if bar is not None:
                bar.close()
            bar = tqdm(total=total, desc=phase, unit=_UNITS[phase][:-1])
        bar.total = total
        bar.update(done - bar.n)

    try:
        yield update
    finally:
        if bar is not None:
            bar.close()


@contextlib.contextmanager
def _lines() -> Iterator[Progress]:
    last: tuple[str, int, int] | None = None
    written: tuple[str, int, int] | None = None
    due = time.monotonic() + _LINES_EVERY_S

    def write() -> None:
        nonlocal written
        if last is not None and last != written:
            phase, done, total = last
            print(f"{phase}: {done}/{total} {_UNITS[phase]}", file=sys.stderr, flush=True)
            written = last

    def update(phase: str, done: int, total: int) -> None:
        nonlocal last, due
        if phase not in _UNITS:
            return
        if last is not None and last[0] != phase:
            write()
        last = (phase, done, total)
        if time.monotonic() >= due:
            due = time.monotonic() + _LINES_EVERY_S
            write()

    try:
        yield update
    finally:
        write()


def shown(progress: bool | Progress) -> contextlib.AbstractContextManager[Progress | None]:
    """What ``progress`` of a call means: a function to be told, or None."""
    if callable(progress):
        return contextlib.nullcontext(progress)
    if not isinstance(progress, bool):
        raise TypeError("progress: expected True, False or a function of (phase, done, total), found "
                        f"{type(progress).__name__}")
    if not progress:
        return contextlib.nullcontext(None)
    is_watched = sys.stderr is not None and (sys.stderr.isatty() or "ipykernel" in sys.modules)
    return _bar() if is_watched else _lines()

"""Arguments that callers gave, checked in Python's words: which one, what was expected, what was found."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from . import _core

Path = str | os.PathLike[str]


def describe(value: object) -> str:
    """A value as messages say it: an array by its type and shape, others as Python writes them."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {list(value.shape)}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def refuse(name: str, expected: str, value: object) -> NoReturn:
    """The value is of a right type."""
    raise _core.ArgumentError(f"{name}: expected {expected}, found {describe(value)}")


def refuse_type(name: str, expected: str, value: object) -> NoReturn:
    found = describe(value) if isinstance(value, np.ndarray) else type(value).__name__
    raise TypeError(f"{name}: expected {expected}, found {found}")


def path(name: str, value: object) -> str:
    if not isinstance(value, (str, os.PathLike)):
        refuse_type(name, "a path", value)
    text = os.fspath(value)
    if not isinstance(text, str):
        text = os.fsdecode(text)
    if not text:
        refuse(name, "a path", value)
    if "\0" in text:
        refuse(name, "a path without a null character", value)
    return text


def texts(name: str, value: object) -> list[tuple[str, str]]:
    """A mapping of texts; None: an empty one."""
    if value is None:
        return []
    if not isinstance(value, Mapping) or not all(isinstance(text, str) for pair in value.items() for text in pair):
        refuse_type(name, "a mapping of texts", value)
    pairs = list(value.items())
    if any("\0" in text for pair in pairs for text in pair):
        refuse(name, "texts without a null character", value)
    return pairs


def integer(name: str, value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        refuse_type(name, "an integer", value)
    number = int(value.__index__())
    if not low <= number <= high:
        refuse(name, f"{low} to {high}", number)
    return number


def flag(name: str, value: object) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        refuse_type(name, "True or False", value)
    return bool(value)


def text(name: str, value: object) -> str:
    if not isinstance(value, str):
        refuse_type(name, "a string", value)
    return value


def choice(name: str, value: object, allowed: Iterable[str]) -> str:
    if not isinstance(value, str):
        refuse_type(name, "a string", value)
    names = list(allowed)
    if value not in names:
        raise _core.ArgumentError(f'{name}: expected one of {", ".join(names)}, found "{value}"')
    return value


def pair(name: str, value: object, what: str) -> tuple[int, int]:
    """Two integers that are no floats."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        refuse_type(name, what, value)
    first, second = value
    return integer(name, first, -(1 << 62), 1 << 62), integer(name, second, -(1 << 62), 1 << 62)


def frames(value: object) -> tuple[int, int] | None:
    """Output frames [begin, end); None: all."""
    if value is None:
        return None
    if isinstance(value, range):
        if value.step != 1:
            refuse("frames", "a range of step 1", value)
        begin, end = value.start, value.stop
    else:
        begin, end = pair("frames", value, "a pair (begin, end) or a range")
    if begin < 0 or end <= begin:
        refuse("frames", "0 <= begin < end", (begin, end))
    return begin, end


def shard(value: object) -> tuple[int, int] | None:
    """Part i of n."""
    if value is None:
        return None
    index, count = pair("shard", value, "a pair (i, n)")
    if not 0 <= index < count:
        refuse("shard", "(i, n) with i from 0 to n - 1", (index, count))
    return integer("shard", index, 0, 1 << 30), integer("shard", count, 1, 1 << 30)


def array(name: str, value: Any, expected: str) -> npt.NDArray[Any]:
    """An array of NumPy, or of a library that speaks DLPack, in the CPU's memory; not copied."""
    if isinstance(value, np.ndarray):
        return value
    if hasattr(value, "__dlpack__"):
        try:
            return np.from_dlpack(value)
        except (BufferError, RuntimeError, TypeError, ValueError) as failed:
            raise TypeError(f"{name}: expected {expected} in the CPU's memory, found {type(value).__name__} that "
                            f"cannot be read ({failed})") from None
    if hasattr(value, "__array__") or hasattr(value, "__array_interface__"):
        return np.asarray(value)
    refuse_type(name, expected, value)


def is_array(value: object) -> bool:
    return any(hasattr(value, name) for name in ("__dlpack__", "__array__", "__array_interface__"))

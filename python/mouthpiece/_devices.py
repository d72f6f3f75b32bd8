"""What renders can run on."""

from __future__ import annotations

from typing import Literal, NamedTuple

from . import _core

DeviceKind = Literal["cpu", "discrete", "integrated", "virtual", "software", "other"]


class Device(NamedTuple):
    """The CPU or a GPU of this machine, or why there is no GPU, as devices() lists them."""

    device: str
    """What ``device=`` takes: "cpu", "vulkan:0"; "vulkan" where there is no GPU."""
    name: str
    """As its driver calls it."""
    type: DeviceKind
    """"software" is the CPU, which plays a GPU."""
    driver: str
    """With its version; empty: not known."""
    memory: int
    """Bytes of its own; 0: not known."""
    usable: bool
    note: str
    """What it is good for, or why it cannot be used."""


def devices() -> list[Device]:
    """The CPU, then every GPU of this machine, as ``mouthpiece devices`` lists them. Raises nothing for what is
    missing: then the last one is not ``usable``, and says why."""
    return [Device(*each) for each in _core.devices()]

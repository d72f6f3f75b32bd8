"""Talking-head video from an avatar package and speech, fast and exactly.

    import mouthpiece

    avatar = mouthpiece.Avatar.open("path/to/package")
    renderer = mouthpiece.Renderer(avatar)
    renderer.render(audio="speech.mp3", out="talk.mp4", progress=True)
    for frame in renderer.frames("features.npy"):  # uint8 [height, width, 3], B, G, R
        ...

All work is done without the GIL and ends on Ctrl-C; what goes wrong is an Error whose message is the
command line's in Python's words.
"""

import atexit
import os

from ._library import load_openvino

load_openvino()

from . import _core  # noqa: E402
from ._audio import features, mel, windows  # noqa: E402
from ._avatar import Avatar, PackageReport, inspect  # noqa: E402
from ._compositor import Compositor  # noqa: E402
from ._core import ArgumentError, Error, version as __version__  # noqa: E402
from ._devices import Device, devices  # noqa: E402
from ._frames import AsyncFrameStream, FrameStream  # noqa: E402
from ._import import import_dataset  # noqa: E402
from ._preview import Clip, Still  # noqa: E402
from ._renderer import Renderer, join  # noqa: E402

atexit.register(_core.end_work)  # before the interpreter ends, so do renders of threads that it leaves behind
os.register_at_fork(after_in_child=_core.forget_work)

for _class in (ArgumentError, AsyncFrameStream, Avatar, Clip, Compositor, Device, Error, FrameStream, PackageReport,
               Renderer, Still):
    _class.__module__ = __name__  # where people find them

__all__ = ["ArgumentError", "AsyncFrameStream", "Avatar", "Clip", "Compositor", "Device", "Error", "FrameStream",
           "PackageReport", "Renderer", "Still", "__version__", "devices", "features", "import_dataset", "inspect",
           "join", "mel", "windows"]

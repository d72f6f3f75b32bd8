"""Rendered frames, one by one."""

from __future__ import annotations

import asyncio
import contextlib
import json
from types import TracebackType
from typing import Any, Generic, TypeVar, cast

from . import _core
from ._speech import ArrivingSpeech

Frame = TypeVar("Frame")


class FrameStream(Generic[Frame]):
    """Rendered frames, made a few ahead by threads of their own. An iterator; close() or its end in a ``with``
    statement, or dropping it, stops and joins the threads. Frames that were given stay valid. For one thread at a
    time; close() is for any."""

    def __init__(self, core: _core.FrameStream, speech: ArrivingSpeech | None):
        self._core = core
        self._speech = speech
        if speech is not None and not hasattr(speech._pieces, "__aiter__"):
            speech.start()

    def __iter__(self) -> FrameStream[Frame]:
        return self

    def __next__(self) -> Frame:
        try:
            return cast(Frame, self._core.next())
        except _core.Error:
            if self._speech is not None and self._speech.failure is not None:
                raise self._speech.failure from None
            raise

    def close(self) -> None:
        """Stops and joins the threads. May be called again."""
        self._core.close()

    def __enter__(self) -> FrameStream[Frame]:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    @property
    def stats(self) -> dict[str, Any] | None:
        """What it cost, as Renderer.stats, once it is exhausted; None before, and when it was closed early."""
        text = self._core.stats
        return None if text is None else json.loads(text)


class AsyncFrameStream(Generic[Frame]):
    """Renderer.aframes(): the frames for ``async for``. aclose(), or its end in an ``async with`` statement, stops
    and joins the threads; so does dropping it."""

    def __init__(self, stream: FrameStream[Frame]):
        self._stream = stream
        self._task: asyncio.Task[None] | None = None

    def __aiter__(self) -> AsyncFrameStream[Frame]:
        return self

    async def __anext__(self) -> Frame:
        speech = self._stream._speech
        if self._task is None and speech is not None and hasattr(speech._pieces, "__aiter__"):
            self._task = asyncio.create_task(speech.hand_over())
        end = object()
        try:
            frame: Any = await asyncio.to_thread(next, self._stream, end)
        except asyncio.CancelledError:
            self._stream.close()
            raise
        if frame is end:
            await self.aclose()
            raise StopAsyncIteration
        return cast(Frame, frame)

    async def aclose(self) -> None:
        """Stops and joins the threads. May be called again."""
        await asyncio.to_thread(self._stream.close)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def __aenter__(self) -> AsyncFrameStream[Frame]:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        await self.aclose()

    @property
    def stats(self) -> dict[str, Any] | None:
        """As FrameStream.stats."""
        return self._stream.stats

"""Renders that somebody ends: cancel(), and tasks of asyncio's."""

import asyncio
import threading
import time

import pytest

import mouthpiece

ENDLESS = (0, 10_000_000)


@pytest.fixture
def renderer(avatar):
    return mouthpiece.Renderer(avatar)


def test_cancel_ends_all_that_runs_and_nothing_later(renderer, tmp_path):
    works, errors = threading.Barrier(3), []

    def render():
        told = iter([lambda: works.wait(30)])
        try:
            renderer.render(out=tmp_path / "x.mp4", frames=ENDLESS, progress=lambda *_: next(told, lambda: None)())
        except mouthpiece.Error as error:
            errors.append(error)

    def frames():
        try:
            for index, _ in enumerate(renderer.frames(frames=ENDLESS)):
                if index == 0:
                    works.wait(30)
        except mouthpiece.Error as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for work in (render, frames)]
    for thread in threads:
        thread.start()
    works.wait(30)
    renderer.cancel()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert [error.code for error in errors] == ["cancelled"] * 2
    assert list(tmp_path.iterdir()) == []
    assert renderer.render(out="null:")["frames"] == 23


def test_arender_renders(renderer, tmp_path):
    async def main():
        return await asyncio.gather(*(renderer.arender(out="null:", frames=(0, count)) for count in (5, 6)))

    assert [stats["frames"] for stats in asyncio.run(main())] == [5, 6]


def test_a_cancelled_task_ends_its_render_only(renderer, tmp_path):
    async def main():
        works = asyncio.Event()
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(renderer.arender(
            out=tmp_path / "x.mp4", frames=ENDLESS, progress=lambda *_: loop.call_soon_threadsafe(works.set)))
        other = asyncio.create_task(renderer.arender(out="null:", frames=(0, 300)))
        await works.wait()
        started = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - started < 5
        assert list(tmp_path.iterdir()) == []
        return (await other)["frames"]

    assert asyncio.run(main()) == 300


def test_aframes_end_with_their_task(renderer):
    before = threading.active_count()
    seen = []

    async def watch():
        async with renderer.aframes(frames=ENDLESS) as frames:
            async for frame in frames:
                seen.append(frame.shape)

    async def main():
        task = asyncio.create_task(watch())
        while len(seen) < 3:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert set(seen) == {(240, 426, 3)}
    assert threading.active_count() <= before


def test_aframes_have_their_errors_and_statistics(renderer):
    async def main():
        frames = renderer.aframes(frames=(0, 4), format="yuv")
        assert len([frame async for frame in frames]) == 4
        assert frames.stats["frames"] == 4
        with pytest.raises(mouthpiece.Error, match=r"nowhere\.npy"):
            async for _ in renderer.aframes("nowhere.npy"):
                pass

    asyncio.run(main())

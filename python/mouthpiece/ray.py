"""Renders on a Ray cluster: ``pip install mouthpiece[ray]``.

    import mouthpiece.ray

    mouthpiece.ray.render({"avatar": "/data/anna", "audio": "talk.mp3", "out": "talk.mp4"}, progress=True)

Every job is divided into shards (docs/cluster.md), which actors render; they are told paths and shard
numbers and never see frames. All paths must mean the same on every node: a shared folder. A shard is
written under a hidden name and renamed when it is complete, and nothing but a complete shard counts
as done, so an actor or a node that dies in the middle of one costs that shard's time and nothing else.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import shutil
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

try:
    import ray
except ImportError as missing:
    raise ImportError("mouthpiece.ray needs Ray: pip install mouthpiece[ray]") from missing

from . import Avatar, Error, Renderer, join

_VIDEOS = {".mp4", ".mkv", ".mov", ".avi"}
_SHARDS_A_WORKER = 4  # so that those that are faster, or come back, find something to do
_POLL_S = 0.5
# What of a job goes to Renderer; everything else, but for "avatar", goes to its render().
_RENDERER_SETTINGS = {"cache", "memory_budget", "chunk_frames", "batch", "threads", "precision", "engine",
                      "device", "loop", "resample", "audio_window"}


@dataclasses.dataclass
class _Shard:
    job: int
    index: int
    count: int
    path: str
    attempts: int = 0


def render_shard(avatar: Avatar, job: Mapping[str, Any], index: int, count: int, path: str,
                 overwrite: bool, on_progress: Callable[[str, int, int], None]) -> None:
    """Renders one shard into ``path``, by the bindings: all that runs beside Ray."""
    settings = {name: value for name, value in job.items() if name in _RENDERER_SETTINGS}
    options = {name: value for name, value in job.items() if name not in settings and name not in ("avatar", "out")}
    renderer = Renderer(avatar, **settings)
    renderer.render(**(options | {"out": path, "shard": (index, count), "overwrite": overwrite,
                                  "progress": on_progress}))


class _Worker:
    """An actor: holds the avatars that it has opened, and renders one shard at a time."""

    def __init__(self):
        self._avatars: dict[str, Avatar] = {}
        self._share = 0.0

    def render(self, job, index, count, path, overwrite):
        self._share = 0.0

        def update(phase, done, total):
            if phase == "rendering" and total > 0:
                self._share = done / total

        try:
            avatar = self._avatars.get(job["avatar"])
            if avatar is None:
                avatar = self._avatars[job["avatar"]] = Avatar.open(job["avatar"])
            render_shard(avatar, job, index, count, path, overwrite, update)
        except Error as error:
            return str(error)  # it would fail again: told from an actor that died
        return None

    def share(self):
        """How much of the shard is done, 0 to 1; answered while render() runs."""
        return self._share

    def place(self):
        """Node and process."""
        return ray.get_runtime_context().get_node_id(), os.getpid()


class _Crew:
    """The actors, and what each of them is doing."""

    def __init__(self, workers: int, resources: Mapping[str, Any]):
        # Two threads: one renders, without the interpreter's lock, one tells how far it is.
        self._actor = ray.remote(_Worker).options(max_concurrency=2, max_restarts=0, **resources)
        self.arriving: dict[Any, Any] = {}  # its place, to come -> actor
        self.idle: list[Any] = []
        self.busy: dict[Any, tuple[Any, _Shard]] = {}  # result -> actor, shard
        for _ in range(workers):
            self.add()

    def add(self) -> None:
        """Asks for an actor. It gets work when it has come: on a cluster that lost a node it may have no place."""
        actor = self._actor.remote()
        self.arriving[actor.place.remote()] = actor

    def start(self, shard: _Shard, job: Mapping[str, Any], overwrite: bool) -> None:
        actor = self.idle.pop()
        result = actor.render.remote(dict(job), shard.index, shard.count, shard.path, overwrite)
        self.busy[result] = (actor, shard)

    def wait(self) -> list[Any]:
        """The results that have come; actors that have come are idle afterwards."""
        done, _ = ray.wait([*self.busy, *self.arriving], timeout=_POLL_S)
        for answer in [ref for ref in done if ref in self.arriving]:
            actor = self.arriving.pop(answer)
            ray.get(answer)  # raises when it cannot even start, which another one could not either
            self.idle.append(actor)
        return [ref for ref in done if ref in self.busy]

    def replace(self, actor: Any) -> None:
        with contextlib.suppress(Exception):
            ray.kill(actor)
        self.add()

    def share_done(self) -> float:
        """Of the shards that are being rendered, in shards. An actor that does not answer counts as none."""
        asked = [actor.share.remote() for actor, _ in self.busy.values()]
        answered, _ = ray.wait(asked, num_returns=len(asked), timeout=_POLL_S) if asked else ([], [])
        done = 0.0
        for answer in answered:
            with contextlib.suppress(ray.exceptions.RayError):
                done += ray.get(answer)
        return done

    def dismiss(self) -> None:
        for actor in [*self.idle, *self.arriving.values(), *(actor for actor, _ in self.busy.values())]:
            with contextlib.suppress(Exception):
                ray.kill(actor)


def _is_video(out: str) -> bool:
    return pathlib.PurePath(out).suffix.lower() in _VIDEOS


def _checked(job: Mapping[str, Any]) -> dict[str, Any]:
    """The job with absolute paths, as they are to mean the same to every actor."""
    job = dict(job)
    for name in ("avatar", "out"):
        if name not in job:
            raise ValueError(f"job: expected a value for {name}, found none")
    for name in ("shard", "progress"):
        if name in job:
            raise ValueError(f"job: {name} is for render() to set")
    for name in ("avatar", "out", "audio", "features"):
        if isinstance(job.get(name), (str, os.PathLike)):
            text = os.fspath(job[name])
            job[name] = os.path.abspath(text) + ("/" if text.endswith("/") else "")
    if _is_video(job["out"]) and not job.get("overwrite") and os.path.exists(job["out"]):
        raise Error(f"{job['out']}: exists already; overwrite=True replaces it")
    return job


@contextlib.contextmanager
def _reporter(progress: bool | Callable[[float, int], None], total: int):
    if not progress:
        yield lambda done: None
    elif callable(progress):
        yield lambda done: progress(done, total)
    else:
        from tqdm.auto import tqdm

        with tqdm(total=total, unit="shard", bar_format="{l_bar}{bar}| {n:.1f}/{total} [{elapsed}<{remaining}]") as bar:
            yield lambda done: bar.update(done - bar.n)


def render(jobs: Mapping[str, Any] | Sequence[Mapping[str, Any]], *, workers: int | None = None, num_cpus: float = 1,
           num_gpus: float = 0, shards: int | None = None, retries: int = 3,
           progress: bool | Callable[[float, int], None] = False) -> None:
    """Renders a job, or several, on the cluster that Ray is connected to (``ray.init``), and returns when all
    are done. Each video equals what one machine makes of it, frame for frame.

    A job is a dict: ``avatar`` (a path), ``out``, and any argument of Renderer and of Renderer.render, as
    ``audio``, ``features``, ``frames``, ``threads`` or ``overwrite``. ``workers``: actors, None: as many as
    the cluster has room for. ``num_cpus``, ``num_gpus``: of each actor; unless a job says ``threads``, they
    are num_cpus. ``shards``: parts of each job, None: about four a worker over all jobs. ``retries``: how
    often a shard is begun again because its actor or node died. ``progress``: True for a bar by tqdm, or a
    function of (shards done, with fractions, and shards in all), called about twice a second.

    Raises Error when a job cannot be rendered, or a shard's actor died more than ``retries`` times; then
    the jobs that were joined are there, of others nothing is left.
    """
    jobs = [_checked(job) for job in ([jobs] if isinstance(jobs, Mapping) else jobs)]
    if not jobs:
        return
    if workers is None:
        total = ray.cluster_resources()
        room = [total.get("CPU", 0) / num_cpus] if num_cpus else []
        room += [total.get("GPU", 0) / num_gpus] if num_gpus else []
        workers = int(min(room, default=1))
    if workers < 1:
        raise ValueError(f"workers: expected room for one of num_cpus={num_cpus}, num_gpus={num_gpus}, found none")
    count = shards or max(1, -(-workers * _SHARDS_A_WORKER // len(jobs)))
    for job in jobs:
        job.setdefault("threads", max(1, int(num_cpus)))

    folders = {index: f"{job['out']}.shards" for index, job in enumerate(jobs) if _is_video(job["out"])}
    waiting = deque()
    for number, job in enumerate(jobs):
        for index in range(count):
            path = job["out"]
            if number in folders:
                path = os.path.join(folders[number], f"{index}{pathlib.PurePath(path).suffix}")
            waiting.append(_Shard(number, index, count, path))
    for folder in folders.values():
        os.makedirs(folder, exist_ok=True)

    left = [count] * len(jobs)
    crew = _Crew(min(workers, len(waiting)), {"num_cpus": num_cpus, "num_gpus": num_gpus})
    try:
        with _reporter(progress, len(waiting)) as report:
            while any(left):
                while crew.idle and waiting:
                    shard = waiting.popleft()
                    job = jobs[shard.job]
                    # A shard of the job's own folder may be there from a run that was stopped.
                    overwrite = shard.job in folders or shard.attempts > 0 or bool(job.get("overwrite"))
                    crew.start(shard, job, overwrite)
                for result in crew.wait():
                    actor, shard = crew.busy.pop(result)
                    try:
                        error = ray.get(result)
                    except ray.exceptions.RayTaskError:
                        raise  # of the program, as an argument that there is none of: again would be the same
                    except ray.exceptions.RayError as died:
                        crew.replace(actor)
                        shard.attempts += 1
                        if shard.attempts > retries:
                            raise Error(f"{shard.path}: shard {shard.index}/{shard.count}: expected an actor to live "
                                        f"until its end, found {shard.attempts} dead") from died
                        waiting.appendleft(shard)
                        continue
                    if error is not None:
                        raise Error(error)
                    crew.idle.append(actor)
                    left[shard.job] -= 1
                    if left[shard.job] == 0 and shard.job in folders:
                        _finish(jobs[shard.job], folders[shard.job], shard.count)
                report(sum(count - n for n in left) + crew.share_done())
    finally:
        crew.dismiss()
        for folder in folders.values():
            shutil.rmtree(folder, ignore_errors=True)


def _finish(job: Mapping[str, Any], folder: str, count: int) -> None:
    suffix = pathlib.PurePath(job["out"]).suffix
    join([os.path.join(folder, f"{index}{suffix}") for index in range(count)], job["out"],
         overwrite=bool(job.get("overwrite")))
    shutil.rmtree(folder, ignore_errors=True)

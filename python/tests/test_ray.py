"""Rendering on a Ray cluster: two nodes, on one machine."""

import os
import signal
import subprocess

import program
import pytest

import mouthpiece

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install mouthpiece[ray]")

import mouthpiece.ray as cluster_render  # noqa: E402
from ray.cluster_utils import Cluster  # noqa: E402

FRAMES = (0, 5 * 250 + 17)


@pytest.fixture(scope="module")
def cluster():
    two_nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    two_nodes.add_node(num_cpus=1)
    ray.init(address=two_nodes.address, log_to_driver=False)
    yield two_nodes
    ray.shutdown()
    two_nodes.shutdown()


@pytest.fixture(scope="module")
def single(drawn, tmp_path_factory):
    """What one run makes."""
    path = tmp_path_factory.mktemp("single") / "single.mp4"
    program.render(drawn, path, "--frames", f"{FRAMES[0]}:{FRAMES[1]}")
    return frames_of(path)


def frames_of(path):
    """Time and checksum of every decoded frame."""
    lines = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:v:0", "-fps_mode", "passthrough",
                            "-f", "framemd5", "-"], check=True, capture_output=True, text=True).stdout.splitlines()
    return [line for line in lines if not line.startswith("#")]


def video_job(drawn, out, **options):
    return {"avatar": drawn, "out": out, "frames": FRAMES} | options


class Crews:
    """The crews that render() makes, so that a test can reach for their actors."""

    def __init__(self, monkeypatch):
        self.made = []
        crew_class = cluster_render._Crew

        class Recorded(crew_class):
            def __init__(crew, *arguments):  # noqa: N805
                self.made.append(crew)
                super().__init__(*arguments)

        monkeypatch.setattr(cluster_render, "_Crew", Recorded)

    def a_busy_actor(self):
        return next(iter(self.made[-1].busy.values()))[0] if self.made and self.made[-1].busy else None


def test_equals_a_single_run(cluster, drawn, tmp_path, single):
    seen = []
    cluster_render.render(video_job(drawn, tmp_path / "x.mp4"), progress=lambda done, total: seen.append((done, total)))
    assert frames_of(tmp_path / "x.mp4") == single
    assert [path.name for path in tmp_path.iterdir()] == ["x.mp4"]
    assert seen[-1] == (8, 8) and all(0 <= done <= total for done, total in seen)


def test_actors_work_on_both_nodes(cluster, drawn, tmp_path, monkeypatch):
    crews, nodes = Crews(monkeypatch), set()

    def look(done, total):
        actor = crews.a_busy_actor()
        if actor is not None:
            nodes.update(ray.get(actor.place.remote())[0] for actor, _ in crews.made[-1].busy.values())

    cluster_render.render(video_job(drawn, tmp_path / "x.mp4"), progress=look)
    assert len(nodes) == 2


def test_a_list_of_jobs_of_several_kinds(cluster, drawn, tmp_path, single):
    jobs = [video_job(drawn, tmp_path / "a.mp4"),
            video_job(drawn, tmp_path / "b.mkv", frames=(100, 700), loop="repeat", crf=30),
            {"avatar": drawn, "out": f"{tmp_path / 'pictures'}/", "frames": range(20, 60)}]
    cluster_render.render(jobs, shards=3)
    assert frames_of(tmp_path / "a.mp4") == single
    program.render(drawn, tmp_path / "c.mkv", "--frames", "100:700", "--loop", "repeat", "--crf", "30")
    assert frames_of(tmp_path / "b.mkv") == frames_of(tmp_path / "c.mkv")
    program.render(drawn, f"{tmp_path / 'expected'}/", "--frames", "20:60")
    pictures, expected = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
                          for name in ("pictures", "expected"))
    assert pictures == expected and len(pictures) == 40


def test_an_actor_that_is_killed_changes_nothing(cluster, drawn, tmp_path, single, monkeypatch):
    crews = Crews(monkeypatch)
    killed = []

    def kill(done, total):
        actor = crews.a_busy_actor()
        if len(killed) < 2 and done > 2 * len(killed) + 0.1 and actor is not None:
            killed.append(ray.get(actor.place.remote())[1])
            os.kill(killed[-1], signal.SIGKILL)

    cluster_render.render(video_job(drawn, tmp_path / "x.mp4"), progress=kill)
    assert len(set(killed)) == 2
    assert frames_of(tmp_path / "x.mp4") == single
    assert [path.name for path in tmp_path.iterdir()] == ["x.mp4"]


def test_a_node_that_is_lost_changes_nothing(cluster, drawn, tmp_path, single):
    node = cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    lost = []

    def lose(done, total):
        if not lost and done > 0.5:
            lost.append(cluster.remove_node(node, allow_graceful=False))

    cluster_render.render(video_job(drawn, tmp_path / "x.mp4"), workers=3, progress=lose)
    assert lost
    assert frames_of(tmp_path / "x.mp4") == single


def test_an_actor_that_dies_again_and_again_is_an_error(cluster, drawn, tmp_path, monkeypatch):
    crews = Crews(monkeypatch)

    def kill(done, total):
        actor = crews.a_busy_actor()
        if actor is not None:
            ray.kill(actor)

    with pytest.raises(mouthpiece.Error, match=r"x\.mp4.*shard .*expected an actor to live until its end, found 2 dead"):
        cluster_render.render(video_job(drawn, tmp_path / "x.mp4", frames=(0, 100_000)), workers=1, retries=1,
                              progress=kill)
    assert list(tmp_path.iterdir()) == []


def test_errors_are_those_of_a_single_run(cluster, drawn, tmp_path):
    with pytest.raises(mouthpiece.Error, match="nowhere"):
        cluster_render.render({"avatar": tmp_path / "nowhere", "out": tmp_path / "x.mp4"})
    with pytest.raises(mouthpiece.Error, match="h999"):
        cluster_render.render(video_job(drawn, tmp_path / "x.mp4", codec="h999"))
    with pytest.raises(TypeError, match="colour"):
        cluster_render.render(video_job(drawn, tmp_path / "x.mp4", colour="red"))
    (tmp_path / "x.mp4").write_text("precious")
    with pytest.raises(mouthpiece.Error, match="exists already"):
        cluster_render.render(video_job(drawn, tmp_path / "x.mp4"))
    assert (tmp_path / "x.mp4").read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == ["x.mp4"]


def test_wrong_arguments_are_refused_before_any_work(cluster, drawn, tmp_path):
    with pytest.raises(ValueError, match="avatar"):
        cluster_render.render({"out": tmp_path / "x.mp4"})
    with pytest.raises(ValueError, match="shard"):
        cluster_render.render(video_job(drawn, tmp_path / "x.mp4", shard=(0, 2)))
    with pytest.raises(ValueError, match="num_cpus"):
        cluster_render.render(video_job(drawn, tmp_path / "x.mp4"), num_cpus=1000)
    cluster_render.render([])
    assert list(tmp_path.iterdir()) == []


def test_join_is_the_command_lines(drawn, tmp_path, single):
    renderer = mouthpiece.Renderer(mouthpiece.Avatar.open(drawn))
    paths = [tmp_path / f"{index}.mp4" for index in range(3)]
    for index, path in enumerate(paths):
        renderer.render(out=path, frames=FRAMES, shard=(index, 3))
    assert mouthpiece.join(paths[::-1], tmp_path / "x.mp4") == FRAMES[1]
    assert frames_of(tmp_path / "x.mp4") == single
    with pytest.raises(mouthpiece.Error, match="found 2 of 3"):
        mouthpiece.join(paths[:2], tmp_path / "y.mp4")

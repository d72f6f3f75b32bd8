"""Rendering on a Ray cluster: two nodes, on one machine."""

import contextlib
import os
import signal
import subprocess

import pytest
import ray
from ray.cluster_utils import Cluster

import mouthpiece
import mouthpiece.ray as cluster_render
import program

FRAMES = (0, 5 * 250 + 17)


NODE = {"num_cpus": 1, "object_store_memory": 100 << 20}


@pytest.fixture(scope="module")
def cluster():
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    two_nodes = Cluster(initialize_head=True, head_node_args=NODE | {"include_dashboard": False})
    two_nodes.add_node(**NODE)
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
        self.loads = []  # of networks, by the actors of the last crew, asked when all is done
        crew_class = cluster_render._Crew

        class Recorded(crew_class):
            def __init__(crew, *arguments):  # noqa: N805
                self.made.append(crew)
                super().__init__(*arguments)

            def dismiss(crew):  # noqa: N805
                with contextlib.suppress(ray.exceptions.RayError):  # of actors that a test killed
                    self.loads = ray.get([actor.loads.remote() for actor in crew.idle])
                super().dismiss()

        monkeypatch.setattr(cluster_render, "_Crew", Recorded)

    def busy_actors(self):
        return [actor for actor, _ in self.made[-1].busy.values()] if self.made else []

    def kill_one(self):
        """Kills the process of a busy actor; None when there is none."""
        for actor in self.busy_actors()[:1]:
            process = ray.get(actor.place.remote())[1]
            os.kill(process, signal.SIGKILL)
            return process
        return None


def pictures_in(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_equals_a_single_run(cluster, drawn, tmp_path, single):
    seen = []
    cluster_render.render(video_job(drawn, tmp_path / "x.mp4"), progress=lambda done, total: seen.append((done, total)))
    assert frames_of(tmp_path / "x.mp4") == single
    assert [path.name for path in tmp_path.iterdir()] == ["x.mp4"]
    assert seen[-1] == (8, 8) and all(0 <= done <= total for done, total in seen)


def test_actors_work_on_both_nodes(cluster, drawn, tmp_path, monkeypatch):
    crews, nodes = Crews(monkeypatch), set()

    def look(done, total):
        nodes.update(ray.get(actor.place.remote())[0] for actor in crews.busy_actors())

    cluster_render.render(video_job(drawn, tmp_path / "x.mp4"), progress=look)
    assert len(nodes) == 2


def test_an_actor_loads_the_network_once(cluster, drawn, tmp_path, monkeypatch):
    crews = Crews(monkeypatch)
    cluster_render.render(video_job(drawn, tmp_path / "x.mp4"), workers=1, shards=3)
    assert crews.loads == [1]


def test_a_list_of_jobs_of_several_kinds(cluster, drawn, tmp_path, single):
    jobs = [video_job(drawn, tmp_path / "a.mp4"),
            video_job(drawn, tmp_path / "b.mkv", frames=(100, 700), loop="repeat", crf=30),
            {"avatar": drawn, "out": f"{tmp_path / 'pictures'}/", "frames": range(20, 60)}]
    cluster_render.render(jobs, shards=3)
    assert frames_of(tmp_path / "a.mp4") == single
    program.render(drawn, tmp_path / "c.mkv", "--frames", "100:700", "--loop", "repeat", "--crf", "30")
    assert frames_of(tmp_path / "b.mkv") == frames_of(tmp_path / "c.mkv")
    program.render(drawn, f"{tmp_path / 'expected'}/", "--frames", "20:60")
    assert pictures_in(tmp_path / "pictures") == pictures_in(tmp_path / "expected")
    assert len(pictures_in(tmp_path / "pictures")) == 40


def test_an_actor_that_is_killed_changes_nothing(cluster, drawn, tmp_path, single, monkeypatch):
    crews = Crews(monkeypatch)
    killed = []

    def kill(done, total):
        if len(killed) < 2 and done > 2 * len(killed) + 0.1 and (process := crews.kill_one()):
            killed.append(process)

    cluster_render.render(video_job(drawn, tmp_path / "x.mp4"), progress=kill)
    assert len(set(killed)) == 2
    assert frames_of(tmp_path / "x.mp4") == single
    assert [path.name for path in tmp_path.iterdir()] == ["x.mp4"]


@pytest.mark.parametrize("is_there", [False, True])
def test_an_actor_that_is_killed_leaves_no_picture_behind(cluster, drawn, tmp_path, monkeypatch, is_there):
    crews, killed = Crews(monkeypatch), []
    pictures = tmp_path / "pictures"
    if is_there:
        pictures.mkdir()
        (pictures / "00000.jpg").write_text("another job's")

    def kill(done, total):
        if not killed and any(path.is_dir() for path in tmp_path.rglob(".*.partial-*")):
            killed.append(crews.kill_one())
            assert killed[0]

    job = {"avatar": drawn, "out": pictures / "%05d.jpg", "frames": range(1, 400)}
    cluster_render.render(job, shards=2, progress=kill)
    assert killed
    program.render(drawn, f"{tmp_path / 'expected'}/", "--frames", "1:400")
    found = pictures_in(pictures)
    assert found.pop("00000.jpg", None) == (b"another job's" if is_there else None)
    assert found == pictures_in(tmp_path / "expected")
    assert {path.name for path in tmp_path.iterdir()} == {"pictures", "expected"}


def test_a_node_that_is_lost_changes_nothing(cluster, drawn, tmp_path, single):
    node = cluster.add_node(**NODE)
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
        for actor in crews.busy_actors():
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
    (tmp_path / "7.jpg").write_text("precious")
    with pytest.raises(mouthpiece.Error, match="7.jpg: exists already"):
        cluster_render.render(video_job(drawn, tmp_path / "%d.jpg", frames=(5, 8)))
    with pytest.raises(mouthpiece.Error, match="missing/x.mp4: cannot be created: No such file"):
        cluster_render.render(video_job(drawn, tmp_path / "missing" / "x.mp4"))
    for out in ("hash:x", "null:", "-", tmp_path / "x.y4m"):
        with pytest.raises(mouthpiece.Error, match="expected a video .*or pictures"):
            cluster_render.render(video_job(drawn, out))
    assert {path.name for path in tmp_path.iterdir()} == {"x.mp4", "7.jpg"}


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

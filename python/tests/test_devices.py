"""GPUs from Python: Mesa's software device, which runs the smallest network in a second a frame."""

import shutil

import numpy as np
import pytest

import mouthpiece
import mouthpiece.live
import program

GPU = mouthpiece.devices()[1]
needs_gpu = pytest.mark.skipif(not GPU.usable, reason=GPU.note)
FRAMES = (0, 2)


@pytest.fixture(scope="module")
def thin_speaker(speaker, tmp_path_factory):
    """A package that speaks, with a small network that GPUs know."""
    package = tmp_path_factory.mktemp("thin") / "package"
    shutil.copytree(speaker, package)
    shutil.copyfile(program.network("unet_thin"), package / "checkpoint" / "model_best.onnx")
    return package


def assert_close(found, expected, most=2):
    """A GPU's half floats move the network's levels by one or so, and resizing may add to that."""
    for frame, other in zip(found, expected, strict=True):
        for plane, reference in zip(frame, other, strict=True):
            assert np.abs(plane.astype(int) - reference).max() <= most


def test_devices_begin_with_the_cpu():
    cpu, *gpus = mouthpiece.devices()
    assert (cpu.device, cpu.type, cpu.usable) == ("cpu", "cpu", True)
    assert gpus, "or why there are none"
    assert all(isinstance(text, str) for device in (cpu, *gpus) for text in (device.name, device.driver, device.note))


def test_a_device_that_is_not_there_is_an_error(unet):
    with pytest.raises(mouthpiece.Error, match="device vulkan:99"):
        list(mouthpiece.Renderer(unet, device="vulkan:99").frames(frames=FRAMES))
    with pytest.raises(mouthpiece.Error, match="device"):
        mouthpiece.Compositor(unet, device="vulkan:99")


def test_auto_is_the_cpu_where_nothing_was_measured(unet, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    stats = mouthpiece.Renderer(unet, device="auto").render(out="null:", frames=FRAMES)
    assert stats["config"]["device"] == "cpu"


@needs_gpu
def test_frames_are_those_of_the_cpu(unet):
    settings = {"format": "yuv", "frames": FRAMES}
    expected = list(mouthpiece.Renderer(unet, precision="f32").frames(**settings))
    assert_close(mouthpiece.Renderer(unet, device="vulkan", device_memory=8 << 20).frames(**settings), expected)


@needs_gpu
def test_renders_say_what_ran(unet):
    renderer = mouthpiece.Renderer(unet, device="vulkan:0", precision="f16")
    stats = renderer.render(out="null:", frames=(0, 1))
    assert stats["config"]["device"] == "vulkan:0"
    assert stats["config"]["precision"] == "f16"
    assert GPU.name in stats["config"]["engine"]
    assert renderer.render(out="null:", frames=(0, 1))["network"]["wall_s"] == 0, "the device is kept"


@needs_gpu
def test_shards_join(unet, tmp_path):
    renderer = mouthpiece.Renderer(unet, device="vulkan")
    parts = [tmp_path / f"{index}.mp4" for index in range(2)]
    for index, part in enumerate(parts):
        renderer.render(out=part, frames=FRAMES, shard=(index, 2))
    assert mouthpiece.join(parts, tmp_path / "whole.mp4") == 2


@needs_gpu
@pytest.mark.parametrize("resample", ["linear", "cubic"])
def test_mouths_of_ones_own_are_within_a_level(unet, resample):
    random = np.random.default_rng(5)
    on_cpu = mouthpiece.Compositor(unet, resample=resample)
    on_gpu = mouthpiece.Compositor(unet, resample=resample, device="vulkan")
    mouths = random.integers(0, 256, (3, 320, 320), np.uint8), random.random((320, 320, 3), np.float32)
    for index, mouth in enumerate(mouths):
        settings = {"format": "yuv"}
        assert_close([on_gpu.composite(index, mouth, **settings)], [on_cpu.composite(index, mouth, **settings)], 1)


@needs_gpu
def test_she_speaks_live(thin_speaker):
    avatar = mouthpiece.Avatar.open(thin_speaker)
    stage = mouthpiece.live.Stage(avatar, device="vulkan", threads=1)
    with mouthpiece.live.Session(stage, oversubscribe=True) as session:
        session.push(np.zeros(1600, np.int16), 16000)
        session.end()
        for output in session:
            if isinstance(output, mouthpiece.live.Finished):
                break


@needs_gpu
def test_ray_renders_on_it(unet, tmp_path):
    ray = pytest.importorskip("ray")
    import mouthpiece.ray as cluster_render

    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, object_store_memory=100 << 20)
    try:
        out = tmp_path / "talk.mp4"
        cluster_render.render({"avatar": unet.path, "out": out, "frames": (0, 1), "device": "vulkan"}, shards=1)
        assert out.stat().st_size > 0
    finally:
        ray.shutdown()

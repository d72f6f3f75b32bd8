#!/usr/bin/env python3
"""Rendering in shards: what join makes of them is what one run makes, or one clear line."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import textwrap
import unittest
import wave

import numpy as np

import program
from program import Settings, hashes, render, run

BAD_INPUT = 2
ONE_LINE = r"\Amouthpiece: [^\n]+\n\Z"
SEGMENT = 250
FRAMES = 7 * SEGMENT + 31  # eight segments, the last a short one
RATE = 16000
DEMO = program.ROOT / "assets" / "demo"


def ffmpeg_sums(path, stream, *output):
    """The lines of ffmpeg's framemd5 for one stream, without comments."""
    result = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-map", f"0:{stream}:0", *output,
                             "-f", "framemd5", "-"], check=True, capture_output=True, text=True).stdout
    return [line for line in result.splitlines() if not line.startswith("#")]


def frames_of(path):
    """Time and checksum of every decoded frame."""
    return ffmpeg_sums(path, "v", "-fps_mode", "passthrough")


def packets_of(path, stream):
    """Time shown, duration, size and checksum of every packet."""
    return [line.split(",")[2:] for line in ffmpeg_sums(path, stream, "-c", "copy")]


def sound_of(path):
    """The decoded samples, after whatever the file says of a delay."""
    output = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:a:0", "-f", "f32le", "-"],
                            check=True, capture_output=True).stdout
    return np.frombuffer(output, np.float32)


def write_speech(path, seconds):
    samples = np.random.default_rng(3).uniform(-0.5, 0.5, int(seconds * RATE))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1), file.setsampwidth(2), file.setframerate(RATE)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


class Shards(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.base = pathlib.Path(cls.scratch.name)
        cls.sound = write_speech(cls.base / "speech.wav", FRAMES / 25)
        # Sound to mux beside the package's own features: the drawn package has no audio encoder.
        cls.job = ("--audio", cls.sound, "--features", Settings.package / "aud_ave.npy", "--frames", f"0:{FRAMES}")

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def render_shards(self, count, suffix, *arguments, job=None):
        paths = []
        for index in range(count):
            path = self.folder / f"{index}_of_{count}{suffix}"
            render(Settings.package, path, "--shard", f"{index}/{count}", *(job or self.job), *arguments)
            paths.append(path)
        return paths

    def join(self, paths, name):
        path = self.folder / name
        result = run("join", *paths, "-o", path, "--quiet")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b"", ""))
        return path

    def check_same(self, joined, single, same_threads=True):
        frames = frames_of(single)
        self.assertEqual(frames_of(joined), frames)
        if same_threads:  # x264 notes their number in its first packet
            self.assertEqual(packets_of(joined, "v"), packets_of(single, "v"))
        self.assertEqual(packets_of(joined, "a"), packets_of(single, "a"))
        np.testing.assert_array_equal(sound_of(joined), sound_of(single))
        return len(frames)

    def streams(self, path):
        """What ffprobe tells of a file's streams and format, but for its name and size."""
        return subprocess.run(["ffprobe", "-v", "error", "-show_entries",
                               "stream=codec_name,codec_tag_string,profile,level,width,height,pix_fmt,color_space,"
                               "color_range,color_primaries,color_transfer,chroma_location,r_frame_rate,"
                               "avg_frame_rate,start_time,duration,extradata_hash,sample_rate,channels:"
                               "format=format_name,duration,start_time:format_tags:stream_tags",
                               "-show_data_hash", "md5", str(path)], check=True, capture_output=True,
                              text=True).stdout


class Joined(Shards):
    def check_counts(self, suffix, counts, *arguments):
        single = self.folder / f"single{suffix}"
        render(Settings.package, single, *self.job, *arguments)
        for count in counts:
            with self.subTest(f"{count} shards of {suffix} {arguments}"):
                joined = self.join(self.render_shards(count, suffix, *arguments), f"joined{count}{suffix}")
                self.assertEqual(self.check_same(joined, single), FRAMES)
                self.assertEqual(self.streams(joined), self.streams(single))

    def test_mp4_is_what_one_run_makes(self):
        self.check_counts(".mp4", (1, 2, 3, 7))

    def test_also_with_more_shards_than_segments(self):
        self.check_counts(".mp4", (11,))

    def test_mkv_and_mov(self):
        self.check_counts(".mkv", (3,))
        self.check_counts(".mov", (3,))

    def test_avi_and_encoders_that_know_no_other_frames(self):
        self.check_counts(".avi", (2,))
        self.check_counts(".mkv", (2,), "--codec", "ffv1")

    def test_on_machines_of_other_threads_and_caches(self):
        single = self.folder / "single.mp4"
        render(Settings.package, single, *self.job, "--threads", "2", "--cache", "ram")
        paths = self.render_shards(3, ".mp4", "--threads", "1", "--cache", "stream")
        paths[1].unlink()
        render(Settings.package, paths[1], "--shard", "1/3", *self.job, "--threads", "5", "--cache", "ram")
        self.assertEqual(frames_of(self.join(paths, "joined.mp4")), frames_of(single))

    def test_a_bitrate_with_threads_that_are_given(self):
        self.check_counts(".mp4", (2,), "--bitrate", "300k", "--threads", "2")

    def test_files_in_any_order_and_from_the_middle_of_the_speech(self):
        job = (*self.job[:-1], f"113:{113 + 3 * SEGMENT + 1}")
        single = self.folder / "single.mp4"
        render(Settings.package, single, *job, "--loop", "repeat")
        paths = self.render_shards(3, ".mp4", "--loop", "repeat", job=job)
        joined = self.join([paths[2], paths[0], paths[1]], "joined.mp4")
        self.assertEqual(self.check_same(joined, single), 3 * SEGMENT + 1)

    def test_without_sound(self):
        job = ("--frames", f"0:{2 * SEGMENT}")
        single = self.folder / "single.mp4"
        render(Settings.package, single, *job)
        joined = self.join(self.render_shards(2, ".mp4", job=job), "joined.mp4")
        self.assertEqual(frames_of(joined), frames_of(single))
        self.assertEqual(self.streams(joined), self.streams(single))

    def test_a_shard_is_as_many_whole_segments_as_the_others(self):
        lengths = [len(frames_of(path)) for path in self.render_shards(3, ".mp4")]
        self.assertEqual(lengths, [3 * SEGMENT, 3 * SEGMENT, SEGMENT + 31])

    def test_a_shard_without_frames_says_so(self):
        path = self.folder / "x.mp4"
        result = run("render", Settings.package, "-o", path, "--shard", "1/2", "--frames", "0:100")
        self.assertEqual(result.returncode, 0)
        self.assertIn("nothing to render", result.stderr)
        self.assertTrue(path.exists())
        first = self.folder / "y.mp4"
        render(Settings.package, first, "--shard", "0/2", "--frames", "0:100")
        self.assertEqual(len(frames_of(self.join([path, first], "joined.mp4"))), 100)


class NoVideo(Shards):
    def test_pictures_are_numbered_over_all_shards(self):
        job = ("--frames", "3:63")
        render(Settings.package, f"{self.folder / 'single'}/", *job)
        for index in (2, 0, 1):
            render(Settings.package, f"{self.folder / 'shards'}/", *job, "--shard", f"{index}/3")
        single = {path.name: path.read_bytes() for path in (self.folder / "single").iterdir()}
        shards = {path.name: path.read_bytes() for path in (self.folder / "shards").iterdir()}
        self.assertEqual(sorted(shards), [f"{number:05d}.jpg" for number in range(3, 63)])
        self.assertTrue(shards == single)

    def test_checksums_are_those_of_the_whole(self):
        job = ("--frames", "5:105")
        sums = [line for index in range(3) for line in hashes(Settings.package, *job, "--shard", f"{index}/3")]
        self.assertEqual(sums, hashes(Settings.package, *job))

    def test_more_shards_than_frames(self):
        job = ("--frames", "0:2")
        sums = [line for index in range(5) for line in hashes(Settings.package, *job, "--shard", f"{index}/5")]
        self.assertEqual(sums, hashes(Settings.package, *job))


class Examples(Shards):
    """The example files do what they say, run by hand."""

    LENGTH = SEGMENT + 3

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.base / "bin").mkdir()
        (cls.base / "bin" / "mouthpiece").symlink_to(Settings.program)
        # Their job is the speech that they are given, so the avatar has to be one that takes speech.
        cls.speech = write_speech(cls.base / "speech.mp3.wav", cls.LENGTH / 25).rename(cls.base / "speech.mp3")
        cls.single = cls.base / "single.mp4"
        render(DEMO, cls.single, "--audio", cls.speech)

    def check(self, script, *arguments, shards, **variables):
        path = f"{self.base / 'bin'}:{os.environ['PATH']}"
        subprocess.run(["bash", "-ec", script, "script", *map(str, arguments)], check=True, cwd=self.folder,
                       env=os.environ | variables | {"PATH": path})
        return self.folder / shards

    def test_slurm(self):
        script = (program.ROOT / "examples" / "slurm.sbatch").read_text()
        for task in range(2):
            folder = self.check(script, DEMO, self.speech, "talk.mp4", shards="talk.mp4.shards",
                                SLURM_ARRAY_TASK_ID=str(task), SLURM_ARRAY_TASK_COUNT="2", SLURM_CPUS_PER_TASK="2")
        self.check_joined(folder)

    def test_kubernetes(self):
        text = (program.ROOT / "examples" / "kubernetes.yaml").read_text()
        render_block, join_block = re.findall(r"args:\n +- \|\n((?: {14}.*\n)+)", text)
        (self.folder / "avatar").symlink_to(DEMO)
        (self.folder / "speech.mp3").symlink_to(self.speech)
        for index in range(2):
            self.check(textwrap.dedent(render_block), shards="shards", DATA=str(self.folder), THREADS="2",
                       JOB_COMPLETION_INDEX=str(index), SHARDS="2")
        joined = self.check(textwrap.dedent(join_block), shards="talk.mp4", DATA=str(self.folder), SHARDS="2")
        self.assertEqual(self.check_same(joined, self.single, same_threads=False), self.LENGTH)

    def check_joined(self, folder):
        joined = self.join(sorted(folder.iterdir()), "joined.mp4")
        self.assertEqual(self.check_same(joined, self.single, same_threads=False), self.LENGTH)


class Refused(Shards):
    """Three shards of 600 frames, and what can be wrong with them."""
    JOB = ("--frames", "0:600")

    def setUp(self):
        super().setUp()
        self.paths = self.render_shards(3, ".mp4", job=self.JOB)

    def check_refused(self, paths, *mentions, name="joined.mp4", arguments=()):
        before = sorted(self.folder.iterdir())
        result = run("join", *paths, "-o", self.folder / name, *arguments)
        self.assertEqual(result.returncode, BAD_INPUT, result.stderr)
        self.assertRegex(result.stderr, ONE_LINE)
        for text in mentions:
            self.assertIn(str(text), result.stderr)
        self.assertEqual(sorted(self.folder.iterdir()), before, "nothing half-written is left")

    def another(self, name, *arguments, shard="1/3", package=None):
        path = self.folder / name
        render(package or Settings.package, path, "--shard", shard, *arguments)
        return path

    def test_shards_that_are_missing(self):
        self.check_refused(self.paths[:2], "joined.mp4", "expected the shards 0 to 2, found 2 of 3", "shard 2")
        self.check_refused(self.paths[1:], "joined.mp4", "found 2 of 3", "shard 0")
        self.check_refused([self.paths[0], self.folder / "nowhere.mp4"], "nowhere.mp4", "found none")

    def test_a_shard_that_is_there_twice(self):
        copy = shutil.copy(self.paths[1], self.folder / "copy.mp4")
        self.check_refused([*self.paths, copy], "copy.mp4", "found shard 1 in", self.paths[1])

    def test_shards_of_another_job(self):
        first = self.paths[0]
        for name, arguments, *mentions in (
                ("frames.mp4", ("--frames", "0:601"), "frames of the job: expected 0:600", "found 0:601"),
                ("crf.mp4", (*self.JOB, "--crf", "30"), "settings: expected libx264 of", "found libx264 crf 30"),
                ("loop.mp4", (*self.JOB, "--loop", "repeat"), "loop pingpong", "loop repeat"),
                ("resample.mp4", (*self.JOB, "--resample", "cubic"), "resample linear", "resample cubic"),
                ("engine.mp4", (*self.JOB, "--audio", self.sound, "--features", Settings.package / "aud_ave.npy"),
                 "speech: expected")):
            with self.subTest(name):
                other = self.another(name, *arguments)
                self.check_refused([first, other, self.paths[2]], name, first, *mentions)
        other = self.another("count.mp4", *self.JOB, shard="1/4")
        self.check_refused([first, other, self.paths[2]], "count.mp4: shards in all: expected 3", "found 4")
        other = self.another("other.mkv", *self.JOB)
        self.check_refused([first, other, self.paths[2]], "other.mkv: container: expected .mp4", "found .mkv")

    def test_shards_of_another_avatar(self):
        package = self.folder / "package"
        shutil.copytree(Settings.package, package, copy_function=shutil.copyfile)
        video = (package / "full_body_video.mp4").read_bytes()
        (package / "full_body_video.mp4").write_bytes(video + bytes(8))
        other = self.another("other.mp4", *self.JOB, package=package)
        self.check_refused([self.paths[0], other, self.paths[2]], "other.mp4: avatar: expected", "found")

    def test_shards_that_are_cut_short(self):
        for index, path in enumerate(self.paths):
            data = path.read_bytes()
            for share in (0.0, 0.3, 0.9, 0.999):
                with self.subTest(f"shard {index} cut at {share}"):
                    path.write_bytes(data[:int(len(data) * share)])
                    self.check_refused(self.paths, path)
            path.write_bytes(data)

    def test_files_that_are_no_shards(self):
        whole = self.folder / "whole.mp4"
        render(Settings.package, whole, *self.JOB)
        self.check_refused([whole], "whole.mp4: expected a shard that render --shard wrote")
        self.check_refused([self.paths[0], Settings.package / "package_info.json"], "package_info.json")
        self.check_refused([self.folder], self.folder)
        joined = self.join(self.paths, "joined.mp4")
        self.check_refused([joined], "joined.mp4: expected a shard", name="again.mp4")

    def test_outputs_of_another_kind_or_that_exist(self):
        self.check_refused(self.paths, "joined.mkv: expected a .mp4 file", "found .mkv", name="joined.mkv")
        self.check_refused(self.paths, "joined: expected a .mp4 file", name="joined")
        taken = self.folder / "taken.mp4"
        taken.write_text("precious")
        self.check_refused(self.paths, "taken.mp4: exists already", name="taken.mp4")
        self.assertEqual(taken.read_text(), "precious")
        result = run("join", *self.paths, "-o", taken, "--overwrite")
        self.assertEqual((result.returncode, result.stderr), (0, f"  {taken}: 600 frames of 3 shards\n"))
        self.assertEqual(len(frames_of(taken)), 600)

    def test_bad_arguments(self):
        for value in ("", "1", "/", "1/", "/2", "3/3", "-1/3", "0/0", "1/3/4", "a/b", "0/3 "):
            with self.subTest(value):
                result = run("render", Settings.package, "-o", self.folder / "x.mp4", f"--shard={value}")
                self.assertEqual(result.returncode, BAD_INPUT)
                self.assertRegex(result.stderr, ONE_LINE)
                self.assertIn("I from 0 to N-1" if value else "--shard", result.stderr)
        self.check_refused([], "shards")
        result = run("render", Settings.package, "-o", self.folder / "x.mp4", "--shard", "0/2", "--bitrate", "1M")
        self.assertEqual(result.returncode, BAD_INPUT)
        self.assertRegex(result.stderr, r"\Amouthpiece: .*x\.mp4: expected --threads N[^\n]*\n\Z")
        self.assertFalse((self.folder / "x.mp4").exists())


if __name__ == "__main__":
    program.main(__doc__.splitlines()[0])

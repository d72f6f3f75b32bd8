#!/usr/bin/env python3
"""Many renders in one process: `render AVATAR --jobs LIST`. One row a case: the lines, what must be said or done."""

import csv
import io
import json
import os
import signal
import subprocess
import time

import numpy as np

import program
from program import Settings, run
from speech_case import give_encoder, syllables, write_wav
from writing_case import Writing

BAD_INPUT, SOME_FAILED, INTERRUPTED = 2, 3, 130


class Jobs(Writing):
    def setUp(self):
        super().setUp()
        self.previous = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, self.previous)

    def write_list(self, lines, name="jobs.jsonl"):
        path = self.folder / name
        path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
        return path

    def jobs(self, lines, *arguments, package=None, **options):
        """Renders the lines, 3 frames each unless they say otherwise."""
        path = self.write_list(lines)
        return run("render", package or Settings.package, "--jobs", path.name, "--frames", "0:3", *arguments, **options)

    def speaker(self):
        package = self.package("speaker")
        give_encoder(package)
        return package


class Done(Jobs):
    def test_as_the_single_renders_do(self):
        package = self.speaker()
        write_wav("one.wav", syllables(0.5))
        write_wav("two.wav", syllables(0.3))
        np.save("features.npy", np.random.default_rng(1).normal(size=(7, 512)).astype(np.float32))
        jobs = [{"output": "a.mp4", "audio": "one.wav", "crf": 30},
                {"output": "b.mov", "audio": "two.wav", "features": "features.npy", "metadata": ["title=B"]},
                {"output": "hash:c.txt", "frames": "2:9", "loop": "none", "resample": "cubic"},
                {"output": "images/", "audio": "two.wav", "quality": 40},
                {"output": "p_%02d.png", "frames": "1:3"},
                {"output": "hash:d.txt"}, {"output": "e.y4m", "audio_window": "edge", "features": "features.npy", "stats": "e.json"}]
        lines = self.write_list(jobs)
        result = run("render", package, "--jobs", lines, "--quiet")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        stats = json.loads((self.folder / "e.json").read_text())
        self.assertEqual(stats["network"]["wall_s"], 0, "the network is loaded once")
        self.assertEqual(stats["stages"]["decode"]["ms_per_frame"], 0, "frames are decoded once")
        made = {path: path.read_bytes() for path in self.folder.rglob("*.*")
                if path.suffix in (".mp4", ".mov", ".txt", ".jpg", ".png", ".y4m") and package not in path.parents}
        self.assertEqual(len(made), 5 + 8 + 2)
        for path in made:
            path.unlink()
        (self.folder / "images").rmdir()
        (self.folder / "e.json").unlink()
        for job in jobs:
            options = []
            for key, value in job.items():
                options += [f"--{key.replace('_', '-')}", *value] if isinstance(value, list) else \
                    [f"--{key.replace('_', '-')}", value]
            program.run("render", package, *options, "--quiet")
        for path, data in made.items():
            self.assertEqual(path.read_bytes(), data, path)

    def test_from_csv_and_standard_input(self):
        table = io.StringIO()
        writer = csv.writer(table)
        writer.writerows([["output", "frames", "overwrite", "metadata", "metadata"],
                          ["hash:a, \"b\".txt", "0:2", "", "", ""], [],
                          ["c.mkv", "1:3", "true", "title=C", "artist=Me"]])
        (self.folder / "list.CSV").write_text(table.getvalue())
        (self.folder / "c.mkv").write_text("old")
        time.sleep(0.02)
        self.assertEqual(run("render", Settings.package, "--jobs", "list.CSV", "--quiet").returncode, 0)
        self.assertEqual(len((self.folder / "a, \"b\".txt").read_text().splitlines()), 2)
        self.assertNotEqual((self.folder / "c.mkv").read_bytes()[:3], b"old")
        result = run("render", Settings.package, "--jobs", "-", "--quiet", "--frames", "0:2",
                     input=b'\xef\xbb\xbf{"output": "hash:d.txt"}\r\n\r\n{"output": "hash:e.txt", "frames": "0:4"}')
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual([len((self.folder / name).read_text().splitlines()) for name in ("d.txt", "e.txt")], [2, 4])

    def test_says_which_job_and_sums_up(self):
        result = self.jobs([{"output": "hash:a.txt"}, {"output": "hash:b.txt"}])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("1/2 hash:a.txt: 3 frames", result.stderr)
        self.assertIn("2/2 hash:b.txt: 3 frames", result.stderr)
        self.assertRegex(result.stderr, r"\n  2 jobs done, 0 failed: 6 frames in [^\n]+\n\Z")
        self.assertEqual(result.stderr.count("of memory"), 1, "what all have in common is said once")


class Refused(Jobs):
    """Before the first frame, with file and line, all at once; nothing is rendered then."""

    def test_lines_that_are_wrong(self):
        (self.folder / "taken.mp4").write_text("mine")
        (self.folder / "text.wav").write_text("no sound")
        np.save("hubert.npy", np.zeros((5, 1024), np.float32))
        write_wav("speech.wav", syllables(0.3))
        cases = [  # lines, {line: what it says}
            (['{"output": "x.mp4"'], {1: "is no JSON"}),
            (["[1, 2]"], {1: "expected a JSON object"}),
            (['{"output": "x.mp4", "output": "y.mp4"}'], {1: 'gives "output" twice'}),
            ([{"output": "x.mp4", "audoi": "speech.wav"}], {1: '"audoi": is no option of a job, which are output,'}),
            ([{"output": "x.mp4", "threads": 2}], {1: "--threads: is the same for all jobs"}),
            ([{"output": "x.mp4", "quiet": True}], {1: "--quiet: is the same for all jobs"}),
            ([{"output": "x.mp4", "crf": "20"}], {1: "--crf: expected a number, found 20"}),
            ([{"output": "x.mp4", "crf": 99}], {1: "--crf"}),
            ([{"output": "x.mp4", "frames": 9}], {1: "--frames: expected a text, found 9"}),
            ([{"output": "x.mp4", "frames": "9:3"}], {1: "--frames: expected frames A:B"}),
            ([{"output": "x.mp4", "overwrite": "yes"}], {1: "--overwrite: expected true or false, found yes"}),
            ([{"output": "x.mp4", "loop": ["none", "repeat"]}], {1: "--loop: expected one value, found 2"}),
            ([{"output": "x.mp4", "audio": {"file": "speech.wav"}}], {1: "found an object"}),
            ([{"audio": "speech.wav"}], {1: "--output: is missing"}),
            ([{"output": "x.mp4", "audio": "none.wav"}], {1: "none.wav"}),
            ([{"output": "x.mp4", "features": "none.npy"}], {1: "none.npy"}),
            ([{"output": "x.mp4", "features": "speech.wav", "audio": "none.wav"}], {1: "none.wav"}),
            ([{"output": "x.mp4", "audio": "text.wav"}], {1: "text.wav"}),
            ([{"output": "x.mp4", "audio": "speech.wav", "audio_track": 3}], {1: "audio track from 1 to 1, found 3"}),
            ([{"output": "x.mp4", "features": "hubert.npy"}], {1: "HuBERT?"}),
            ([{"output": "x.mp4", "features": "hubert.npy", "loop": "none", "frames": "0:999"}], {1: "HuBERT?"}),
            ([{"output": "x.mp4", "loop": "none", "frames": "0:999"}], {1: "--loop none does not start over"}),
            ([{"output": "taken.mp4"}], {1: "taken.mp4: exists already"}),
            ([{"output": "none/x.mp4"}], {1: "none/x.mp4"}),
            ([{"output": "x.mp4", "stats": "taken.mp4"}], {1: "taken.mp4: exists already"}),
            ([{"output": "x.mp4", "codec": "h999"}], {1: "h999"}),
            ([{"output": "hash:x", "crf": 20}], {1: "takes no codec"}),
            ([{"output": "hash:x", "audio": "speech.wav", "features": "hubert.npy"}], {1: "takes no audio"}),
            ([{"output": "x.mp4", "bitrate": "1M", "crf": 20}], {1: "crf and bitrate"}),
            ([{"output": "jobs.jsonl", "overwrite": True}], {1: "nothing writes this suffix"}),
            ([{"output": "hash:jobs.jsonl", "overwrite": True}], {1: "which this job reads"}),
            ([{"output": "x.mp4"}, "", {"output": "y.mp4"}, {"output": "./x.mp4"}],
             {4: "./x.mp4: is the output of another job, too (line 1)"}),
            ([{"output": "taken.mp4", "overwrite": True}, {"output": "link.mp4", "overwrite": True}],
             {2: "link.mp4: is the output of another job, too (line 1)"}),
            ([{"output": "i/"}, {"output": "i/%05d.jpg"}], {2: "i/%05d.jpg: is the output of another job, too (line 1)"}),
            ([{"output": "x.mp4", "stats": "s"}, {"output": "hash:s"}], {2: "is the output of another job, too (line 1)"}),
            ([{"output": "-"}, {"output": "hash:"}], {2: "standard output: is the output of another job, too (line 1)"}),
            ([{"output": "x.mp4", "audio": "-"}, {"output": "y.mp4", "audio": "-"}],
             {2: "standard input is read by another job, too (line 1)"}),
            ([{"output": "speech.wav.mp4"}, {"output": "y.mp4", "audio": "speech.wav.mp4"}],
             {2: "speech.wav.mp4: is read here and is the output of another job (line 1)"}),
            ([{"output": "y.mp4", "audio": "taken.mp4"}, {"output": "taken.mp4", "overwrite": True}],
             {1: "taken.mp4: is read here and is the output of another job (line 2)"}),
            ([{"output": "x.mp4", "metadata": ["title"]}], {1: "--metadata: expected KEY=VALUE"}),
            ([{"output": "x.mp4", "shard": "3/2"}], {1: "--shard: expected shard I/N"})]
        package = self.speaker()
        (self.folder / "link.mp4").symlink_to("taken.mp4")
        self.write_list([])
        before = self.names()
        for lines, expected in cases:
            with self.subTest(lines[-1]):
                result = self.jobs(lines, package=package, stdin=subprocess.DEVNULL)
                self.assertEqual(result.returncode, BAD_INPUT, result.stderr)
                for line, says in expected.items():
                    self.assertRegex(result.stderr, f"(?m)^mouthpiece: jobs.jsonl:{line}: ")
                    self.assertIn(says, result.stderr)
                self.assertEqual(self.names(), before)
        self.assertEqual((self.folder / "taken.mp4").read_text(), "mine")

    def test_all_are_named_at_once(self):
        result = self.jobs([{"output": "x.mp4"}, {"output": "y.mp4", "crf": "1", "frames": "2:1", "fps": 3},
                            {"output": "none/z.mp4", "features": "none.npy"}, "{", {"output": "x.mp4"}])
        self.assertEqual(result.returncode, BAD_INPUT)
        self.assertEqual([line.split(":")[2] for line in result.stderr.splitlines()], list("2223345"), result.stderr)
        self.assertEqual(self.names(), ["jobs.jsonl"])

    def test_what_is_wrong_with_many_is_said_once(self):
        result = self.jobs([{"output": f"{i}.mp4", "codec": "h999", "audio": "x.wav"} for i in range(50)])
        self.assertEqual(result.returncode, BAD_INPUT)
        self.assertEqual(result.stderr.count("x.wav"), 1)
        self.assertIn("; so it is in 49 more lines", result.stderr)

    def test_lists_that_are_none(self):
        (self.folder / "empty.jsonl").write_text("\n \n")
        (self.folder / "head.csv").write_text("output,frames\n")
        (self.folder / "cells.csv").write_text("output,frames\na.mp4,0:1\nb.mp4\nc.mp4,0:1,3\n")
        cases = [("none.jsonl", "none.jsonl: cannot be read"), (".", "cannot be read"),
                 ("empty.jsonl", "empty.jsonl: holds no jobs"), ("head.csv", "head.csv: holds no jobs"),
                 ("cells.csv", "cells.csv:3: expected 2 cells")]
        for name, says in cases:
            with self.subTest(name):
                result = run("render", Settings.package, "--jobs", name)
                self.assertEqual(result.returncode, BAD_INPUT)
                self.assertIn(says, result.stderr)

    def test_options_that_go_with_one_render_or_with_many(self):
        lines = self.write_list([{"output": "hash:a.txt"}])
        for arguments, says in ((["--jobs", lines, "-o", "x.mp4"], "--output: each line"),
                                (["--jobs", lines, "--stats", "s.json"], "--stats: each line"),
                                (["--jobs", lines, "--frames", "3:1"], "--frames: expected"),
                                (["--resume", "-o", "x.mp4"], "--resume: goes with --jobs"),
                                ([], "--output is required")):
            with self.subTest(says):
                self.check(run("render", Settings.package, *arguments), BAD_INPUT, says)


class Failing(Jobs):
    def test_jobs_do_not_stop_the_others(self):
        package = self.speaker()
        write_wav("long.wav", syllables(2))  # whose length is known only when it was heard
        lines = [{"output": "hash:a.txt"}, {"output": "b.mp4", "audio": "long.wav", "loop": "none", "frames": None},
                 {"output": "hash:c.txt"}]
        path = self.write_list(lines)
        for quiet in ([], ["--quiet"]):
            result = run("render", package, "--jobs", path, "--overwrite", *quiet)
            self.assertEqual(result.returncode, SOME_FAILED, result.stderr)
            self.assertEqual(result.stderr.count("jobs.jsonl:2: speech: expected at most 24"), 1 if quiet else 2)
            if not quiet:
                self.assertIn("2 jobs done, 1 failed", result.stderr)
            self.assertEqual(self.names(), ["a.txt", "c.txt", "jobs.jsonl", "long.wav", "speaker"])


class Resumed(Jobs):
    LINES = ({"output": "a.mp4"}, {"output": "hash:b.txt"}, {"output": "images/"}, {"output": "null:"})

    def stamps(self):
        return {path.name: path.stat().st_mtime_ns for path in self.folder.rglob("*.*")}

    def test_leaves_out_what_is_finished(self):
        self.assertEqual(self.jobs(self.LINES).returncode, 0)
        self.assertEqual(self.jobs(self.LINES).returncode, BAD_INPUT, "without --resume all are in the way")
        before = self.stamps()
        for overwrite in ([], ["--overwrite"]):
            result = self.jobs(self.LINES, "--resume", *overwrite)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("1 jobs done, 0 failed, 3 skipped", result.stderr)
        after = self.stamps()
        self.assertEqual({**after, "jobs.jsonl": 0}, {**before, "jobs.jsonl": 0})
        (self.folder / "b.txt").unlink()
        self.assertIn("2 jobs done, 0 failed, 2 skipped", self.jobs(self.LINES, "--resume").stderr)

    def test_does_not_take_what_is_older_than_its_inputs(self):
        np.save("f.npy", np.zeros((4, 512), np.float32))
        lines = [{"output": "a.mp4", "features": "f.npy"}, {"output": "b.mp4"}]
        self.assertEqual(self.jobs(lines).returncode, 0)
        later = time.time() + 5
        os.utime("f.npy", (later, later))
        result = self.jobs(lines, "--resume")
        self.check(result, BAD_INPUT, "jobs.jsonl:1: a.mp4: is older than f.npy")
        self.assertIn("1 jobs done, 0 failed, 1 skipped", self.jobs(lines, "--resume", "--overwrite").stderr)

    def test_an_avatar_that_changed_makes_all_older(self):
        package = self.package()
        lines = [{"output": "a.mp4"}]
        self.assertEqual(self.jobs(lines, package=package).returncode, 0)
        later = time.time() + 5
        os.utime(package / "cache" / "crop_rectangles.json", (later, later))
        self.check(self.jobs(lines, "--resume", package=package), BAD_INPUT, "crop_rectangles.json")

    def test_goes_on_after_an_interruption(self):
        lines = [{"output": "hash:a.txt"}, {"output": "b.mp4", "frames": "0:100000"}, {"output": "hash:c.txt"}]
        path = self.write_list(lines)
        with subprocess.Popen(program.command("render", Settings.package, "--jobs", path.name, "--quiet", "--frames",
                                              "0:3"), stderr=subprocess.PIPE) as process:
            self.wait_for_work(process)
            while not (self.folder / "a.txt").exists():
                time.sleep(0.01)
            self.wait_for_work(process)
            process.send_signal(signal.SIGINT)
            errors = process.communicate(timeout=30)[1].decode()
        self.assertEqual(process.returncode, INTERRUPTED, errors)
        self.assertEqual(errors, "mouthpiece: jobs.jsonl:2: cancelled; 1 jobs are done, 2 are left from this one on; "
                                 "--resume goes on\n")
        self.assertEqual(self.names(), ["a.txt", "jobs.jsonl"])
        lines[1]["frames"] = "0:5"
        result = self.jobs(lines, "--resume")
        self.assertIn("2 jobs done, 0 failed, 1 skipped", result.stderr)


if __name__ == "__main__":
    program.main(__doc__.splitlines()[0])

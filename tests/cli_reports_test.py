#!/usr/bin/env python3
"""What the program tells: statistics, progress, the table at the end, and `inspect`."""

import json
import math
import os
import pathlib
import pty
import re
import signal
import subprocess
import tempfile
import time
import unittest

import program
from program import Settings, render, run

STAGES = {"decode", "prepare", "infer", "composite", "encode", "write"}
CACHES = {"ram", "chunk", "stream", "disk"}


class Reports(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)


class Statistics(Reports):
    def statistics(self, output, *arguments):
        path = self.folder / "stats.json"
        started = time.monotonic()
        render(Settings.package, output, "--stats", path, *arguments)
        return json.loads(path.read_text()), time.monotonic() - started

    def test_have_the_documented_keys(self):
        stats, _ = self.statistics("null:")
        self.assertEqual(set(stats), {"schema", "frames", "wall_s", "fps", "speech", "network", "preload", "stages", "memory",
                                      "bottleneck", "config"})
        self.assertEqual(stats["schema"], "mouthpiece.stats/1")
        self.assertEqual(set(stats["preload"]), {"wall_s"})
        self.assertEqual(set(stats["network"]), {"wall_s"})
        self.assertGreater(stats["network"]["wall_s"], 0)
        self.assertEqual(stats["speech"], {"wall_s": 0})
        self.assertEqual(set(stats["stages"]), STAGES)
        for name, stage in stats["stages"].items():
            own_threads = {"cpu_ms_per_frame"} if name in ("prepare", "composite") else set()
            self.assertEqual(set(stage), {"ms_per_frame"} | own_threads, name)
        self.assertEqual(set(stats["memory"]), {"frame_store_bytes", "bytes_per_frame", "peak_rss_bytes", "prepared"})

    def test_are_sane(self):
        for cache in sorted(CACHES):
            with self.subTest(cache):
                stats, elapsed = self.statistics(self.folder / "x.mp4", "--cache", cache, "--frames", "0:200",
                                                 "--overwrite")
                self.assertEqual(stats["frames"], 200)
                self.assertTrue(0 < stats["wall_s"] <= elapsed)
                self.assertTrue(math.isclose(stats["fps"], 200 / stats["wall_s"], rel_tol=0.02))
                self.assertTrue(0 <= stats["preload"]["wall_s"] <= elapsed)
                for name in STAGES:
                    milliseconds = stats["stages"][name]["ms_per_frame"]
                    most = 1000 * elapsed / 200 * 64  # stages may run on many threads
                    self.assertTrue(0 <= milliseconds < most, f"{name}: {milliseconds} ms")
                for name in ("prepare", "composite"):
                    stage = stats["stages"][name]
                    # The two clocks tick apart by some microseconds a frame.
                    self.assertTrue(0 < stage["cpu_ms_per_frame"] < stage["ms_per_frame"] + 0.05, stage)
                for name in ("infer", "composite", "encode"):
                    self.assertGreater(stats["stages"][name]["ms_per_frame"], 0, name)
                self.assertIn(stats["bottleneck"], STAGES)
                memory = stats["memory"]
                frame = 426 * 240 * 3 // 2
                self.assertTrue(frame <= memory["bytes_per_frame"] < 20 * frame)
                self.assertTrue(frame <= memory["frame_store_bytes"] < 64 << 20)
                self.assertTrue(10 << 20 < memory["peak_rss_bytes"] < 2 << 30)

    def test_of_ram_count_its_preload_and_every_frame(self):
        stats, _ = self.statistics("null:", "--cache", "ram", "--frames", "0:46")
        self.assertGreater(stats["preload"]["wall_s"], 0)
        self.assertGreaterEqual(stats["memory"]["frame_store_bytes"], 24 * 426 * 240 * 3 // 2)

    def test_of_memory_are_of_the_program_and_not_of_what_started_it(self):
        ballast = b"x" * (900 << 20)  # getrusage's maximum would be inherited through fork and exec
        stats, _ = self.statistics("null:", "--cache", "stream")
        self.assertLess(stats["memory"]["peak_rss_bytes"], len(ballast) // 2)

    def test_go_to_standard_output_where_frames_do_not(self):
        result = render(Settings.package, self.folder / "x.mp4", "--stats", "-")
        self.assertEqual(json.loads(result.stdout)["schema"], "mouthpiece.stats/1")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["x.mp4"])
        for output in ("-", "hash:"):
            with self.subTest(output):
                result = run("render", Settings.package, "-o", output, "--stats", "-", "--quiet")
                self.assertEqual((result.returncode, result.stdout), (2, b""))
                self.assertRegex(result.stderr, r"\Amouthpiece: statistics: standard output is the frames'[^\n]*\n\Z")

    def test_that_cannot_be_written_end_in_one_line(self):
        path = self.folder / "no" / "stats.json"
        result = run("render", Settings.package, "-o", self.folder / "x.mp4", "--stats", path, "--quiet")
        self.assertIn(result.returncode, (1, 2))
        self.assertRegex(result.stderr, r"\Amouthpiece: [^\n]*stats\.json[^\n]*\n\Z")


class Progress(Reports):
    def test_quiet_says_nothing(self):
        result = render(Settings.package, self.folder / "x.mp4")
        self.assertEqual((result.stdout, result.stderr), (b"", ""))

    def test_lines_every_few_seconds_where_there_is_no_terminal(self):
        with subprocess.Popen(program.command("render", Settings.package, "-o", "null:", "--frames", "0:1000000"),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            time.sleep(11)
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate()
        self.assertEqual(output, b"")
        self.assertNotRegex(errors, rb"[\r\x1b\x08]")
        lines = [line for line in errors.decode().splitlines() if re.search(r"\d+.*fps", line)]
        self.assertTrue(2 <= len(lines) <= 11, lines)

    def test_a_bar_on_a_terminal(self):
        master, slave = pty.openpty()
        with subprocess.Popen(program.command("render", Settings.package, "-o", self.folder / "x.mp4", "--frames",
                                              "0:3000"), stdout=subprocess.PIPE, stderr=slave) as process:
            os.close(slave)
            shown = b""
            while True:
                try:
                    part = os.read(master, 4096)
                except OSError:  # how Linux says that the other end is closed
                    break
                if not part:
                    break
                shown += part
            self.assertEqual(process.wait(), 0, shown)
        os.close(master)
        text = shown.decode()
        self.assertGreater(text.count("\r"), 3)
        self.assertIn("fps", text)
        self.assertRegex(text, r"\d+\s*/\s*3000")

    def test_a_table_of_the_stages_at_the_end(self):
        result = run("render", Settings.package, "-o", "null:", "--cache", "auto")
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stdout, b"")
        for word in (*STAGES, "fps", "bottleneck"):
            self.assertIn(word, result.stderr)
        self.assertRegex(result.stderr, r"(?m)^.*\b(ram|chunk|stream)\b.*$", "auto says which mode it took")


class Inspect(Reports):
    def test_in_words(self):
        result = run("inspect", Settings.package)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        text = result.stdout.decode()
        for word in ("24", "426", "240", "25", *CACHES):
            self.assertIn(word, text)

    def test_as_json(self):
        result = run("inspect", Settings.package, "--json")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        document = json.loads(result.stdout)
        keys, values = set(), []

        def collect(node):
            if isinstance(node, dict):
                keys.update(node)
                for child in node.values():
                    collect(child)
            elif isinstance(node, list):
                values.extend(child for child in node if isinstance(child, str) and child in CACHES)
                for child in node:
                    collect(child)
            else:
                values.append(node)

        collect(document)
        for value in (24, 426, 240):
            self.assertIn(value, values)
        self.assertTrue(keys | {value for value in values if isinstance(value, str)} >= CACHES)

    def test_says_what_is_odd(self):
        import make_package
        package = self.folder / "odd"
        make_package.make_package(package, frames=6)
        rectangles = package / "cache" / "crop_rectangles.json"
        document = json.loads(rectangles.read_text())
        del document["5"]
        rectangles.write_text(json.dumps(document))
        result = run("inspect", package)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("crop_rectangles.json", result.stdout.decode() + result.stderr)


if __name__ == "__main__":
    program.main(__doc__.splitlines()[0])

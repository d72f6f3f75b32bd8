#!/usr/bin/env python3
"""How the program fails: one clear line, the right exit code, and nothing half-written left."""

import os
import pathlib
import resource
import signal
import subprocess
import tempfile
import time
import unittest

import program
from program import Settings, render, run

BAD_INPUT, INTERRUPTED, OTHER = 2, 130, 1
ONE_LINE = r"\Amouthpiece: [^\n]+\n\Z"
LONG = ("--frames", "0:100000")


class Failures(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def check_failed(self, result, code, *mentions):
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertRegex(result.stderr, ONE_LINE)
        for text in mentions:
            self.assertIn(text, result.stderr)

    def check_empty(self):
        self.assertEqual([str(path) for path in self.folder.rglob("*")], [])


class BadArguments(Failures):
    def check_refused(self, *arguments, mentions=()):
        with self.subTest(" ".join(str(argument) for argument in arguments)):
            result = run(*arguments, cwd=self.folder)
            self.check_failed(result, BAD_INPUT, *mentions)
            self.assertEqual(result.stdout, b"")
            self.check_empty()

    def test_are_refused_in_one_line(self):
        package = Settings.package
        self.check_refused()
        self.check_refused("polish", package)
        self.check_refused("render")
        self.check_refused("render", package, mentions=["output"])
        self.check_refused("render", package, package, "-o", "x.mp4")
        self.check_refused("render", self.folder / "nowhere", "-o", "x.mp4", mentions=["nowhere"])
        self.check_refused("inspect", package, "--jsom", mentions=["--jsom"])

    def test_inspect_reports_what_is_no_package(self):
        for path in (self.folder / "nowhere", Settings.package / "package_info.json"):
            result = run("inspect", path)
            self.assertEqual(result.returncode, BAD_INPUT)
            self.assertIn(path.name, result.stdout.decode() + result.stderr)

    def test_values_out_of_range(self):
        for option, *values in (
                ("--frames", "5:2", "3:3", "-1:4", "a:b", "7", "0:99999999999999999999", "1:2:3", ":"),
                ("--loop", "mirror", ""), ("--cache", "disc"), ("--resample", "nearest"), ("--audio-window", "wrap"),
                ("--precision", "f8"), ("--device", "gpu", "cuda:x", "cpu,cuda", ""), ("--batch", "-1", "many", "1.5"), ("--threads", "-2", "x"),
                ("--chunk-frames", "0", "-5"), ("--quality", "0", "101", "high"),
                ("--memory-budget", "lots", "-1GiB", "1QiB", ""), ("--crf", "x"), ("--bitrate", "fast", "-5k")):
            for value in values:
                self.check_refused("render", Settings.package, "-o", "x.mp4", "--quiet", f"{option}={value}")

    def test_devices_that_this_build_has_not(self):
        for device in ("cuda", "cuda:0,cuda:1"):
            self.check_refused("render", Settings.package, "-o", "x.mp4", "--quiet", "--device", device,
                               mentions=["device: expected cpu", device])

    def test_outputs_that_nothing_can_write(self):
        for output in ("x.xyz", "%05d.bmp", "%s.png", "%05d%05d.png", ""):
            self.check_refused("render", Settings.package, "--quiet", "-o", output)

    def test_encoders_that_do_not_exist_or_do_not_take_the_preset(self):
        for option, value in (("--codec", "h999"), ("--codec", "aac"), ("--preset", "breakneck")):
            with self.subTest(value):
                result = run("render", Settings.package, "-o", self.folder / "x.mp4", option, value, "--quiet")
                self.assertIn(result.returncode, (BAD_INPUT, OTHER))
                self.assertRegex(result.stderr, ONE_LINE)
                self.assertIn(value, result.stderr)
                self.check_empty()

    def test_input_files_that_are_missing_or_something_else(self):
        text = Settings.package / "package_info.json"
        for option in ("--features", "--audio"):
            self.check_refused("render", Settings.package, "-o", "x.mp4", "--quiet", option, "missing.npy",
                               mentions=["missing.npy"])
            self.check_refused("render", Settings.package, "-o", "x.mp4", "--quiet", option, text,
                               mentions=["package_info.json"])
        self.check_refused("render", text, "-o", "x.mp4", "--quiet", mentions=["package_info.json"])
        video = Settings.package / "full_body_video.mp4"
        self.check_refused("render", Settings.package, "-o", "x.mp4", "--quiet", "--audio", video,
                           mentions=["full_body_video.mp4"])

    def test_an_output_folder_that_does_not_exist(self):
        result = run("render", Settings.package, "-o", self.folder / "no" / "x.mp4", "--quiet")
        self.assertIn(result.returncode, (BAD_INPUT, OTHER))
        self.assertRegex(result.stderr, ONE_LINE)
        self.check_empty()

    def test_help_and_version_are_no_failure(self):
        for arguments in (["--help"], ["render", "--help"], ["inspect", "--help"], ["--version"]):
            result = run(*arguments)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertGreater(len(result.stdout), 0)


class ExistingOutput(Failures):
    def test_is_refused_and_left_alone(self):
        for name in ("x.mp4", "x.mkv", "sums"):
            with self.subTest(name):
                path = self.folder / name
                path.write_text("precious")
                output = f"hash:{path}" if name == "sums" else path
                result = run("render", Settings.package, "-o", output, "--quiet")
                self.check_failed(result, BAD_INPUT, name)
                self.assertEqual(path.read_text(), "precious")
        self.assertEqual(len(list(self.folder.iterdir())), 3)

    def test_pictures_are_refused_and_left_alone(self):
        path = self.folder / "00003.png"
        path.write_text("precious")
        self.check_failed(run("render", Settings.package, "-o", self.folder / "%05d.png", "--quiet"), BAD_INPUT,
                          path.name)
        self.assertEqual([p.name for p in self.folder.iterdir()], [path.name])
        self.assertEqual(path.read_text(), "precious")

    def test_is_replaced_when_asked(self):
        path = self.folder / "x.mp4"
        path.write_text("old")
        render(Settings.package, path, "--overwrite")
        self.assertGreater(path.stat().st_size, 1000)
        self.assertEqual(len(list(self.folder.iterdir())), 1)

    def test_is_kept_when_its_replacement_fails(self):
        path = self.folder / "x.mp4"
        path.write_text("old")
        with start(path, "--overwrite") as process:
            time.sleep(1)
            process.send_signal(signal.SIGINT)
            process.communicate()
        self.assertEqual(process.returncode, INTERRUPTED)
        self.assertEqual(path.read_text(), "old")
        self.assertEqual(len(list(self.folder.iterdir())), 1)


def start(output, *arguments, package=None):
    return subprocess.Popen(program.command("render", package or Settings.package, "-o", output, "--quiet", *LONG,
                                            *arguments),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class Interrupt(Failures):
    def check_interrupt(self, output, *arguments, after=1.0, package=None):
        with self.subTest(f"{output} {arguments}"):
            program.require_within(1.0, lambda: self.interrupt(output, *arguments, after=after, package=package))

    def interrupt(self, output, *arguments, after, package):
        """Seconds from the signal to the end."""
        with start(output, *arguments, package=package) as process:
            time.sleep(after)
            self.assertIsNone(process.poll(), "it is still rendering")
            asked = time.monotonic()
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=30)
            took = time.monotonic() - asked
        self.check_empty()
        if process.returncode == -signal.SIGINT and after < 0.5:
            self.assertEqual(errors, b"", "its libraries were still being loaded: nothing of it had run")
        else:
            self.assertEqual(process.returncode, INTERRUPTED)
            self.assertRegex(errors.decode(), ONE_LINE)
        return took

    def test_leaves_no_video(self):
        for name in ("x.mp4", "x.mkv", "x.avi"):
            self.check_interrupt(self.folder / name)

    def test_leaves_no_pictures(self):
        self.check_interrupt(self.folder / "%05d.png")
        self.check_interrupt(f"{self.folder / 'pictures'}/")

    def test_leaves_no_checksums(self):
        self.check_interrupt(f"hash:{self.folder / 'sums'}")

    def test_in_every_cache_mode(self):
        for cache in ("ram", "chunk", "stream", "disk"):
            self.check_interrupt("null:", "--cache", cache)

    def test_while_it_opens_and_preloads(self):
        package = Settings.real_package if Settings.real_package.is_dir() else Settings.package
        for after in (0.05, 0.2, 0.6):
            self.check_interrupt(self.folder / "x.mp4", "--cache", "ram", after=after, package=package)


class BrokenOutput(Failures):
    def check_closed_pipe(self, *quiet):
        with subprocess.Popen(program.command("render", Settings.package, "-o", "-", *quiet, *LONG),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=False) as process:
            process.stdout.read(200_000)
            process.stdout.close()
            errors = process.stderr.read().decode()
            self.assertEqual(process.wait(timeout=10), OTHER)
        return errors

    def test_a_closed_pipe_ends_in_one_line(self):
        self.assertRegex(self.check_closed_pipe("--quiet"), ONE_LINE)
        # Without --quiet, decisions and progress come first.
        self.assertRegex(self.check_closed_pipe(), r"(\A|\n)mouthpiece: [^\n]*(pipe|standard output)[^\n]*\n\Z")

    def test_a_full_device_on_standard_output_ends_in_one_line(self):
        for output in ("-", "hash:"):
            with self.subTest(output), open("/dev/full", "wb") as full:
                self.check_failed(run("render", Settings.package, "-o", output, "--quiet", stdout=full), OTHER)

    def test_files_that_may_not_grow_end_in_one_line(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that write() fails instead
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

        for name in ("x.mp4", "x.mkv", "x.avi"):
            with self.subTest(name):
                result = run("render", Settings.package, "-o", self.folder / name, "--quiet", "--frames", "0:2000",
                             preexec_fn=limit)
                self.check_failed(result, OTHER, name)
                self.check_empty()

    def test_a_folder_that_may_not_be_written_ends_in_one_line(self):
        if os.geteuid() == 0:
            folder = pathlib.Path("/proc/self")  # not even root may make files there
        else:
            folder = self.folder
            folder.chmod(0o500)
        result = run("render", Settings.package, "-o", folder / "x.mp4", "--quiet")
        self.assertIn(result.returncode, (BAD_INPUT, OTHER))
        self.assertRegex(result.stderr, ONE_LINE)


class FullDisk(Failures):
    """Needs root, to mount a file system of a quarter megabyte."""

    def setUp(self):
        super().setUp()
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", self.folder], capture_output=True,
                               text=True, check=False)
        if mount.returncode != 0:
            self.skipTest(f"a small file system cannot be mounted here: {mount.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", self.folder], check=True)

    def test_ends_in_one_line_and_leaves_nothing(self):
        for output in (self.folder / "x.mp4", self.folder / "x.mkv", self.folder / "x.avi", self.folder / "%05d.png",
                       f"{self.folder / 'pictures'}/"):
            with self.subTest(str(output)):
                result = run("render", Settings.package, "-o", output, "--quiet", "--frames", "0:5000")
                self.check_failed(result, OTHER, str(self.folder))
                self.check_empty()

    def test_with_room_for_the_checksums_of_some_frames(self):
        result = run("render", Settings.package, "-o", f"hash:{self.folder / 'sums'}", "--quiet", "--frames",
                     "0:100000", "--threads", "2")
        self.check_failed(result, OTHER, "sums")
        self.check_empty()


if __name__ == "__main__":
    program.main(__doc__.splitlines()[0])

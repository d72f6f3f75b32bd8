#!/usr/bin/env python3
"""What signals and killed processes leave of an output: nothing that the next run does not take away."""

import os
import pathlib
import resource
import signal
import subprocess
import time

import program
from program import Settings, run
from writing_case import LONG, ONE_LINE, Writing

BAD_INPUT, INTERRUPTED, OTHER = 2, 130, 1


class Signals(Writing):
    def end(self, process, sent):
        """Seconds until it ended; what it said."""
        asked = time.monotonic()
        process.send_signal(sent)
        errors = process.communicate(timeout=30)[1].decode()
        return time.monotonic() - asked, errors

    def test_clean_up(self):
        for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU, signal.SIGUSR1):
            for output in (self.folder / "x.mp4", f"{self.folder / 'images'}/"):
                with self.subTest(f"{sent.name} {output}"), self.start(output, *LONG) as process:
                    self.wait_for_work(process)
                    _, errors = self.end(process, sent)
                    self.assertEqual(process.returncode, INTERRUPTED, errors)
                    self.assertRegex(errors, ONE_LINE)
                    self.assertEqual(self.names(), [])

    def test_of_a_hang_up_are_ignored_under_nohup(self):
        ignore = {"preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)}
        with self.start(self.folder / "x.mp4", "--frames", "0:600", **ignore) as process:
            self.wait_for_work(process)
            _, errors = self.end(process, signal.SIGHUP)
        self.assertEqual((process.returncode, errors), (0, ""))

    def test_of_a_file_that_may_not_grow_are_an_error(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

        for name in ("x.mp4", "x.y4m"):
            with self.subTest(name):
                result = run("render", Settings.package, "-o", self.folder / name, "--quiet", "--frames", "0:2000",
                             preexec_fn=limit)
                self.check(result, OTHER, "File too large")
                self.assertEqual(self.names(), [])

    def test_end_a_write_to_a_pipe_that_nobody_reads(self):
        for arguments in (["-o", "-"], ["-o", f"hash:{self.folder / 'pipe'}"]):
            def attempt(arguments=arguments):
                pipe = self.folder / "pipe"
                pipe.unlink(missing_ok=True)
                os.mkfifo(pipe)
                reading, writing = os.pipe()
                with subprocess.Popen(program.command("render", Settings.package, *arguments, "--quiet", *LONG),
                                      stdout=writing, stderr=subprocess.PIPE) as process:
                    os.close(writing)
                    time.sleep(1)
                    took, errors = self.end(process, signal.SIGINT)
                os.close(reading)
                self.assertEqual(process.returncode, INTERRUPTED, errors)
                return took
            with self.subTest(arguments[1]):
                program.require_within(1.0, attempt)


class BeforeTheFirstFrame(Writing):
    """Some encoders never end when they got no frame."""

    def test_a_render_that_fails_ends(self):
        from make_package import make_package
        package = self.folder / "avatar"
        make_package(package, frames=8, pictures="images")
        picture = package / "full_body_img" / "4.jpg"
        picture.write_bytes(picture.read_bytes()[:picture.stat().st_size // 2])
        for codec in ("libsvtav1", "libaom-av1", "libx264", "libx265", "libvpx-vp9", "ffv1"):
            with self.subTest(codec):
                result = run("render", package, "-o", self.folder / "x.mkv", "--quiet", "--frames", "3:7", "--codec", codec,
                             timeout=60, env=os.environ | {"SVT_LOG": "-1"})  # it prints what it likes
                self.check(result, BAD_INPUT, "full_body_img/4.jpg")
                self.assertEqual(self.names(), ["avatar"])

    def test_options_are_refused_by_the_encoder_itself(self):
        self.check(self.render(self.folder / "x.mkv", "--codec", "libsvtav1", "--preset", "99",
                               env=os.environ | {"SVT_LOG": "-1"}), BAD_INPUT, "preset 99")


class Leftovers(Writing):
    def kill(self, output, folder=None):
        with self.start(output, *LONG) as process:
            self.wait_for_work(process, folder)
            process.kill()
            process.communicate()

    def test_of_killed_processes_are_removed_by_the_next(self):
        (self.folder / "old").mkdir()
        for output in (self.folder / "x.mp4", f"hash:{self.folder / 'sums'}", self.folder / "%05d.jpg",
                       f"{self.folder / 'new'}/"):
            self.kill(output)
        self.kill(f"{self.folder / 'old'}/", self.folder / "old")
        self.assertEqual(len(self.names()), 2, "each removes what the one before left, where it writes")
        self.assertEqual(self.render(self.folder / "other.mp4").returncode, 0)
        self.assertEqual(self.names(), ["old", "other.mp4"])
        self.assertEqual(len(self.names(self.folder / "old")), 1, "only the folder that is written to is looked at")
        self.assertEqual(self.render(f"{self.folder / 'old'}/").returncode, 0)
        self.assertEqual(self.names(self.folder / "old"), ["00000.jpg", "00001.jpg", "00002.jpg"])

    def test_are_not_what_a_living_process_writes(self):
        with self.start(self.folder / "x.mp4", "--frames", "0:900") as process:
            self.wait_for_work(process)
            for _ in range(3):
                self.assertEqual(self.render(self.folder / "other.mp4", "--overwrite").returncode, 0)
            process.communicate()
        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.names(), ["other.mp4", "x.mp4"])

    def test_are_not_what_another_machine_or_user_made(self):
        mark = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().replace("-", "")[:12]
        other = "0" * 12
        names = [f".x.mp4.partial-99999999.{other}", ".x.mp4.partial-99999999", ".x.mp4.partial-", f"x.partial-1.{mark}"]
        for name in names:
            (self.folder / name).write_text("mine")
        self.assertEqual(self.render(self.folder / "y.mp4").returncode, 0)
        self.assertEqual(self.names(), sorted([*names, "y.mp4"]))


if __name__ == "__main__":
    program.main(__doc__.splitlines()[0])

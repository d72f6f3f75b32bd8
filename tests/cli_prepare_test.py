#!/usr/bin/env python3
"""Prepared avatars: decoded once, by one process, for all. One row a case: what was done to the package, what a render
must then say and give."""

import json
import os
import shutil
import subprocess

import program
from program import Settings, command, run
from writing_case import Writing

GENERATOR = "checkpoint/model_best.onnx"
FRAMES = ["--frames", "0:60", "--quiet"]  # more than the drawn package has: they come again


class Prepared(Writing):
    def setUp(self):
        super().setUp()
        self.avatar = self.folder / "avatar"
        shutil.copytree(Settings.package, self.avatar)
        self.environment = os.environ | {"XDG_CACHE_HOME": str(self.folder / "cache")}

    def prepare(self, *arguments):
        return run("prepare", self.avatar, *arguments, env=self.environment)

    def file(self):
        found = [*self.avatar.glob("prepared-*.frames"), *self.folder.glob("cache/mouthpiece/prepared-*.frames")]
        self.assertEqual(len(found), 1, found)
        return found[0]

    def weights(self):
        return sorted(self.folder.glob("cache/mouthpiece/model-*.weights"))

    def take_a_known_network(self):
        """One that the fused engine runs."""
        shutil.copy(program.network("unet_thin"), self.avatar / GENERATOR)

    def report(self):
        result = run("inspect", self.avatar, "--json", env=self.environment)
        return json.loads(result.stdout)["prepared"]

    def checksums(self, *arguments):
        """What a render gives, and what it read it from."""
        stats = self.folder / "stats.json"
        result = run("render", self.avatar, "-o", "hash:", "--stats", stats, "--overwrite", *FRAMES, *arguments,
                     env=self.environment)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout, json.loads(stats.read_text())["memory"]["prepared"], result.stderr

    def test_renders_are_the_same_in_every_mode_and_form(self):
        modes = ["ram", "chunk", "stream", "disk", "auto"]
        before = {mode: self.checksums("--cache", mode) for mode in modes}
        self.assertEqual(self.prepare("--quiet").returncode, 0)
        for mode in modes:
            with self.subTest(mode):
                sums, source, _ = self.checksums("--cache", mode)
                self.assertEqual(sums, before[mode][0])
                self.assertEqual(source, "" if mode == "disk" else str(self.file()))

    def test_pictures_and_videos_are_the_same(self):
        def outputs(name):
            folder = self.folder / name
            for output in (folder / "%03d.jpg", folder / "x.mp4"):
                folder.mkdir(exist_ok=True)
                result = run("render", self.avatar, "-o", output, *FRAMES, env=self.environment)
                self.assertEqual(result.returncode, 0, result.stderr)
            return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}

        before = outputs("before")
        self.assertEqual(len(before), 61)
        self.prepare("--quiet")
        self.assertEqual(outputs("after"), before)

    def test_inspect_says_what_it_takes_before_and_where_it_is_after(self):
        before = self.report()
        self.assertFalse(before["is_there"])
        self.prepare("--quiet")
        self.assertEqual(self.report(), {**before, "is_there": True})
        self.take_a_known_network()
        self.prepare("--quiet")
        report = self.report()
        self.assertEqual((report["weights"], report["weights_bytes"]),
                         (str(self.weights()[0]), self.weights()[0].stat().st_size))
        self.assertEqual(self.file().stat().st_size, before["bytes"])
        self.assertIn(self.file().name.encode(), run("inspect", self.avatar, env=self.environment).stdout)
        self.prepare("--remove", "--quiet")
        self.assertEqual(self.report(), before)
        self.assertIn(b"prepare would write", run("inspect", self.avatar, env=self.environment).stdout)

    def test_weights_are_packed_once_for_each_precision_and_read_instead_of_the_network(self):
        self.take_a_known_network()
        before = {precision: self.checksums("--precision", precision)[0] for precision in ("f32", "int8")}
        for precision in before:
            self.assertEqual(self.prepare("--precision", precision, "--quiet").returncode, 0)
        self.assertEqual(len(self.weights()), 2)
        self.assertIn("was there", self.prepare("--precision", "int8").stderr)
        for precision, sums in before.items():
            self.assertEqual(self.checksums("--precision", precision)[0], sums)
        generator = self.avatar / GENERATOR
        time = generator.stat().st_mtime_ns
        generator.write_bytes(bytes(generator.stat().st_size))
        os.utime(generator, ns=(time, time))
        for precision, sums in before.items():
            self.assertEqual(self.checksums("--precision", precision)[0], sums)
        self.assertEqual(self.prepare("--remove", "--quiet").returncode, 0)
        self.assertEqual(self.weights(), [])

    def test_a_network_of_other_operators_is_left_as_it_is(self):
        result = self.prepare()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("weights are not packed: operator VariadicSplit", result.stderr)
        self.check(self.prepare("--precision", "f32"), 2, "model_best.onnx: its weights cannot be packed: operator")
        self.assertEqual(self.report()["weights"], "")

    def test_a_precision_that_no_cpu_has_is_refused(self):
        self.check(self.prepare("--precision", "f16"), 2, "GPUs")

    def test_a_render_prepares_what_it_renders_the_first_time(self):
        self.take_a_known_network()
        before = self.checksums()[0]
        sums, source, _ = self.checksums("--prepare")
        self.assertEqual((sums, source), (before, str(self.file())))
        self.assertEqual(len(self.weights()), 1)
        made = self.file().stat().st_ino, self.weights()[0].stat().st_ino
        self.assertEqual(self.checksums("--prepare")[0], before)
        self.assertEqual((self.file().stat().st_ino, self.weights()[0].stat().st_ino), made)

    def test_a_render_of_a_network_that_has_no_weights_to_pack_prepares_the_frames(self):
        before = self.checksums("--precision", "f32")[0]
        sums, source, _ = self.checksums("--precision", "f32", "--prepare")
        self.assertEqual((sums, source, self.weights()), (before, str(self.file()), []))

    def test_a_render_that_is_refused_prepares_nothing(self):
        result = run("render", self.avatar, "-o", self.folder / "no" / "such" / "x.mp4", "--prepare", env=self.environment)
        self.assertNotEqual(result.returncode, 0)
        self.assertEqual(list(self.avatar.glob("prepared-*")), [])

    def test_jpegs_are_encoded_once_for_each_quality(self):
        def pictures(name, quality, *arguments):
            folder = self.folder / name
            result = run("render", self.avatar, "-o", folder / "%03d.jpg", "--quality", str(quality), *FRAMES, *arguments,
                         env=self.environment)
            self.assertEqual(result.returncode, 0, result.stderr)
            return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}

        before = {quality: pictures(f"before{quality}", quality) for quality in (80, 95)}
        for quality in before:
            self.assertEqual(self.prepare("--jpeg", str(quality), "--quiet").returncode, 0)
        files = sorted(self.avatar.glob("prepared-*.backgrounds"))
        self.assertEqual(len(files), 2)
        self.assertEqual(self.report()["backgrounds"], [file.name for file in files])
        self.assertIn(files[0].name.encode(), run("inspect", self.avatar, env=self.environment).stdout)
        self.assertEqual(self.prepare("--jpeg", "80").stderr.count("was there"), 3)
        for quality, expected in before.items():
            self.assertEqual(pictures(f"after{quality}", quality), expected)
            self.assertEqual(pictures(f"streamed{quality}", quality, "--cache", "stream"), expected)
        for file in files:  # damaged in the last frame
            content = bytearray(file.read_bytes())
            content[-100] ^= 1
            file.write_bytes(content)
        self.assertEqual(pictures("damaged", 80), before[80])
        os.utime(self.avatar / "full_body_video.mp4")
        self.assertEqual(self.prepare("--quiet").returncode, 0)
        self.assertEqual(list(self.avatar.glob("prepared-*.backgrounds")), [])  # of what it was
        self.prepare("--jpeg", "80", "--quiet")
        self.prepare("--remove", "--quiet")
        self.assertEqual(list(self.avatar.glob("prepared-*")), [])
        self.check(self.prepare("--jpeg", "101"), 2, "--jpeg")

    def test_twice_is_once(self):
        self.assertNotIn("was there", self.prepare().stderr)
        inode = self.file().stat().st_ino
        again = self.prepare()
        self.assertEqual((again.returncode, self.file().stat().st_ino), (0, inode))
        self.assertIn("was there", again.stderr)
        self.assertEqual(self.prepare("--remake").returncode, 0)
        self.assertNotEqual(self.file().stat().st_ino, inode)

    def test_removing_what_is_not_there_is_no_error(self):
        self.assertEqual(self.prepare("--remove").returncode, 0)

    def test_a_package_that_cannot_be_written_to_is_prepared_in_the_cache_folder(self):
        if os.geteuid() == 0:
            # Root may write anywhere but into a file system that is read-only.
            mount = subprocess.run(["mount", "--bind", "-o", "ro", self.avatar, self.avatar], check=False,
                                   capture_output=True)
            if mount.returncode != 0 or os.access(self.avatar, os.W_OK):
                subprocess.run(["umount", self.avatar], check=False, capture_output=True)
                self.skipTest("a read-only folder needs another user than root, or mount")
            self.addCleanup(subprocess.run, ["umount", self.avatar], check=True)
        else:
            self.avatar.chmod(0o555)
            self.addCleanup(self.avatar.chmod, 0o755)
        before = self.checksums()
        self.assertEqual(self.prepare("--quiet").returncode, 0)
        self.assertEqual(self.file().parent, self.folder / "cache" / "mouthpiece")
        sums, source, _ = self.checksums()
        self.assertEqual((sums, source), (before[0], str(self.file())))
        old = self.file().with_name(self.file().name.replace(self.file().stem[-16:], "0" * 16))
        old.write_bytes(b"of another version")
        self.assertEqual(self.prepare("--remake", "--quiet").returncode, 0)
        self.assertFalse(old.exists())
        self.assertEqual(self.prepare("--remove", "--quiet").returncode, 0)
        self.assertEqual(list(self.folder.glob("cache/mouthpiece/*")), [])

    def test_a_changed_package_is_decoded_and_says_so(self):
        self.prepare("--quiet")
        old = self.file()
        os.utime(self.avatar / "rois_320_video.mp4")
        self.assertEqual(self.checksums()[1], "")
        self.assertFalse(self.report()["is_there"])
        self.prepare("--quiet")
        self.assertNotEqual(self.file(), old)  # and there is one file only

    def test_damage_is_said_and_mended_from_the_videos(self):
        before = self.checksums()
        self.prepare("--quiet")
        content = bytearray(self.file().read_bytes())
        middle = len(content) // 2
        content[middle:middle + 5000] = bytes(value ^ 0x55 for value in content[middle:middle + 5000])
        self.file().write_bytes(content)
        sums, source, _ = self.checksums()
        self.assertEqual((sums, source), (before[0], str(self.file())))
        loud = run("render", self.avatar, "-o", "null:", "--frames", "0:24", env=self.environment)
        self.assertIn(f"mouthpiece: {self.file()}: frame ", loud.stderr)
        self.assertIn("--remake", loud.stderr)

    def test_two_at_once_leave_one_whole_file(self):
        before = self.checksums()
        both = [subprocess.Popen(command("prepare", self.avatar, "--quiet"), env=self.environment) for _ in range(2)]
        self.assertEqual([process.wait(program.TIMEOUT_S) for process in both], [0, 0])
        sums, source, _ = self.checksums()
        self.assertEqual((sums, source), (before[0], str(self.file())))
        self.assertEqual([path.name for path in self.avatar.iterdir() if path.name.startswith(".")], [])

    def test_is_made_while_another_renders_from_the_old_one(self):
        before = self.checksums()[0]
        self.prepare("--quiet")
        render = subprocess.Popen(command("render", self.avatar, "-o", "hash:", *FRAMES), env=self.environment,
                                  stdout=subprocess.PIPE)
        self.assertEqual(self.prepare("--remake", "--quiet").returncode, 0)
        self.assertEqual(render.communicate(timeout=program.TIMEOUT_S)[0], before)

    def test_an_interrupted_one_leaves_nothing(self):
        names = sorted(path.name for path in self.avatar.iterdir())
        slow = subprocess.Popen(command("prepare", self.avatar, "--threads", "1"), env=self.environment,
                                stderr=subprocess.DEVNULL)
        self.wait_for_work(slow, self.avatar)
        slow.terminate()
        self.assertIn(slow.wait(program.TIMEOUT_S), (130, 0))
        left = sorted(path.name for path in self.avatar.iterdir() if not path.name.startswith("prepared-"))
        self.assertEqual(left, names)

    def test_a_broken_video_is_an_error_that_leaves_nothing(self):
        video = self.avatar / "crops_328_video.mp4"
        content = bytearray(video.read_bytes())
        content[len(content) // 3:len(content) // 2] = bytes(len(content) // 2 - len(content) // 3)
        video.write_bytes(content)
        names = sorted(path.name for path in self.avatar.iterdir())
        result = self.prepare("--quiet")
        self.check(result, 2, "crops_328_video.mp4")
        self.assertEqual(sorted(path.name for path in self.avatar.iterdir()), names)


if __name__ == "__main__":
    program.main(__doc__)

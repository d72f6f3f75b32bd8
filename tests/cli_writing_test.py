#!/usr/bin/env python3
"""How outputs are written: what is never replaced, what happens when a name is taken. One row a case: what was there,
what was asked, what must be."""

import hashlib
import os
import shutil
import stat
import subprocess
import time

import numpy as np

import program
from cli_import_test import write_dataset
from program import Settings, run
from speech_case import give_encoder, syllables, write_wav
from writing_case import FEW, ONE_LINE, Writing

BAD_INPUT, INTERRUPTED, OTHER = 2, 130, 1


def digests(folder):
    """What every file below `folder` holds, by name; links count as what they lead to."""
    return {str(path.relative_to(folder)): hashlib.md5(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


class EveryOutput(Writing):
    """Whatever writes a file that the user named follows one set of rules."""

    def commands(self, name):
        """[(what, the file, the command without --overwrite)] of all that write files."""
        package, sound = Settings.package, self.folder / "v.wav"
        if not sound.exists():
            write_wav(sound, syllables(1.2))
        shard = self.folder / "shard.mp4"
        if not shard.exists():
            self.assertEqual(self.render(shard, "--shard", "0/1").returncode, 0)
        few = ["--quiet", *FEW]
        return [("video", f"{name}.mp4", ["render", package, "-o", f"{name}.mp4", *few]),
                ("y4m", f"{name}.y4m", ["render", package, "-o", f"{name}.y4m", *few]),
                ("checksums", name, ["render", package, "-o", f"hash:{name}", *few]),
                ("images", f"{name}_1.png", ["render", package, "-o", f"{name}_%d.png", *few]),
                ("statistics", f"{name}.json", ["render", package, "-o", "null:", "--stats", f"{name}.json", *few]),
                ("features", f"{name}.npy", ["features", sound, "-o", f"{name}.npy", "--stage", "mel", "--quiet"]),
                ("join", f"{name}.mp4", ["join", shard, "-o", f"{name}.mp4", "--quiet"])]

    def each(self, name):
        for what, file, arguments in self.commands(name):
            with self.subTest(what):
                for path in self.folder.glob(f"{name}*"):
                    path.unlink()
                yield self.folder / file, lambda *more, a=arguments: run(*a, *more, cwd=self.folder)

    def test_is_refused_where_a_file_is(self):
        for path, command in self.each("x"):
            path.write_text("precious")
            self.check(command(), BAD_INPUT, path.name, "--overwrite")
            self.assertEqual(path.read_text(), "precious")

    def test_replaces_it_when_asked_and_keeps_its_mode(self):
        for path, command in self.each("x"):
            for mode in (0o600, 0o444):
                path.unlink(missing_ok=True)
                path.write_text("old")
                path.chmod(mode)
                time.sleep(0.02)  # the clock of files is coarse: what is there must be older than the work
                result = command("--overwrite")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertNotEqual(path.read_bytes()[:3], b"old")
                self.assertEqual(stat.S_IMODE(path.stat().st_mode), mode)

    def test_goes_where_a_link_leads(self):
        for path, command in self.each("x"):
            if path.suffix == ".png":
                continue  # images replace the link: they are moved into the folder that was asked for
            target = self.folder / ("elsewhere" + path.suffix)
            for is_there in (True, False):
                target.unlink(missing_ok=True)
                path.unlink(missing_ok=True)
                path.symlink_to(target)
                if is_there:
                    target.write_text("precious")
                    self.check(command(), BAD_INPUT, path.name, "--overwrite")
                    self.assertEqual(target.read_text(), "precious")
                result = command("--overwrite")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertTrue(path.is_symlink())
                self.assertGreater(target.stat().st_size, 8)

    def test_goes_to_a_device_which_stays_one(self):
        for arguments in (["render", Settings.package, "-o", "null:", "--stats", "/dev/null"],
                          ["render", Settings.package, "-o", "hash:/dev/null"],
                          ["render", Settings.package, "-o", "hash:/dev/null", "--stats", "/dev/null"]):
            for overwrite in ([], ["--overwrite"]):
                with self.subTest(f"{arguments} {overwrite}"):
                    result = run(*arguments, "--quiet", *FEW, *overwrite)
                    self.assertEqual(result.returncode, 0, result.stderr)
                    self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))
        (self.folder / "x.json").symlink_to("/dev/null")
        self.assertEqual(self.render("null:", "--stats", self.folder / "x.json").returncode, 0)
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))

    def test_goes_to_a_pipe(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        with self.start(f"hash:{pipe}", *FEW) as process:
            lines = pipe.read_text().splitlines()
        self.assertEqual((process.returncode, len(lines)), (0, 3))
        self.assertTrue(stat.S_ISFIFO(pipe.stat().st_mode))

    def test_statistics_are_not_the_output(self):
        for output in (self.folder / "x.mp4", f"hash:{self.folder / 'x.mp4'}"):
            self.check(self.render(output, "--stats", self.folder / "x.mp4", "--overwrite"), BAD_INPUT, "x.mp4",
                       "statistics")
        self.assertEqual(self.names(), [])

    def test_statistics_of_a_render_that_fails_are_none(self):
        result = self.render(self.folder / "x.mp4", "--stats", self.folder / "s.json", "--features", "none.npy")
        self.check(result, BAD_INPUT, "none.npy")
        self.assertEqual(self.names(), [])


class Inputs(Writing):
    """What a job reads is never replaced, whatever is asked."""

    def check_kept(self, folder, *cases):
        before = digests(folder)
        for result, *mentions in cases:
            self.check(result, BAD_INPUT, "which this job reads", *mentions)
            self.assertEqual(digests(folder), before)

    def test_files_of_the_avatar(self):
        package = self.package()
        link = self.folder / "link.mp4"
        link.symlink_to(package / "full_body_video.mp4")
        hard = self.folder / "hard.mp4"
        hard.hardlink_to(package / "crops_328_video.mp4")
        alias = self.folder / "alias"
        alias.symlink_to(package)
        for output in [package / f"{name}_video.mp4" for name in ("full_body", "crops_328", "rois_320", "model_inputs")]:
            with self.subTest(output.name):
                self.check_kept(package, (self.render(output, "--overwrite", package=package), output.name),
                                (self.render(output, package=package), output.name))
        for output in (link, hard, alias / "full_body_video.mp4"):
            with self.subTest(output.name):
                self.check_kept(package, (self.render(output, "--overwrite", package=package), output))
        for name in ("aud_ave.npy", "package_info.json", "cache/crop_rectangles.json", "checkpoint/model_best.onnx",
                     "full_body_video.mp4"):
            with self.subTest(name):
                self.check_kept(package,
                                (self.render("null:", "--stats", package / name, "--overwrite", package=package), name),
                                (self.render(f"hash:{package / name}", "--overwrite", package=package), name))

    def test_names_that_would_become_part_of_the_avatar(self):
        package = self.package()
        for output in (f"hash:{package / 'onnx_dist_config.json'}", f"{package / 'full_body_img'}/",
                       package / "rois_320" / "%d.png", f"hash:{package / 'cache' / 'kept_spans.npy'}"):
            self.check(self.render(output, package=package), BAD_INPUT, "would become")

    def test_pictures_of_the_avatar(self):
        from make_package import make_package
        package = self.folder / "avatar"
        make_package(package, frames=4, pictures="images")
        for output in (package / "full_body_img" / "%d.jpg", f"{package / 'full_body_img'}/",
                       package / "crops_328" / "x_%d.png"):
            self.check_kept(package, (self.render(output, "--overwrite", package=package),))
        picture = package / "full_body_img" / "2.jpg"
        self.check_kept(package, (self.render(f"hash:{picture}", "--overwrite", package=package), "2.jpg"))

    def test_sound_and_features(self):
        package = self.package()
        give_encoder(package)
        sound, features = self.folder / "v.wav", self.folder / "f.npy"
        write_wav(sound, syllables(1.2))
        shutil.copy(package / "aud_ave.npy", features)
        before = digests(self.folder)
        for arguments in (["render", package, "-o", f"hash:{sound}", "--audio", sound],
                          ["render", package, "-o", "null:", "--stats", sound, "--audio", sound],
                          ["render", package, "-o", f"hash:{features}", "--features", features],
                          ["render", package, "-o", "null:", "--stats", features, "--features", features],
                          ["features", sound, "-o", package / "aud_ave.npy", "--avatar", package]):
            with self.subTest(arguments[3]):
                self.check(run(*arguments, "--quiet", "--overwrite"), BAD_INPUT, "which this job reads")
                self.assertEqual(digests(self.folder), before)
        alike = self.folder / "x.npy"  # sound, whatever its name says
        shutil.copy(sound, alike)
        self.check(run("features", alike, "-o", alike, "--stage", "mel", "--overwrite"), BAD_INPUT, "x.npy")

    def test_features_may_be_made_for_an_avatar_that_has_none(self):
        package = self.package()
        give_encoder(package)
        (package / "aud_ave.npy").unlink()
        sound = write_wav(self.folder / "v.wav", syllables(1.2))
        result = run("features", sound, "-o", package / "aud_ave.npy", "--avatar", package, "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(np.load(package / "aud_ave.npy").shape[1], 512)

    def test_a_new_video_in_the_avatars_folder_is_no_part_of_it(self):
        package = self.package()
        for overwrite in ([], ["--overwrite"]):
            self.assertEqual(self.render(package / "talk.mp4", *overwrite, package=package).returncode, 0)

    def test_shards(self):
        shards = [self.folder / f"{i}.mp4" for i in range(2)]
        for i, shard in enumerate(shards):
            self.assertEqual(run("render", Settings.package, "-o", shard, "--quiet", "--shard", f"{i}/2", "--frames",
                                 "0:260").returncode, 0)
        before = digests(self.folder)
        self.check(run("join", *shards, "-o", shards[1], "--overwrite"), BAD_INPUT, "1.mp4", "which this job reads")
        self.assertEqual(digests(self.folder), before)

    def test_training_folders(self):
        dataset = self.folder / "dataset"
        write_dataset(dataset, 4)
        (dataset / "cache").mkdir()
        (dataset / "cache" / "crop_rectangles.json").write_text("{}")  # so that it looks like a package, too
        model = self.folder / "old" / "model.onnx"
        shutil.copytree(Settings.package, self.folder / "old")
        shutil.copy(Settings.package / "checkpoint" / "model_best.onnx", model)
        before = digests(self.folder)
        for output, more in ((dataset, []), (f"{dataset}/", []), (self.folder / "old", ["--model", model])):
            self.check(run("import", dataset, "-o", output, "--overwrite", "--quiet", *more), BAD_INPUT,
                       "which this job reads")
            self.assertEqual(digests(self.folder), before)


class TakenNames(Writing):
    """Finished work is never thrown away."""

    REFUSAL = """
#define _GNU_SOURCE
#include <errno.h>
int renameat2(int a, const char* b, int c, const char* d, unsigned flags) { errno = %s; return -1; }
"""

    def test_of_two_renders_to_one_name_both_are_kept(self):
        for overwrite in ([], ["--overwrite"]):
            with self.subTest(overwrite):
                for path in self.folder.iterdir():
                    path.unlink()
                path = self.folder / "x.mp4"
                if overwrite:
                    path.write_text("old")
                    time.sleep(0.02)
                with self.start(path, "--frames", "0:900", *overwrite) as first:
                    self.wait_for_work(first)
                    time.sleep(0.1)
                    second = self.render(path, *overwrite)
                    self.assertEqual(second.returncode, 0, second.stderr)
                    errors = first.communicate()[1].decode()
                self.assertEqual(first.returncode, OTHER)
                self.assertRegex(errors, ONE_LINE)
                self.assertIn(f"the finished output is {self.folder / 'x-2.mp4'}", errors)
                self.assertEqual(self.names(), ["x-2.mp4", "x.mp4"])
                for name, frames in (("x.mp4", 3), ("x-2.mp4", 900)):
                    video = list(program.decode_planes(self.folder / name, 426, 240))
                    self.assertEqual(len(video), frames)

    def test_that_appear_meanwhile_stay(self):
        for output, taken, kept in ((self.folder / "x.mp4", "x.mp4", "x-2.mp4"),
                                    (f"hash:{self.folder / 'sums'}", "sums", "sums-2"),
                                    (self.folder / "%04d.jpg", "0700.jpg", f"{self.folder.name}-2")):
            with self.subTest(taken):
                for path in self.folder.iterdir():
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
                with self.start(output, "--frames", "0:900") as process:
                    self.wait_for_work(process)
                    time.sleep(0.1)
                    (self.folder / taken).write_text("precious")
                    errors = process.communicate()[1].decode()
                self.assertEqual(process.returncode, OTHER, errors)
                self.assertRegex(errors, ONE_LINE)
                self.assertIn(taken, errors)
                self.assertIn(str(self.folder / kept), errors)
                self.assertEqual((self.folder / taken).read_text(), "precious")
                self.assertEqual(self.names(), sorted([kept, taken]))
                if (self.folder / kept).is_dir():
                    self.assertEqual(len(self.names(self.folder / kept)), 900)

    def test_are_given_where_the_file_system_knows_no_flags(self):
        for error in ("EOPNOTSUPP", "EINVAL", "ENOSYS"):
            with self.subTest(error):
                shim = self.folder / f"{error}.so"
                subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", shim], check=True, text=True,
                               input=self.REFUSAL % error)
                environment = os.environ | {"LD_PRELOAD": str(shim)}
                out = self.folder / error
                out.mkdir()
                for output in (out / "x.mp4", f"{out / 'new'}/", out / "%d.png"):
                    result = self.render(output, env=environment)
                    self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(self.names(out), ["0.png", "1.png", "2.png", "new", "x.mp4"])
                self.check(self.render(out / "x.mp4", env=environment), BAD_INPUT, "exists already")
                dataset = self.folder / f"dataset_{error}"
                write_dataset(dataset, 4)
                for overwrite in ([], ["--overwrite"]):
                    result = run("import", dataset, "-o", out / "p", "--quiet", *overwrite, env=environment)
                    self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(self.names(out), ["0.png", "1.png", "2.png", "new", "p", "x.mp4"])

    def test_of_a_folder_that_is_gone_are_told(self):
        inside = self.folder / "inside"
        inside.mkdir()
        with self.start(inside / "x.mp4", "--frames", "0:900") as process:
            self.wait_for_work(process, inside)
            inside.rename(self.folder / "moved")
            errors = process.communicate()[1].decode()
        self.assertEqual(process.returncode, OTHER)
        self.assertRegex(errors, ONE_LINE)


if __name__ == "__main__":
    program.main(__doc__.splitlines()[0])

#!/usr/bin/env python3
"""Messages name the thing that is at fault and the way out."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import cv2

import program
from cli_import_test import HEIGHT, WIDTH, write_dataset
from program import Settings, run
from speech_case import give_encoder, syllables, write_wav

BAD_INPUT, OTHER = 2, 1
FEW = ("--frames", "0:3")


def encoders():
    """The video encoders of this machine's FFmpeg, by name."""
    listed = subprocess.run(["ffmpeg", "-v", "error", "-encoders"], check=True, capture_output=True, text=True).stdout
    return {line.split()[1] for line in listed.splitlines() if line.startswith(" V")}


class Messages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def names(self):
        return sorted(path.name for path in self.folder.iterdir())

    def says(self, arguments, *mentions, code=BAD_INPUT, never=(), **options):
        result = run(*arguments, "--quiet", **({"cwd": self.folder} | options))
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertRegex(result.stderr, r"\Amouthpiece: [^\n]+\n\Z")
        for text in mentions:
            self.assertIn(str(text), result.stderr)
        for text in never:
            self.assertNotIn(text, result.stderr)

    def render(self, output, *arguments, package=None):
        return ["render", package or Settings.package, "-o", output, *FEW, *arguments]

    def works(self, arguments):
        result = run(*arguments, "--quiet", cwd=self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)


class Outputs(Messages):
    def test_that_are_urls(self):
        for url in ("rtmp://localhost/live/x", "srt://host:9000", "http://host/x.mp4", "udp://1.2.3.4:5", "s3://b/x.mp4"):
            self.says(self.render(url), url, "is a URL", "-o -", "ffmpeg")
            self.says(self.render("null:", "--stats", url), url, "is a URL")
        self.says(self.render("file:///tmp/x.mp4"), "is a URL", "path")
        self.says(["features", "x.wav", "-o", "http://host/x.npy", "--stage", "mel"], "is a URL")
        self.says(["import", "d", "-o", "http://host/x"], "is a URL")
        self.says(self.render("pipe:1"), "pipe:1", "- is standard output")
        self.assertEqual(self.names(), [])

    def test_that_are_folders_by_the_name_of_a_video(self):
        for name in ("name.mp4", "name.mkv", "name.y4m"):
            (self.folder / name).mkdir()
            self.says(self.render(name), name, "is a folder", "end its name with /")
            self.assertEqual(list((self.folder / name).iterdir()), [])
            self.works(self.render(f"{name}/"))
            self.assertEqual(len(list((self.folder / name).iterdir())), 3)

    def test_in_folders_with_a_percent_sign(self):
        for output, first in (("50%/x_%05d.png", "50%/x_00000.png"), ("50%/x.mp4", "50%/x.mp4"),
                              ("50%", "50%/00000.jpg"), ("100 % new/", "100 % new/00000.jpg"),
                              ("new%/a_%02d.jpg", "new%/a_00.jpg")):
            with self.subTest(output):
                (self.folder / "50%").mkdir(exist_ok=True)
                self.works(self.render(output))
                self.assertTrue((self.folder / first).exists())

    def test_of_one_image(self):
        for name, pattern in (("x.jpg", "x_%05d.jpg"), ("shot_001.png", "shot_%03d.png"), ("0001.jpeg", "%04d.jpeg")):
            self.says(self.render(name), name, "every frame needs its own", pattern)
        for name in ("%s.png", "%05d%05d.png", "%5d.png"):
            self.says(self.render(name), name, "%0Nd")
        self.says(self.render("new_%d/%d.png"), "new_%d/%d.png", "one folder")
        self.assertEqual(self.names(), [])


class Encoders(Messages):
    def test_of_odd_sizes_tell_how_to_make_them_even(self):
        dataset, package = self.folder / "dataset", self.folder / "package"
        write_dataset(dataset, 4)
        for path in (dataset / "full_body_img").iterdir():
            cv2.imwrite(str(path), cv2.imread(str(path))[:HEIGHT - 1, :WIDTH - 1])
        self.works(["import", dataset, "-o", package, "--background", "images"])
        for codec in ("libx264", "libx265"):
            self.says(self.render("x.mp4", "--codec", codec, package=package), codec, "even", f"{WIDTH - 1}x{HEIGHT - 1}",
                      "crop=", ".y4m", "ffv1")
        for output, arguments in (("x.y4m", []), ("x.mkv", ["--codec", "ffv1"]), ("x_%d.png", [])):
            self.works(self.render(output, *arguments, package=package))
        for path in (package / "full_body_img").iterdir():  # as the message says
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", path, "-vf", "crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0",
                            "-q:v", "2", self.folder / path.name], check=True)
            shutil.move(self.folder / path.name, path)
        self.works(self.render("even.mp4", package=package))

    def test_without_their_hardware(self):
        for codec, needs in (("h264_nvenc", "NVIDIA"), ("hevc_nvenc", "NVIDIA"), ("h264_qsv", "Intel"),
                             ("h264_v4l2m2m", "device"), ("h264_vaapi", "device"), ("hevc_vaapi", "device")):
            if codec not in encoders() or any(pathlib.Path("/dev").glob("nvidia*")):
                continue
            with self.subTest(codec):
                self.says(self.render("x.mp4", "--codec", codec), codec, needs, "libx264", never=["does not take frames"])
        self.assertEqual(self.names(), [])

    def test_that_are_not_there(self):
        for codec in ("h999", "h264_nothing"):
            self.says(self.render("x.mp4", "--codec", codec), codec, "is no encoder", "libx264",
                      never=["_nvenc", "_qsv", "_vaapi", "_omx", "_v4l2m2m"])
        self.says(self.render("x.mp4", "--codec", "hevc"), "'hevc' is a codec, not an encoder", "libx265")
        self.says(self.render("x.mp4", "--codec", "aac"), "is no video encoder", "libx264")
        self.says(self.render("x.mp4", "--codec", "ffv1"), "does not fit the container", "libx264")

    def test_take_any_number_of_threads(self):
        for name, codec in (("x.mp4", "libx264"), ("x.mkv", "libx265"), ("x.avi", "mjpeg"), ("y.mkv", "mpeg4"),
                            ("z.mkv", "ffv1")):
            with self.subTest(codec):
                self.works(self.render(name, "--codec", codec, "--threads", "1000"))
        self.works(self.render("x_%d.jpg", "--threads", "1000"))
        # Frames of `ram` have no budget left beside a thousand decoders.
        self.works(self.render("null:", "--threads", "1000", "--cache", "ram"))
        for threads in ("1025", "-1"):
            self.says(self.render("no.mp4", "--threads", threads), "threads", "1024")


class Inputs(Messages):
    def test_that_are_urls(self):
        for arguments in (["--audio", "https://host/a.mp3"], ["--features", "f.npy", "--audio", "https://host/a.mp3"]):
            self.says(self.render("x.mp4", *arguments), "https://host/a.mp3", "is a URL", "--audio -")
        self.says(self.render("x.mp4", "--features", "https://host/f.npy"), "https://host/f.npy", "is a URL")


class Scratch(Messages):
    def test_folder_that_is_missing(self):
        package = self.folder / "speaker"
        shutil.copytree(Settings.package, package)
        give_encoder(package)
        environment = os.environ | {"TMPDIR": str(self.folder / "nowhere")}
        write_wav(self.folder / "v.wav", syllables(1.2))
        result = run("render", package, "-o", "null:", "--cache", "chunk", "--chunk-frames", "5", "--frames", "0:60",
                     env=environment)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stderr, r"nowhere is no folder; TMPDIR names another")


class FullDisk(Messages):
    """Needs root, to mount a file system of a quarter megabyte."""

    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", self.disk], capture_output=True,
                               text=True, check=False)
        if mount.returncode != 0:
            self.skipTest(f"a small file system cannot be mounted here: {mount.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", self.disk], check=True)

    def test_is_named_and_not_the_source(self):
        dataset = self.folder / "dataset"
        write_dataset(dataset)
        for arguments in ([], ["--background", "images"]):
            self.says(["import", dataset, "-o", self.disk / "package", *arguments], self.disk / "package", code=OTHER,
                      never=[str(dataset)])
            self.assertEqual(list(self.disk.iterdir()), [])
        self.says(["render", Settings.package, "-o", self.disk / "x.y4m"], self.disk / "x.y4m", "the disk has room",
                  code=OTHER)
        (self.disk / "filler").write_bytes(bytes(512 << 10))
        self.says(["render", Settings.package, "-o", "null:", "--stats", self.disk / "s.json", *FEW], self.disk / "s.json",
                  "No space left", code=OTHER)
        write_wav(self.folder / "v.wav", syllables(60))
        self.says(["features", "v.wav", "-o", self.disk / "f.npy", "--stage", "mel"], self.disk / "f.npy",
                  "No space left", code=OTHER)
        self.assertEqual([path.name for path in self.disk.iterdir()], ["filler"])


if __name__ == "__main__":
    program.main(__doc__.splitlines()[0])

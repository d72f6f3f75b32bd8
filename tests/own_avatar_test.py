#!/usr/bin/env python3
"""The way from a training folder with checkpoints to speech, by the commands of docs/your-own-avatar.md."""

import json
import os
import re
import shutil
import subprocess
import sys
import wave

import numpy as np

import program
from cli_import_test import FRAMES, HEIGHT, WIDTH, write_dataset
from export_test import Exporting, seeded_generator
from program import ROOT, Settings, run
from synctalk_networks import AudioEncoder
from torch_checkpoint import state_dict, write_checkpoint

DOCUMENT = ROOT / "docs" / "your-own-avatar.md"


def write_speech(path):
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        seconds = np.arange(12800) / 16000
        tone = np.sin(2 * np.pi * 170 * seconds) * np.sin(2 * np.pi * 3 * seconds)
        file.writeframes((20000 * tone).astype("<i2").tobytes())


class Trained(Exporting):
    """A clone of SyncTalk_2D after training, of a person who is drawn and networks that have learned nothing."""

    def setUp(self):
        super().setUp()
        self.dataset, self.package = self.folder / "dataset" / "May", self.folder / "May"
        self.rectangles = write_dataset(self.dataset)
        shutil.rmtree(self.dataset / "checkpoint")
        self.checkpoint = self.folder / "checkpoint" / "May" / "99.pth"
        self.encoder_checkpoint = self.folder / "model" / "checkpoints" / "audio_visual_encoder.pth"
        for path in (self.checkpoint, self.encoder_checkpoint):
            path.parent.mkdir(parents=True)
        weights, _, _ = seeded_generator()
        write_checkpoint(self.checkpoint, state_dict(weights))
        encoder = AudioEncoder(2)
        encoder(np.zeros((1, 1, 80, 16), np.float32))
        write_checkpoint(self.encoder_checkpoint, state_dict(encoder.weights))
        self.speech = self.folder / "speech.wav"
        write_speech(self.speech)


class Speaking(Trained):
    def expect_the_command(self, result):
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn("PyTorch checkpoint", result.stderr)
        self.assertIn("tools/export_synctalk.py GENERATOR.pth --audio-encoder ENCODER.pth -o FOLDER", result.stderr)

    def test_from_checkpoints_to_frames(self):
        self.output = self.dataset
        self.export(self.checkpoint, "--audio-encoder", self.encoder_checkpoint)
        result = run("import", self.dataset, "-o", self.package)
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(run("inspect", self.package, "--json").stdout)
        self.assertEqual(report["problems"], [])
        self.assertEqual(report["frame_count"], FRAMES)

        source = list(program.decode_planes(self.package / "full_body_video.mp4", WIDTH, HEIGHT))
        frames = {}
        for engine in ("fused", "openvino"):
            frames[engine] = list(program.rendered_planes(
                self.package, "--audio", self.speech, "--engine", engine, "--precision", "f32", "--frames", "0:6"))
            self.assertEqual(len(frames[engine]), 6)
        for index, ((luma, _, _), (other, _, _)) in enumerate(zip(frames["fused"], frames["openvino"])):
            x1, y1, x2, y2 = self.rectangles[index]
            self.assertLessEqual(np.abs(luma.astype(int) - other).max(), 1)
            change = np.abs(luma.astype(int) - source[index][0])
            self.assertGreater(change[y1:y2, x1:x2].mean(), 5)
            change[y1:y2, x1:x2] = 0
            self.assertEqual(change.max(), 0)

    def test_checkpoints_are_sent_to_the_tool_by_import(self):
        self.assertIn("tools/export_synctalk.py", run("import", self.dataset, "-o", self.package).stderr)
        self.expect_the_command(run("import", self.dataset, "-o", self.package, "--model", self.checkpoint))
        self.output = self.dataset
        self.export(self.checkpoint)
        self.expect_the_command(run("import", self.dataset, "-o", self.package, "--audio-encoder",
                                    self.encoder_checkpoint))
        self.assertFalse(self.package.exists())

    def test_checkpoints_are_sent_to_the_tool_by_render(self):
        shutil.copytree(Settings.package, self.package)
        config = {"generator": {"file": "checkpoint/99.PTH"}}
        shutil.copy(self.checkpoint, self.package / "checkpoint" / "99.PTH")
        (self.package / "onnx_dist_config.json").write_text(json.dumps(config))
        self.expect_the_command(run("render", self.package, "-o", "null:"))


class Document(Trained):
    def test_every_command_does_what_it_says(self):
        """Word for word, in the folder and with the home that the document speaks of."""
        blocks = re.findall(r"^```sh\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        self.assertEqual(len(blocks), 3)
        home, binaries = self.folder / "home", self.folder / "bin"
        (home / "mouthpiece" / ".venv" / "bin").mkdir(parents=True)
        (home / "mouthpiece" / "tools").symlink_to(ROOT / "tools")
        binaries.mkdir()
        (binaries / "mouthpiece").symlink_to(Settings.program)
        python = home / "mouthpiece" / ".venv" / "bin" / "python"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        subprocess.run(["ffmpeg", "-v", "error", "-i", str(self.speech), str(self.folder / "speech.mp3")], check=True)
        for folder in ("dataset", "checkpoint"):  # Ann was trained with HuBERT's features
            shutil.copytree(self.folder / folder / "May", self.folder / folder / "Ann")
        (self.folder / "dataset" / "Ann" / "aud_ave.npy").unlink()
        random = np.random.default_rng(5)
        np.save(self.folder / "dataset" / "Ann" / "aud_hu.npy", random.normal(size=(FRAMES, 2, 1024)).astype(np.float32))

        environment = os.environ | {"HOME": str(home), "PATH": f"{binaries}:{os.environ['PATH']}"}
        for block in blocks:
            result = subprocess.run(["bash", "-ec", block], check=False, cwd=self.folder, env=environment,
                                    capture_output=True, text=True)
            self.assertEqual(result.returncode, 0, f"{block}\n{result.stdout}{result.stderr}")
        for name, least, most in (("talk.mp4", 20, 22), ("ann.mp4", FRAMES, FRAMES)):  # MP3 adds some silence
            found = len(list(program.decode_planes(self.folder / name, WIDTH, HEIGHT)))
            self.assertTrue(least <= found <= most, f"{name}: {found}")


if __name__ == "__main__":
    program.main(__doc__)

"""Speech that the tests make, and a package whose mouth it moves."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest
import wave

import numpy as np

import drawn_model
import mel_reference
from program import Settings, run

RATE = mel_reference.RATE
ONE_LINE = r"\Amouthpiece: [^\n]+\n\Z"


def syllables(seconds, rate=RATE):
    """int16 samples: tones that glide under noise, four syllables a second, pauses between sentences."""
    t = np.arange(int(seconds * rate)) / rate
    pitch = 140 + 40 * np.sin(2 * np.pi * 0.6 * t)
    voice = sum(np.sin(2 * np.pi * k * np.cumsum(pitch) / rate) / k for k in range(1, 20))
    envelope = np.clip(np.sin(2 * np.pi * 2 * t), 0, 1) * (np.sin(2 * np.pi * 0.35 * t) > -0.5)
    noise = np.random.default_rng(3).normal(0, 0.1, len(t))
    return np.rint(8000 * envelope * (0.4 * voice + noise)).astype(np.int16)


def write_wav(path, samples, rate=RATE, channels=1):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels), file.setsampwidth(samples.dtype.itemsize), file.setframerate(rate)
        file.writeframes(np.repeat(samples, channels).tobytes())
    return path


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *(str(a) for a in arguments)], check=True)


def give_encoder(package, place="models/audio_encoder.onnx"):
    path = package / place
    path.parent.mkdir(exist_ok=True)
    drawn_model.write_encoder(path)
    return path


class Speech(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.out = self.folder / "out"
        self.out.mkdir()

    def speaker(self):
        """The drawn package with an encoder that hears loudness."""
        package = self.folder / "speaker"
        shutil.copytree(Settings.package, package)
        give_encoder(package)
        return package

    def features(self, audio, *arguments):
        result = run("features", audio, "-o", self.out / "x.npy", "--quiet", "--overwrite", *arguments)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b"", ""))
        self.assertEqual([path.name for path in self.out.iterdir()], ["x.npy"])
        table = np.load(self.out / "x.npy", allow_pickle=False)
        self.assertEqual(table.dtype, np.float32)
        return table

    def mel(self, audio):
        return self.features(audio, "--stage", "mel")

    def wav(self, samples, rate=RATE, channels=1):
        return write_wav(self.folder / "x.wav", samples, rate, channels)

    def check_mel(self, audio, samples, mean=1e-5, most=1e-3):
        """Against the reference; the issue's own limits, for speech, are 1e-3 and 2e-2."""
        expected = mel_reference.mel_rows(samples)
        found = self.mel(audio)
        self.assertEqual(found.shape, expected.shape)
        difference = np.abs(found - expected)
        self.assertLessEqual(difference.mean(), mean)
        self.assertLessEqual(difference.max(), most)
        return difference

    def check_failed(self, result, *mentions, code=2):
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertRegex(result.stderr, ONE_LINE)
        for text in mentions:
            self.assertIn(str(text), result.stderr)

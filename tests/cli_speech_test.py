#!/usr/bin/env python3
"""Speech in: mel rows and features of any file, and the mouths that they move."""

import hashlib
import json
import pathlib
import shutil
import signal
import subprocess
import time
import wave

import numpy as np

import drawn_model
import mel_reference
import program
from program import Settings, hashes, render, run
from speech_case import ONE_LINE, RATE, Speech, ffmpeg, give_encoder, syllables, write_wav


class Mel(Speech):
    def test_is_the_references(self):
        for seconds in (0.5, 7.3):
            samples = syllables(seconds)
            self.check_mel(self.wav(samples), samples / 32768)

    def test_of_clicks_and_full_scale_is_the_references(self):
        random = np.random.default_rng(5)
        samples = np.where(random.uniform(size=20001) < 0.002, random.integers(-32768, 32768, 20001), 0)
        samples[9000:12000] = np.where(np.arange(3000) // 40 % 2, 32767, -32768)
        self.check_mel(self.wav(samples.astype(np.int16)), samples / 32768)

    def test_of_silence_is_silent(self):
        found = self.mel(self.wav(np.zeros(8000, np.int16)))
        np.testing.assert_array_equal(found, np.full((41, 80), -4, np.float32))

    def test_of_short_sounds(self):
        for size in (1, 2, 199, 200, 399, 400, 401, 1600):
            samples = syllables(0.5)[1000:1000 + size]
            self.check_mel(self.wav(samples), samples / 32768)

    def test_of_other_rates_and_layouts(self):
        samples = syllables(4)
        source = self.wav(samples)
        expected = mel_reference.mel_rows(samples / 32768)
        below_3_khz = int(np.searchsorted(mel_reference.slaney_hz(np.linspace(
            mel_reference.slaney_mel(55), mel_reference.slaney_mel(7600), 82))[2:], 3000))
        for name, bands, least, arguments in (
                ("8k.wav", below_3_khz, 0.02, ["-ar", "8000"]),
                ("44k.flac", 76, 0.02, ["-ar", "44100"]),
                ("96k_stereo.wav", 76, 0.02, ["-af", "aresample=96000,pan=stereo|c0=c0|c1=c0", "-c:a", "pcm_s24le"]),
                ("5.1.wav", 80, 0.001, ["-af", "pan=5.1|FC=c0", "-c:a", "pcm_f32le"]),
                ("x.mp3", 60, 0.25, ["-b:a", "128k"]),
                ("x.m4a", 60, 0.25, ["-b:a", "128k"])):
            with self.subTest(name):
                path = self.folder / name
                ffmpeg("-i", source, *arguments, path)
                found = self.mel(path)
                self.assertLessEqual(abs(len(found) - len(expected)), 8)
                rows = min(len(found), len(expected))
                loud = expected[:rows, :bands] > -1
                difference = np.abs(found[:rows, :bands] - expected[:rows, :bands])[loud]
                self.assertLess(difference.mean(), least)

    def test_of_a_video_is_that_of_its_sound(self):
        samples = syllables(3)
        source = self.wav(samples)
        for name, codec in (("x.mkv", "flac"), ("x.mov", "pcm_s16le"), ("x.avi", "pcm_s16le")):
            with self.subTest(name):
                path = self.folder / name
                ffmpeg("-f", "lavfi", "-i", "testsrc=size=64x48:duration=3", "-i", source, "-c:a", codec, path)
                self.check_mel(path, samples / 32768)


class Features(Speech):
    def test_are_the_encoders_rows_of_the_references_windows(self):
        speaker = self.speaker()
        for size in (1, 1600, 3199, 3200, 50000):
            samples = syllables(4)[:size]
            expected = mel_reference.double_ends(
                drawn_model.loudness(mel_reference.windows(mel_reference.mel_rows(samples / 32768))))
            found = self.features(self.wav(samples), "--avatar", speaker)
            self.assertEqual(found.shape, expected.shape, size)
            np.testing.assert_allclose(found, expected, atol=1e-4)

    def test_rendered_from_a_file_are_those_rendered_from_the_sound(self):
        speaker, source = self.speaker(), self.wav(syllables(2))
        self.features(source, "--avatar", speaker)
        heard = hashes(speaker, "--audio", source)
        read = hashes(speaker, "--features", self.out / "x.npy")
        self.assertEqual(len(read), 49)
        self.assertEqual(heard[:len(read)], read)


class Rendering(Speech):
    def test_lasts_as_long_as_the_sound(self):
        speaker = self.speaker()
        for size, frames in ((1, 1), (1600, 3), (3000, 5), (32000, 50), (32001, 51)):
            self.assertEqual(len(hashes(speaker, "--audio", self.wav(syllables(3)[:size]))), frames, size)

    def test_pictures_and_sound_of_a_video_end_together(self):
        path = self.folder / "x.mp4"
        render(self.speaker(), path, "--audio", self.wav(syllables(3.21)))
        output = subprocess.run(["ffprobe", "-v", "error", "-show_streams", "-of", "json", path], check=True,
                                capture_output=True).stdout
        durations = {s["codec_type"]: float(s["duration"]) for s in json.loads(output)["streams"]}
        self.assertAlmostEqual(durations["video"], 3.24)
        self.assertTrue(0 <= durations["video"] - durations["audio"] < 0.04, durations)

    def test_speech_wins_over_the_packages_features(self):
        speaker = self.speaker()
        stored = hashes(speaker)
        self.assertEqual(stored, hashes(Settings.package), "without sound the stored features are used")
        self.assertNotEqual(hashes(speaker, "--audio", self.wav(syllables(1)))[:len(stored)], stored)
        silent = hashes(speaker, "--audio", self.wav(np.zeros(23 * 640, np.int16)))
        self.assertEqual([index for index, _ in silent], [index for index, _ in stored])
        differ = sum(a != b for a, b in zip(silent, stored))
        self.assertGreater(differ, len(stored) // 2, "silence is no speech")
        (speaker / "aud_ave.npy").unlink()
        self.assertEqual(hashes(speaker, "--audio", self.folder / "x.wav"), silent, "and none are needed")

    def test_the_mouth_stays_as_it_is_in_silence(self):
        loops = hashes(self.speaker(), "--audio", self.wav(np.zeros(92 * 640, np.int16)), "--loop", "repeat")
        self.assertEqual(len({checksum for _, checksum in loops}), 24, "24 pictures over and over")

    def test_features_that_are_given_win_over_speech(self):
        speaker, path = self.speaker(), self.folder / "x.mkv"
        stored = Settings.package / "aud_ave.npy"
        render(speaker, path, "--audio", self.wav(syllables(3)), "--features", stored, "--codec", "ffv1")
        video = list(program.decode_planes(path, 426, 240))
        expected = list(program.rendered_planes(speaker))
        self.assertEqual(len(video), len(expected))
        for planes, others in zip(video, expected):
            for a, b in zip(planes, others):
                np.testing.assert_array_equal(a, b)
        self.check_failed(run("render", speaker, "-o", "null:", "--audio", self.folder / "x.wav", "--features", stored),
                          "takes no audio")

    def test_speech_moves_the_mouth_of_outputs_without_sound(self):
        speaker, source = self.speaker(), self.wav(syllables(1))
        render(speaker, "null:", "--audio", source)
        render(speaker, self.out / "%03d.png", "--audio", source)
        self.assertEqual(len(list(self.out.glob("*.png"))), 25)
        self.assertEqual(len(list(program.rendered_planes(speaker, "--audio", source))), 25)

    def test_a_part_is_that_part_of_the_whole(self):
        speaker, source = self.speaker(), self.wav(syllables(3))
        whole = hashes(speaker, "--audio", source)
        part = hashes(speaker, "--audio", source, "--frames", "40:60")
        self.assertEqual(part, [(index, checksum) for index, checksum in whole[40:60]])

    def test_an_encoder_with_its_checksum_in_another_place(self):
        speaker, source = self.speaker(), self.wav(syllables(1))
        expected = hashes(speaker, "--audio", source)
        shutil.rmtree(speaker / "models")
        encoder = give_encoder(speaker, "ears/hears.onnx")
        digest = hashlib.sha256(encoder.read_bytes()).hexdigest()
        entry = {"included": True, "file": "ears/hears.onnx", "sha256": digest}
        config = speaker / "onnx_dist_config.json"
        config.write_text(json.dumps({"audio_encoder": entry}))
        self.assertEqual(hashes(speaker, "--audio", source), expected)
        config.write_text(json.dumps({"audio_encoder": {**entry, "sha256": digest[::-1]}}))
        self.check_failed(run("render", speaker, "-o", "hash:", "--audio", source), "hears.onnx", "sha256")


class Long(Speech):
    """An hour of sound."""
    HOUR_BYTES = 3600 * RATE * 4  # as samples

    def peak_bytes(self, audio, *arguments):
        command = program.command("features", audio, "-o", self.out / "x.npy", "--quiet", "--overwrite", *arguments)
        peak = 0
        with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
            # Not getrusage: its figure includes what the process was before exec.
            while process.poll() is None:
                for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
                    if line.startswith("VmHWM:"):
                        peak = int(line.split()[1]) * 1024
                time.sleep(0.01)
            self.assertEqual(process.returncode, 0, process.stderr.read())
        return peak

    def test_takes_no_more_memory_than_its_samples(self):
        speaker = self.speaker()
        minute = write_wav(self.folder / "minute.wav", syllables(60, 8000), 8000)
        hour = write_wav(self.folder / "hour.wav", np.tile(syllables(60, 8000), 60), 8000)
        for stage in (["--stage", "mel"], ["--avatar", speaker]):
            with self.subTest(stage[0]):
                more = self.peak_bytes(hour, *stage) - self.peak_bytes(minute, *stage)
                print(f"{stage[0]}: {more / 1e6:.0f} MB more for an hour than for a minute, "
                      f"whose samples are {self.HOUR_BYTES / 1e6:.0f} MB", flush=True)
                self.assertLess(more, self.HOUR_BYTES)

    def test_can_be_stopped(self):
        hour = write_wav(self.folder / "hour.wav", np.tile(syllables(60), 60))
        speaker = self.speaker()
        for command in (["features", hour, "-o", self.out / "x.npy", "--avatar", speaker],
                        ["render", speaker, "--audio", hour, "-o", self.out / "x.mp4"]):
            with self.subTest(command[0]):
                program.require_within(1.0, lambda command=command: self.interrupt(command))

    def interrupt(self, command):
        """Seconds from the signal to the end."""
        with subprocess.Popen(program.command(*command, "--quiet"), stderr=subprocess.PIPE) as process:
            time.sleep(0.7)
            self.assertIsNone(process.poll(), "it is still listening")
            asked = time.monotonic()
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=30)
            took = time.monotonic() - asked
        self.assertEqual(process.returncode, 130)
        self.assertRegex(errors.decode(), ONE_LINE)
        self.assertEqual(list(self.out.iterdir()), [])
        return took


class Real(Speech):
    def setUp(self):
        super().setUp()
        if not Settings.real_speech.is_dir():
            self.skipTest(f"{Settings.real_speech} is not there")

    def test_mel_of_speech_is_the_references(self):
        for path in sorted(Settings.real_speech.glob("*.wav")):
            with wave.open(str(path)) as file:
                self.assertEqual((file.getframerate(), file.getnchannels(), file.getsampwidth()), (RATE, 1, 2))
                samples = np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768
            difference = self.check_mel(path, samples)
            print(f"{path.name}: mean {difference.mean():.1e}, largest {difference.max():.1e}", flush=True)

    def test_features_of_the_packages_speech_come_close_to_its_own(self):
        if not Settings.real_package.is_dir():
            self.skipTest(f"{Settings.real_package} is not there")
        stored = np.load(Settings.real_package / "aud_ave.npy")
        found = self.features(Settings.real_speech / "sanders.wav", "--avatar", Settings.real_package)
        self.assertEqual(found.shape, stored.shape)
        difference = np.abs(found - stored)
        print(f"mean difference {difference.mean():.3f} of {np.abs(stored).mean():.3f}", flush=True)
        self.assertLess(difference.mean(), 0.06)
        self.assertLess(np.median(difference.mean(axis=1)), 0.04, "row by row")
        for late in (found[1:] - stored[:-1], found[:-1] - stored[1:]):
            self.assertGreater(np.abs(late).mean(), 2 * difference.mean(), "and at the right time")

    def test_silence_moves_the_mouth_otherwise_than_the_stored_features(self):
        if not Settings.real_package.is_dir():
            self.skipTest(f"{Settings.real_package} is not there")
        silence = self.wav(np.zeros(30 * 640, np.int16))
        stored = hashes(Settings.real_package, "--frames", "0:30")
        silent = hashes(Settings.real_package, "--audio", silence)
        self.assertEqual(len(silent), 30)
        self.assertFalse(set(stored) & set(silent))


if __name__ == "__main__":
    program.main(__doc__.splitlines()[0])

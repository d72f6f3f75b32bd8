#!/usr/bin/env python3
"""Speech through pipes, and files that hold none."""

import os
import resource
import shutil
import signal
import subprocess
import threading
import time

import numpy as np

import program
from program import Settings, run
from speech_case import ONE_LINE, Speech, ffmpeg, syllables


class Pipes(Speech):
    """Sound that can be read only once."""

    def through(self, audio, *arguments):
        """Runs the program with a named pipe that is given the bytes of `audio` as its last argument."""
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        writer = threading.Thread(target=lambda: pipe.write_bytes(audio.read_bytes()))
        writer.start()
        try:
            return run(*arguments, pipe)
        finally:
            writer.join()
            pipe.unlink()

    def check_pipes(self, name, audio, *arguments):
        """What comes of a file comes of the same bytes through a pipe and through standard input."""
        option = ["--quiet", "--overwrite", "-o", self.out / name]
        outputs = []
        for result in (run(*arguments, *option, "--audio", audio),
                       self.through(audio, *arguments, *option, "--audio"),
                       run(*arguments, *option, "--audio", "-", input=audio.read_bytes())):
            self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b"", ""))
            outputs.append((self.out / name).read_bytes())
        self.assertEqual(outputs[1:], [outputs[0]] * 2)

    def test_render_a_video_as_a_file_does(self):
        source = self.folder / "x.mp3"
        ffmpeg("-i", self.wav(syllables(3)), "-ar", "44100", "-ac", "2", source)
        self.check_pipes("x.mp4", source, "render", self.speaker())
        self.check_pipes("x.avi", self.wav(syllables(1)), "render", Settings.package, "--codec", "mjpeg",
                         "--features", Settings.package / "aud_ave.npy")

    def test_give_features_as_a_file_does(self):
        source = self.wav(syllables(2))
        expected = self.mel(source)
        result = run("features", "-", "-o", self.out / "x.npy", "--quiet", "--overwrite", "--stage", "mel",
                     input=source.read_bytes())
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        np.testing.assert_array_equal(np.load(self.out / "x.npy"), expected)

    def test_are_left_when_interrupted(self):
        for command in (["features", "-", "-o", self.out / "x.npy", "--stage", "mel"],
                        ["render", self.speaker(), "--audio", "-", "-o", self.out / "x.mp4"]):
            with self.subTest(command[0]):
                with subprocess.Popen(program.command(*command, "--quiet"), stdin=subprocess.PIPE,
                                      stderr=subprocess.PIPE) as process:
                    process.stdin.write(self.wav(syllables(1)).read_bytes()[:20000])
                    process.stdin.flush()
                    time.sleep(1)
                    process.send_signal(signal.SIGINT)
                    _, errors = process.communicate(timeout=30)
                self.assertEqual(process.returncode, 130)
                self.assertRegex(errors.decode(), ONE_LINE)
                self.assertEqual(list(self.out.iterdir()), [])


class Failures(Speech):
    def check_refused(self, *arguments, mentions=(), code=2):
        with self.subTest(" ".join(str(a) for a in arguments)):
            self.check_failed(run(*arguments, "--quiet", cwd=self.out), *mentions, code=code)
            self.assertEqual([path.name for path in self.out.iterdir()], [])

    def bad_files(self):
        """Files that hold no speech."""
        (self.folder / "empty.wav").touch()
        (self.folder / "text.mp3").write_text("no sound at all")
        self.wav(np.zeros(0, np.int16)).rename(self.folder / "no_samples.wav")
        (self.folder / "noise.flac").write_bytes(np.random.default_rng(1).bytes(100_000))
        header = self.wav(syllables(1)).read_bytes()[:30]
        (self.folder / "cut.wav").write_bytes(header)
        (self.folder / "folder.wav").mkdir()
        names = ("empty.wav", "text.mp3", "no_samples.wav", "noise.flac", "cut.wav", "folder.wav", "missing.wav")
        return [self.folder / name for name in names] + [Settings.package / "full_body_video.mp4"]

    def test_files_without_sound(self):
        speaker = self.speaker()
        for path in self.bad_files():
            self.check_refused("features", path, "-o", "x.npy", "--stage", "mel", mentions=[path])
            self.check_refused("features", path, "-o", "x.npy", "--avatar", speaker, mentions=[path])
            self.check_refused("render", speaker, "-o", "x.mp4", "--audio", path, mentions=[path])

    def test_a_shard_of_a_pipe(self):
        """The mark of a shard is made of the file's bytes."""
        pipe = self.folder / "pipe.wav"
        os.mkfifo(pipe)
        for audio in (pipe, "-"):
            self.check_refused("render", self.speaker(), "-o", "x.mp4", "--audio", audio, "--shard", "0/2",
                               mentions=[audio, "expected a file"])
            shutil.rmtree(self.folder / "speaker")

    def test_pipes_that_hold_no_sound(self):
        speaker = self.speaker()
        for command in (["features", "-", "-o", "x.npy", "--stage", "mel"],
                        ["render", speaker, "-o", "x.mp4", "--audio", "-"],
                        ["render", speaker, "-o", "x.mp4", "--audio", "-", "--features", speaker / "aud_ave.npy"]):
            for content in (b"", b"no sound at all"):
                result = run(*command, "--quiet", cwd=self.out, input=content)
                self.check_failed(result, "standard input: ")
                self.assertEqual(list(self.out.iterdir()), [])

    def test_a_damaged_file_gives_what_can_be_heard(self):
        source = self.folder / "x.mp3"
        ffmpeg("-i", self.wav(syllables(8)), source)
        data = bytearray(source.read_bytes())
        random = np.random.default_rng(2)
        for _ in range(40):
            at = int(random.integers(2000, len(data)))
            data[at:at + 30] = random.bytes(30)
        source.write_bytes(data[:len(data) * 3 // 4])
        rows = len(self.mel(source))
        self.assertTrue(400 < rows < 640, rows)

    def test_a_package_without_encoder(self):
        source = self.wav(syllables(1))
        self.check_refused("render", Settings.package, "-o", "x.mp4", "--audio", source,
                           mentions=[Settings.package, "audio encoder", "--features"])
        self.check_refused("features", source, "-o", "x.npy", "--avatar", Settings.package,
                           mentions=[Settings.package, "audio encoder"])

    def test_a_generator_for_an_encoder(self):
        speaker = self.speaker()
        shutil.copy(speaker / "checkpoint" / "model_best.onnx", speaker / "models" / "audio_encoder.onnx")
        self.check_refused("render", speaker, "-o", "x.mp4", "--audio", self.wav(syllables(1)),
                           mentions=["models/audio_encoder.onnx", "[N,1,80,16]", "320"])

    def test_an_avatar_of_another_frame_rate(self):
        speaker = self.speaker()
        body = speaker / "full_body_video.mp4"
        ffmpeg("-r", "30", "-i", body, "-r", "30", self.folder / "30.mp4")
        shutil.move(self.folder / "30.mp4", body)
        self.check_refused("render", speaker, "-o", "x.mp4", "--audio", self.wav(syllables(1)),
                           mentions=[speaker, "25 frames a second", "30/1"])

    def test_arguments_that_do_not_fit(self):
        source = self.wav(syllables(1))
        self.check_refused("features", source)
        self.check_refused("features", "-o", "x.npy")
        self.check_refused("features", source, "-o", "x.npy", mentions=["--avatar", "--stage mel"])
        self.check_refused("features", source, "-o", "x.npy", "--stage", "phonemes")
        self.check_refused("features", source, "-o", "x.npy", "--avatar", "nowhere", mentions=["nowhere"])
        self.check_refused("features", source, "-o", "x.txt", "--stage", "mel", mentions=[".npy", "x.txt"])
        self.check_refused("features", source, "-o", "x.npy", "--stage", "mel", "--threads", "-1")
        self.check_refused("features", source, "-o", "no/x.npy", "--stage", "mel", mentions=["no/x.npy"], code=1)

    def test_an_existing_output_is_left_alone(self):
        path = self.out / "x.npy"
        path.write_text("precious")
        self.check_failed(run("features", self.wav(syllables(1)), "-o", path, "--stage", "mel"), "x.npy")
        self.assertEqual(path.read_text(), "precious")
        self.check_failed(run("features", self.folder / "no.wav", "-o", path, "--stage", "mel", "--overwrite"), "no.wav")
        self.assertEqual(path.read_text(), "precious")

    def test_a_disk_that_is_full(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that write() fails instead
            resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))

        result = run("features", self.wav(syllables(2)), "-o", self.out / "x.npy", "--stage", "mel", preexec_fn=limit)
        self.check_failed(result, "x.npy", code=1)
        self.assertEqual(list(self.out.iterdir()), [])


if __name__ == "__main__":
    program.main(__doc__.splitlines()[0])

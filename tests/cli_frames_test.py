#!/usr/bin/env python3
"""The same frames whatever way they are made: cache modes, ranges, batches, threads, variants of
the package; and different mouths for different features."""

import pathlib
import shutil
import tempfile
import unittest

import numpy as np

import make_package
import program
from program import Settings, hashes, run
from reference_render import source_index

CACHES = ("ram", "chunk", "stream", "disk")
AVATAR_FRAMES = 24


class Scratch(unittest.TestCase):
    """A folder for each test, removed after it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def save_features(self, rows, name="features.npy"):
        path = self.folder / name
        np.save(path, np.asarray(rows, np.float32))
        return path


class TheSameFrames(Scratch):
    def check_caches(self, loop, frames):
        arguments = ("--loop", loop, "--frames", frames)
        expected = hashes(Settings.package, "--cache", "ram", *arguments)
        begin, end = (int(number) for number in frames.split(":"))
        self.assertEqual([source for source, _ in expected],
                         [source_index(i, AVATAR_FRAMES, loop) for i in range(begin, end)])
        for cache in CACHES[1:]:
            self.assertEqual(hashes(Settings.package, "--cache", cache, "--chunk-frames", "7", *arguments), expected,
                             f"{cache} against ram, {loop} {frames}")

    def test_of_every_cache_mode_forward(self):
        self.check_caches("none", "0:24")

    def test_of_every_cache_mode_there_and_back(self):
        self.check_caches("pingpong", "0:70")

    def test_of_every_cache_mode_over_and_over(self):
        self.check_caches("repeat", "0:70")

    def test_of_every_cache_mode_from_the_middle(self):
        self.check_caches("pingpong", "35:60")
        self.check_caches("repeat", "35:60")

    def test_of_auto_with_little_memory_and_much(self):
        expected = hashes(Settings.package, "--cache", "ram")
        for budget in ("64MiB", "8GiB"):
            self.assertEqual(hashes(Settings.package, "--cache", "auto", "--memory-budget", budget), expected, budget)

    def test_of_no_cache_mode_that_breaks_the_budget(self):
        for mode in ("auto", "ram", "chunk", "stream"):
            refused = run("render", Settings.package, "-o", "hash:", "--cache", mode, "--memory-budget", "32MiB")
            self.assertEqual(refused.returncode, 2, mode)
            self.assertRegex(refused.stderr, r"\Amouthpiece: cache \w+: expected a memory budget of \d+ MiB or more, "
                                             r"found 32 MiB\n\Z")

    def test_of_every_chunk_size(self):
        expected = hashes(Settings.package, "--cache", "ram", "--frames", "0:60")
        for size in ("1", "2", "5", "23", "24", "500"):
            self.assertEqual(hashes(Settings.package, "--cache", "chunk", "--chunk-frames", size, "--frames", "0:60"),
                             expected, f"chunks of {size}")

    def test_of_every_range(self):
        whole = hashes(Settings.package, "--frames", "0:70")
        for begin, end in ((0, 1), (5, 17), (22, 50), (46, 47), (69, 70)):
            for cache in CACHES:
                self.assertEqual(hashes(Settings.package, "--frames", f"{begin}:{end}", "--cache", cache),
                                 whole[begin:end], f"{cache} {begin}:{end}")

    def test_of_every_batch_size(self):
        expected = hashes(Settings.package, "--batch", "1")
        self.assertEqual(len(expected), 23)  # neither 3 nor 8 divides it: last batches are partial
        for batch in ("3", "8", "64"):
            self.assertEqual(hashes(Settings.package, "--batch", batch), expected, f"batch {batch}")

    def test_of_every_thread_count(self):
        expected = hashes(Settings.package, "--threads", "1")
        for threads in ("2", "3"):
            self.assertEqual(hashes(Settings.package, "--threads", threads), expected, f"{threads} threads")

    def test_of_the_default_range_is_one_frame_a_feature_row(self):
        features = self.save_features(np.full((31, 512), 0.3))
        self.assertEqual(len(hashes(Settings.package, "--features", features)), 31)

    def test_end_where_the_avatar_ends_without_looping(self):
        result = run("render", Settings.package, "-o", "hash:", "--loop", "none", "--frames", "0:25", "--quiet")
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stdout, b"")
        self.assertRegex(result.stderr, r"\Amouthpiece: [^\n]*24[^\n]*\n\Z")


class PackageVariants(Scratch):
    """Variants that hold the same content render the same frames."""

    def make(self, **variant):
        make_package.make_package(self.folder / "variant", **variant)
        return self.folder / "variant"

    def test_rectangles_as_a_bare_list(self):
        self.assertEqual(hashes(self.make(rectangles="list")), hashes(Settings.package))

    def test_features_as_bin(self):
        self.assertEqual(hashes(self.make(features="bin")), hashes(Settings.package))

    def test_features_as_bin_with_a_description(self):
        self.assertEqual(hashes(self.make(features="bin+json")), hashes(Settings.package))

    def test_generator_in_models_with_its_checksum(self):
        self.assertEqual(hashes(self.make(model_place="models")), hashes(Settings.package))

    def test_generator_with_another_checksum_is_refused(self):
        package = self.make(model_place="models")
        with open(package / "models" / "generator.onnx", "ab") as model:
            model.write(b"\0")
        result = run("render", package, "-o", "hash:", "--quiet")
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, r"\Amouthpiece: [^\n]*generator\.onnx[^\n]*\n\Z")

    def test_generator_with_its_batch_fixed_at_one(self):
        package = self.make(batch=1)
        expected = hashes(Settings.package)
        for batch in ("1", "3", "8"):
            self.assertEqual(hashes(package, "--batch", batch), expected, f"batch {batch}")

    def test_one_frame(self):
        package = self.make(frames=1)
        for loop in ("pingpong", "repeat"):
            frames = hashes(package, "--loop", loop, "--frames", "0:5")
            self.assertEqual([source for source, _ in frames], [0] * 5)

    def test_image_folders_in_every_cache_mode(self):
        package = self.make(pictures="images")
        expected = hashes(package, "--cache", "ram", "--frames", "0:50")
        self.assertEqual([source for source, _ in expected], [source_index(i, 24, "pingpong") for i in range(50)])
        for cache in CACHES[1:]:
            self.assertEqual(hashes(package, "--cache", cache, "--frames", "0:50"), expected, cache)

    def test_a_missing_feature_file_is_no_matter_when_another_is_given(self):
        package = self.folder / "copy"
        shutil.copytree(Settings.package, package)
        features = (package / "aud_ave.npy").rename(self.folder / "elsewhere.npy")
        self.assertEqual(hashes(package, "--features", features), hashes(Settings.package))


class Features(Scratch):
    def changed_frames(self, a, b, *arguments):
        """Indices of the output frames that differ between two feature files."""
        frames = zip(hashes(Settings.package, "--features", a, *arguments),
                     hashes(Settings.package, "--features", b, *arguments), strict=True)
        return [i for i, (left, right) in enumerate(frames) if left != right]

    def test_speech_and_silence_give_different_mouths(self):
        silence = self.save_features(np.zeros((23, 512)))
        different = self.changed_frames(Settings.package / "aud_ave.npy", silence)
        self.assertGreater(len(different), 20)

    def test_silence_gives_one_picture_for_each_avatar_frame(self):
        silence = self.save_features(np.zeros((70, 512)))
        frames = hashes(Settings.package, "--features", silence)
        self.assertEqual(len(frames), 70)
        self.assertEqual(len(set(frames)), AVATAR_FRAMES)

    def test_a_row_reaches_the_sixteen_frames_around_it_and_no_other(self):
        rows = np.full((40, 512), 0.3, np.float32)
        plain = self.save_features(rows)
        rows[20] = 4.0
        self.assertEqual(self.changed_frames(plain, self.save_features(rows, "loud.npy")), list(range(13, 29)))

    def test_rows_of_a_window_are_not_one_row_tiled(self):
        # Frame 20 sees row 20 in both files; only its neighbours differ.
        rows = np.tile(np.linspace(0, 1, 40, dtype=np.float32)[:, None], (1, 512))
        tiled = np.tile(rows[20], (40, 1))
        self.assertIn(20, self.changed_frames(self.save_features(rows), self.save_features(tiled, "tiled.npy")))

    def test_edge_windows_differ_from_zero_windows_at_the_ends_only(self):
        features = self.save_features(np.full((40, 512), 0.5))
        zero = hashes(Settings.package, "--features", features, "--audio-window", "zero")
        edge = hashes(Settings.package, "--features", features, "--audio-window", "edge")
        different = [i for i, (a, b) in enumerate(zip(zero, edge, strict=True)) if a != b]
        self.assertEqual(different, [*range(8), *range(33, 40)])

    def test_bin_features_outside_a_package(self):
        rows = np.load(Settings.package / "aud_ave.npy")
        path = self.folder / "features.bin"
        path.write_bytes(rows.astype("<f4").tobytes())
        self.assertEqual(hashes(Settings.package, "--features", path), hashes(Settings.package))

    def test_double_and_half_precision_features(self):
        rows = np.load(Settings.package / "aud_ave.npy")
        for kind in (np.float64, np.float16):
            path = self.folder / "features.npy"
            np.save(path, rows.astype(np.float16).astype(kind))
            exact = self.save_features(rows.astype(np.float16), "exact.npy")
            self.assertEqual(self.changed_frames(path, exact), [], kind.__name__)


if __name__ == "__main__":
    program.main(__doc__.splitlines()[0])

#!/usr/bin/env python3
"""Networks as exporters write them: opsets, symbolic sizes, weights in a file of their own."""

import json
import os
import pathlib
import shutil
import tempfile
import unittest

import numpy as np
import onnx

import exported_model
import program
from cli_import_test import write_dataset
from program import Settings, hashes, run
from speech_case import syllables, write_wav

GENERATOR = "checkpoint/model_best.onnx"
ENCODER = "models/audio_encoder.onnx"
ONE_LINE = r"\Amouthpiece: [^\n]+\n\Z"
FRAMES = ("--frames", "0:2")


class Models(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.thin = onnx.load(program.network("unet_thin"))

    def package(self, name="package"):
        package = self.folder / name
        shutil.copytree(Settings.package, package)
        return package

    def expected(self, *arguments):
        package = self.package("plain")
        onnx.save(self.thin, package / GENERATOR)
        found = hashes(package, *FRAMES, *arguments)
        shutil.rmtree(package)
        return found

    def test_a_generator_in_every_form_is_the_same_network(self):
        exact = ("--precision", "f32")
        expected = {engine: self.expected("--engine", engine, *exact) for engine in ("fused", "openvino")}
        for opset in (17, 18, 20, 21):
            for external in (False, True):
                with self.subTest(f"opset {opset}, {'two files' if external else 'one file'}"):
                    package = self.package(f"{opset}{external}")
                    exported_model.as_exported(self.thin, package / GENERATOR, opset, external=external)
                    self.assertEqual((package / (GENERATOR + ".data")).exists(), external)
                    for engine, frames in expected.items():
                        self.assertEqual(hashes(package, *FRAMES, "--engine", engine, *exact), frames)

    def test_an_encoder_gives_the_rows_of_its_weights(self):
        package = self.package()
        (package / ENCODER).parent.mkdir()
        weights = exported_model.encoder(package / ENCODER)
        speech = write_wav(self.folder / "x.wav", syllables(1))
        for arguments in (["--stage", "mel"], ["--avatar", package]):
            result = run("features", speech, "-o", self.folder / f"{len(arguments)}{arguments[0]}.npy", "--quiet",
                         *arguments)
            self.assertEqual(result.returncode, 0, result.stderr)
        mel = np.load(self.folder / "2--stage.npy")
        rows = np.load(self.folder / "2--avatar.npy")
        window = np.pad(mel[:16].T, 1)
        patches = np.lib.stride_tricks.sliding_window_view(window, (3, 3))[::2, ::2]
        seen = np.einsum("yxab,cab->cyx", patches, weights["conv.weight"][:, 0])
        seen = np.maximum(seen + weights["conv.bias"][:, None, None], 0)
        np.testing.assert_allclose(rows[0], weights["fc.weight"] @ seen.ravel(), atol=2e-3)

    def test_weights_that_are_missing_are_named_with_the_way_out(self):
        package = self.package()
        exported_model.as_exported(self.thin, package / GENERATOR)
        data = package / (GENERATOR + ".data")
        data.unlink()
        for command in (["inspect", package], ["render", package, "-o", "null:", "--quiet"]):
            result = run(*command)
            said = result.stdout.decode() if command[0] == "inspect" else result.stderr
            self.assertEqual(result.returncode, 2)
            self.assertIn(f"{data}: is missing: expected the weights of model_best.onnx", said)
            self.assertIn("onnx.save(onnx.load(MODEL), MODEL) makes one file of both", said)

    def test_weights_stay_in_the_folder(self):
        package = self.package()
        exported_model.as_exported(self.thin, package / GENERATOR)
        data = package / (GENERATOR + ".data")
        shutil.move(data, self.folder / "outside")
        model = onnx.load(package / GENERATOR, load_external_data=False)
        for tensor in model.graph.initializer:
            for entry in tensor.external_data:
                entry.value = "../../outside" if entry.key == "location" else entry.value
        (package / GENERATOR).write_bytes(model.SerializeToString())
        result = run("render", package, "-o", "null:", "--quiet")
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, ONE_LINE)
        self.assertIn("keeps its weights outside its folder", result.stderr)

    def test_inputs_that_nothing_uses_are_refused_wherever_the_weights_are(self):
        model = onnx.ModelProto()
        model.CopyFrom(self.thin)
        model.graph.input.append(onnx.helper.make_tensor_value_info("unused", onnx.TensorProto.FLOAT, [1, 3]))
        for external in (False, True):
            package = self.package(str(external))
            onnx.save(model, package / GENERATOR, save_as_external_data=external, location="w.data", size_threshold=256)
            result = run("render", package, "-o", "null:", "--quiet", *FRAMES)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertRegex(result.stderr, ONE_LINE)
            self.assertIn("model_best.onnx: ", result.stderr)
            self.assertIn("inputs", result.stderr)

    def test_weights_are_never_replaced_by_an_output(self):
        package = self.package()
        onnx.save(self.thin, package / GENERATOR, save_as_external_data=True, location="my weights.y4m",
                  size_threshold=256)
        weights = package / "checkpoint" / "my weights.y4m"
        before = weights.read_bytes()
        for output in (weights, f"hash:{weights}"):
            result = run("render", package, "-o", output, "--quiet", "--overwrite", *FRAMES)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn("which this job reads", result.stderr)
            self.assertEqual(weights.read_bytes(), before)

    def test_a_package_of_links_reads_the_weights_behind_them(self):
        expected = self.expected()
        package = self.package()
        blobs = self.folder / "blobs"
        blobs.mkdir()
        exported_model.as_exported(self.thin, package / GENERATOR)
        for name, blob in ((GENERATOR, "a1"), (GENERATOR + ".data", "b2")):
            shutil.move(package / name, blobs / blob)
            (package / name).symlink_to(os.path.relpath(blobs / blob, (package / name).parent))
        self.assertEqual(hashes(package, *FRAMES), expected)

    def test_import_takes_the_weights_along(self):
        dataset, package = self.folder / "dataset", self.folder / "package"
        write_dataset(dataset, frames=2)
        (dataset / "models").mkdir()
        exported_model.as_exported(self.thin, dataset / GENERATOR)
        exported_model.encoder(dataset / ENCODER)
        result = run("import", dataset, "-o", package, "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)
        found = json.loads(run("inspect", package, "--json").stdout)
        self.assertEqual((found["problems"], found["warnings"]), ([], []))
        for model in found["models"]:
            files = [package / model["path"], pathlib.Path(f"{package / model['path']}.data")]
            self.assertEqual(model["bytes"], sum(file.stat().st_size for file in files))
        shutil.rmtree(dataset)
        self.assertEqual(len(hashes(package, *FRAMES)), 2)

    def test_shards_of_other_weights_are_not_joined(self):
        videos = []
        for number, seed in enumerate((1, 2)):
            package = self.package(str(number))
            exported_model.as_exported(self.thin, package / GENERATOR)
            data = package / (GENERATOR + ".data")
            content = np.fromfile(data, np.float32)
            content[:100] *= seed
            content.tofile(data)
            videos.append(self.folder / f"{number}.mp4")
            program.render(package, videos[-1], "--shard", f"{number}/2", "--frames", "0:500")
        result = run("join", *videos, "-o", self.folder / "x.mp4")
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, ONE_LINE)


if __name__ == "__main__":
    program.main(__doc__)

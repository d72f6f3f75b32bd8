#!/usr/bin/env python3
"""tools/export_synctalk.py: what PyTorch has trained computes the same as ONNX.

The checkpoints are seeded, in the layout and with the keys of SyncTalk_2D and Ultralight-Digital-Human; PyTorch is
not needed."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import onnx
import openvino

from synctalk_networks import AudioEncoder, Generator
from torch_checkpoint import Foreign, Halved, state_dict, write_checkpoint, write_legacy_checkpoint

TOOL = pathlib.Path(__file__).resolve().parent.parent / "tools" / "export_synctalk.py"
WIDTHS = (4, 8, 16, 32, 64)


def export(*arguments):
    return subprocess.run([sys.executable, str(TOOL), *map(str, arguments)], check=False, capture_output=True, text=True)


def result_of(model, *inputs):
    compiled = openvino.Core().compile_model(str(model), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return compiled(list(inputs))[0]


def seeded_generator(**options):
    """(weights, inputs, what the network makes of them)."""
    generator = Generator(WIDTHS, **options)
    inputs = generator.inputs(batch=2)
    return generator.weights, inputs, generator(*inputs)


class Exporting(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.checkpoint, self.output = self.folder / "99.pth", self.folder / "out"
        self.generator = self.output / "checkpoint" / "model_best.onnx"
        self.encoder = self.output / "models" / "audio_encoder.onnx"

    def export(self, *arguments):
        result = export(*arguments, "-o", self.output)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout


class Networks(Exporting):
    def expect_same(self, arguments=(), **options):
        weights, inputs, expected = seeded_generator(**options)
        write_checkpoint(self.checkpoint, state_dict(weights))
        said = self.export(self.checkpoint, *arguments)
        self.assertLess(np.abs(result_of(self.generator, *inputs) - expected).max(), 1e-5)
        self.assertGreater(np.abs(expected[1] - expected[0]).max(), 1e-3, "speech is heard")
        once = result_of(self.generator, *(value[:1] for value in inputs))
        self.assertLess(np.abs(once - expected[:1]).max(), 1e-5, "any batch will do")
        return said

    def test_of_synctalk(self):
        self.assertIn("320x320 pictures, ave features as 32x16x16", self.expect_same())

    def test_of_synctalk_trained_with_hubert(self):
        # Its weights have the shapes of those of AVE.
        self.assertIn("hubert features as 32x32x32", self.expect_same(("--features", "hubert"), features="hubert"))

    def test_of_synctalk_trained_with_wenet(self):
        self.assertIn("wenet features as 256x16x32", self.expect_same(features="wenet", window_channels=256))

    def test_of_synctalk_at_160_pixels(self):
        self.assertIn("160x160 pictures, ave", self.expect_same(levels=4))

    def test_of_ultralight(self):
        for features, channels, wrapped in (("hubert", 16, False), ("wenet", 128, False), ("hubert", 16, True)):
            with self.subTest(features, wrapped=wrapped):
                said = self.expect_same(levels=4, features=features, window_channels=channels, wrapped=wrapped)
                self.assertIn(f"160x160 pictures, {features} features as {channels}x", said)

    def test_have_the_operators_of_other_exports(self):
        weights, _, _ = seeded_generator()
        write_checkpoint(self.checkpoint, state_dict(weights))
        self.export(self.checkpoint)
        model = onnx.load(self.generator)
        self.assertEqual({node.op_type for node in model.graph.node},
                         {"Conv", "Relu", "Add", "Resize", "Concat", "Sigmoid"}, "batch norm is folded")
        self.assertEqual({port.name: [d.dim_value for d in port.type.tensor_type.shape.dim[1:]]
                          for port in (*model.graph.input, *model.graph.output)},
                         {"input": [6, 320, 320], "audio": [32, 16, 16], "output": [3, 320, 320]})

    def test_of_the_audio_encoder(self):
        network = AudioEncoder(2)
        mel = np.random.default_rng(3).uniform(-4, 4, (3, 1, 80, 16)).astype(np.float32)
        expected = network(mel)
        for prefix in ("", "audio_encoder."):
            write_checkpoint(self.checkpoint, state_dict({prefix + key: v for key, v in network.weights.items()}))
            self.export("--audio-encoder", self.checkpoint)
            found = result_of(self.encoder, mel)
            self.assertEqual(found.shape, (3, 512))
            self.assertLess(np.abs(found - expected).max(), 1e-4 * np.abs(expected).max())


class Files(Exporting):
    """Ways in which the same weights may be saved."""

    @classmethod
    def setUpClass(cls):
        cls.weights, cls.inputs, cls.expected = seeded_generator(levels=4)

    def expect_same(self, tolerance=1e-5):
        self.export(self.checkpoint)
        self.assertLess(np.abs(result_of(self.generator, *self.inputs) - self.expected).max(), tolerance)

    def test_as_before_pytorch_1_6(self):
        write_legacy_checkpoint(self.checkpoint, state_dict(self.weights))
        self.expect_same()

    def test_with_all_that_training_needs(self):
        moments = {index: {"step": 5, "exp_avg": value} for index, value in enumerate(self.weights.values())}
        for name in ("state_dict", "model", "net", "model_state_dict"):
            write_checkpoint(self.checkpoint, {"epoch": 99, name: state_dict(self.weights), "optimizer": {
                "state": moments, "param_groups": [{"lr": 0.001, "betas": (0.9, 0.999), "foreach": None}]}})
            self.expect_same()

    def test_from_several_gpus(self):
        write_checkpoint(self.checkpoint, state_dict({f"module.{key}": v for key, v in self.weights.items()}))
        self.expect_same()

    def test_in_half_precision(self):
        halves = {key: v.astype(np.float16) if v.dtype == np.float32 else v for key, v in self.weights.items()}
        write_checkpoint(self.checkpoint, state_dict(halves))
        self.expect_same(0.01)

    def test_in_bfloat16(self):
        halves = {key: Halved(v) if v.dtype == np.float32 else v for key, v in self.weights.items()}
        write_checkpoint(self.checkpoint, state_dict(halves))
        self.expect_same(0.1)

    def test_with_other_strides(self):
        turned = {key: np.asfortranarray(v) if v.ndim == 4 else v for key, v in self.weights.items()}
        write_checkpoint(self.checkpoint, state_dict(turned))
        self.expect_same()


class Refused(Exporting):
    @classmethod
    def setUpClass(cls):
        cls.weights, _, _ = seeded_generator(levels=4)

    def expect(self, *parts, arguments=None):
        result = export(*(arguments or [self.checkpoint]), "-o", self.output)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        for part in (str(self.checkpoint), *parts):
            self.assertIn(part, result.stderr)
        self.assertFalse(self.output.exists(), "nothing is written")

    def write(self, **changes):
        """The weights with some of them changed, or gone (None)."""
        weights = self.weights | {key.replace("__", "."): value for key, value in changes.items()}
        write_checkpoint(self.checkpoint, state_dict({key: v for key, v in weights.items() if v is not None}))

    def test_calls_of_functions(self):
        trace = self.folder / "trace"
        for write in (write_checkpoint, write_legacy_checkpoint):
            write(self.checkpoint, {"model": state_dict(self.weights), "x": Foreign("os", "system", f"touch {trace}")})
            self.expect("pickled name os.system", "not loaded")
            self.assertFalse(trace.exists(), "nothing is run")

    def test_whole_models(self):
        write_checkpoint(self.checkpoint, Foreign("unet_328", "Model"))
        self.expect("unet_328.Model", "state_dict()")

    def test_missing_weights(self):
        self.write(**{"up2.conv.double_conv.1.conv.3.weight": None})
        self.expect("up2.conv.double_conv.1.conv.3.weight: expected weights, found no such key")

    def test_weights_of_another_shape(self):
        self.write(**{"fuse_conv.0.double_conv.0.conv.0.weight": np.zeros((256, 96, 1, 1), np.float32)})
        self.expect("fuse_conv.0.double_conv.0.conv.0.weight: expected [any, 128, 1, 1], found [256, 96, 1, 1]")

    def test_weights_that_are_no_numbers(self):
        key = "inc.inconv.0.conv.4.running_var"
        self.write(**{key: np.full_like(self.weights[key], np.nan)})
        self.expect(f"{key}: expected finite values, found nan")
        self.write(**{key: -self.weights[key]})
        self.expect(f"{key}: expected 0 or more, found -")

    def test_weights_that_are_left_over(self):
        self.write(**{"attention.weight": np.zeros(3, np.float32)})
        self.expect("found also attention.weight")

    def test_another_number_of_levels(self):
        self.write(**{key: None for key in self.weights if key.startswith("down4.")})
        self.expect("expected down1 to down4 (pictures of 160 pixels) or to down5 (320), found 3")

    def test_other_features_than_the_weights_are_for(self):
        self.write()
        self.expect("expected ave or hubert features of 32 channels, found --features wenet",
                    arguments=[self.checkpoint, "--features", "wenet"])

    def test_other_projects_networks(self):
        for key, what in (("face_encoder_blocks.0.0.conv_block.0.weight", "Wav2Lip"),
                          ("face_encoder.0.conv_block.0.weight", "SyncNet"),
                          ("0.conv_block.0.weight", "--audio-encoder"), ("conv1.weight", "outc.conv.weight")):
            write_checkpoint(self.checkpoint, {"state_dict": state_dict({key: np.zeros(4, np.float32)})})
            self.expect(f"found the keys {key}", what)

    def test_the_generator_as_audio_encoder(self):
        self.write()
        self.expect("audio encoder", "looks like a generator", arguments=["--audio-encoder", self.checkpoint])

    def test_what_holds_no_weights(self):
        write_checkpoint(self.checkpoint, {"epoch": 3, "state_dict": {}})
        self.expect("expected weights", "state_dict")
        write_checkpoint(self.checkpoint, [1, 2])
        self.expect("found a list")

    def test_files_that_are_no_checkpoints(self):
        self.expect("No such file")
        for content, part in ((b"version https://git-lfs.github.com/spec/v1\n", "git-lfs"), (b"", "b''"),
                              (b"\x80\x02K\x01.", "another pickle"), (b"PK\3\4 and no more", "not a zip file")):
            self.checkpoint.write_bytes(content)
            self.expect(part)

    def test_damaged_files(self):
        for write in (write_checkpoint, write_legacy_checkpoint):
            write(self.checkpoint, state_dict(self.weights))
            content = self.checkpoint.read_bytes()
            random = np.random.default_rng(4)
            for cut in random.integers(10, len(content), 4):
                self.checkpoint.write_bytes(content[:cut])
                self.expect("damaged")


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/env python3
"""Makes the int8 model of a package, for `mouthpiece render --precision int8`.

Post-training quantisation with NNCF: the ranges of all tensors are measured on the package's own
frames, convolutions and sums then run on 8-bit integers. What is rounded late in the network has
nothing behind it that would even it out, so the last operators stay in floating point: as few of
them as bring the mean error against the float model, on frames that were not measured, to
--max-error. Takes minutes. Needs tools/models/requirements.txt.
"""

import argparse
import contextlib
import hashlib
import logging
import os
import pathlib
import tempfile

import nncf
import numpy as np
import onnx
import openvino
from package_samples import Samples, count_pictures, find_generator

# What NNCF puts quantisers in front of, in this family of networks.
QUANTISABLE = ("Conv", "Add", "Concat", "Resize")
MADE_FROM = "mouthpiece.made_from"  # the program refuses a file that was made from another model


class Model:
    """A generator as ONNX, its ports found by shape as the program finds them."""

    def __init__(self, path):
        self.path = path
        self.digest = hashlib.sha256(path.read_bytes()).hexdigest()
        self.onnx = onnx.load(path)
        for index, node in enumerate(self.onnx.graph.node):
            node.name = node.name or f"{node.op_type}_{index}"
        weights = {tensor.name for tensor in self.onnx.graph.initializer}
        shapes = {port.name: [d.dim_value for d in port.type.tensor_type.shape.dim]
                  for port in self.onnx.graph.input if port.name not in weights}
        pictures = [name for name, shape in shapes.items()
                    if len(shape) == 4 and shape[1] == 6 and shape[2] == shape[3] > 0]
        if len(pictures) != 1 or len(shapes) != 2:
            raise SystemExit(f"{path}: expected inputs [N,6,S,S] and [N,a,b,c], found {shapes}")
        self.pictures = pictures[0]
        self.audio = next(name for name in shapes if name != self.pictures)
        self.side, self.audio_shape = shapes[self.pictures][2], tuple(shapes[self.audio][1:])
        self.batch = max(shapes[self.pictures][0], 1)  # 0: dynamic
        self.operators = [node.name for node in self.onnx.graph.node if node.op_type in QUANTISABLE]

    def feed(self, sample):
        pictures, window = (np.repeat(value[None], self.batch, axis=0) for value in sample)
        return {self.pictures: pictures, self.audio: window}


def predictions(model, network, samples):
    """The network's pictures as bytes, by OpenVINO as the program runs them, in 32-bit floats."""
    compiled = openvino.Core().compile_model(
        openvino.Core().read_model(network.SerializeToString()), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    pictures = []
    for index in samples.indices:
        result = next(value for value in compiled(model.feed(samples.at(index))).values()
                      if value.shape[1:] == (3, model.side, model.side))
        pictures.append((np.clip(result[0], 0, 1) * np.float32(255)).astype(np.uint8))
    return np.stack(pictures)


def quantise(model, samples, float_operators):
    dataset = nncf.Dataset(samples.indices, lambda index: model.feed(samples.at(index)))
    options = {"preset": nncf.QuantizationPreset.PERFORMANCE,  # no zero points: OpenVINO's int8 kernels have none
               "subset_size": len(samples.indices)}
    if float_operators:
        options["ignored_scope"] = nncf.IgnoredScope(names=float_operators)
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        return nncf.quantize(model.onnx, dataset, **options)


class Search:
    """Finds how many operators at the end have to stay in floating point."""

    def __init__(self, model, calibration, check):
        self.model, self.calibration, self.check = model, calibration, check
        self.expected = predictions(model, model.onnx, check).astype(np.int16)

    def attempt(self, first_float):
        """The model whose operators from `first_float` on stay as they are, and its errors."""
        network = quantise(self.model, self.calibration, self.model.operators[first_float:])
        errors = np.abs(predictions(self.model, network, self.check) - self.expected)
        print(f"  {first_float:4} of {len(self.model.operators)} operators in int8: mean error {errors.mean():.3f}",
              flush=True)
        return network, errors

    def run(self, max_error):
        """(operators in int8, the model, its errors), of the fewest operators in floating point."""
        count = len(self.model.operators)
        best = self.attempt(count)
        good, bad = (count, count + 1) if best[1].mean() <= max_error else (0, count)
        while bad - good > 1:
            middle = (good + bad) // 2
            network, errors = self.attempt(middle)
            if errors.mean() <= max_error:
                good, best = middle, (network, errors)
            else:
                bad = middle
        if good == 0:
            raise SystemExit(f"{self.model.path}: nothing of it runs in int8 with a mean error of {max_error}")
        return good, *best


def save(network, digest, path):
    """Under its own name only once it is complete."""
    onnx.helper.set_model_props(network, {MADE_FROM: digest})
    onnx.checker.check_model(network)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, suffix=".partial", delete=False) as file:
        try:
            file.write(network.SerializeToString())
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def spread(count, total, shift):
    """`count` of `total` frames at equal distances, moved by `shift` distances."""
    return sorted({int((i + shift) * total / count) for i in range(count)})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package", type=pathlib.Path)
    parser.add_argument("-o", "--output", type=pathlib.Path, help="default: GENERATOR.int8.onnx beside the generator")
    parser.add_argument("--model", type=pathlib.Path, help="another generator than the package's")
    parser.add_argument("--samples", type=int, default=48, help="frames to measure ranges on [48]")
    parser.add_argument("--check", type=int, default=24, help="other frames to measure the error on [24]")
    parser.add_argument("--max-error", type=float, default=0.9,
                        help="mean error in 1/255 that is aimed at; below 1, for frames that are not looked at [0.9]")
    parser.add_argument("--operators", type=int, help="how many operators run in int8, instead of a search")
    arguments = parser.parse_args()
    logging.getLogger("nncf").setLevel(logging.ERROR)

    model = Model(arguments.model or find_generator(arguments.package))
    output = arguments.output or model.path.with_suffix(".int8.onnx")
    total = min(count_pictures(arguments.package, name) for name in ("rois_320", "model_inputs"))
    calibration_frames = spread(min(arguments.samples, total), total, 0)
    check_frames = [i for i in spread(min(arguments.check, total), total, 0.25) if i not in calibration_frames]
    if not check_frames:
        raise SystemExit(f"{arguments.package}: {total} frames leave none to measure the error on; take fewer --samples")
    samples = [Samples(arguments.package, frames, model.audio_shape) for frames in (calibration_frames, check_frames)]
    first = samples[0].at(calibration_frames[0])[0]
    if first.shape != (6, model.side, model.side):
        raise SystemExit(f"{model.path}: expected pictures of {first.shape[1]} pixels a side, found {model.side}")

    print(f"{model.path}: ranges from {len(calibration_frames)} frames, errors from {len(check_frames)} others")
    search = Search(model, *samples)
    if arguments.operators is None:
        integers, network, errors = search.run(arguments.max_error)
    else:
        integers = max(0, min(arguments.operators, len(model.operators)))
        network, errors = search.attempt(integers)
    save(network, model.digest, output)
    print(f"{output}: {integers} of {len(model.operators)} operators in int8; in 1/255, mean error "
          f"{errors.mean():.2f}, 99 % at most {np.percentile(errors, 99):.0f}, largest {errors.max()}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes a network with the generator's contract that returns the face it was given, as ONNX.

With it, a render measures everything but the network. The audio window is read (its mean moves the
output by less than a twentieth of an 8-bit step), so that an engine cannot drop the input.
"""

import argparse
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def build_passthrough(side=320, audio=(32, 16, 16), batch="batch"):
    """f32 only is exact: uint8(255 * output) is the 8-bit face that went in."""
    constants = {
        "split": np.array([3, 3], np.int64),
        "axes": np.array([1, 2, 3], np.int64),
        "low": np.float32(0),
        "high": np.float32(1),
        "weight": np.float32(1e-4),
        # Lifts x/255 off the edge that truncation to 8 bits cuts at.
        "lift": np.float32(1e-4),
    }
    nodes = [
        helper.make_node("Split", ["input", "split"], ["face", "masked"], axis=1),
        helper.make_node("ReduceMean", ["audio", "axes"], ["mean"], keepdims=1),
        helper.make_node("Clip", ["mean", "low", "high"], ["loudness"]),
        helper.make_node("Mul", ["loudness", "weight"], ["trace"]),
        helper.make_node("Add", ["trace", "lift"], ["lifted"]),
        helper.make_node("Add", ["face", "lifted"], ["raised"]),
        helper.make_node("Clip", ["raised", "low", "high"], ["output"]),
    ]

    def tensor(name, shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, *shape])

    model = helper.make_model(
        helper.make_graph(nodes, "passthrough", [tensor("input", (6, side, side)), tensor("audio", audio)],
                          [tensor("output", (3, side, side))],
                          [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()]),
        opset_imports=[helper.make_opsetid("", 18)], ir_version=9, producer_name="mouthpiece")
    onnx.checker.check_model(model)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=pathlib.Path, help="the .onnx file to write")
    parser.add_argument("--side", type=int, default=320, help="of the square pictures")
    parser.add_argument("--batch", type=int, default=0, help="fix the batch; 0: dynamic")
    arguments = parser.parse_args()
    onnx.save(build_passthrough(arguments.side, batch=arguments.batch or "batch"), arguments.output)


if __name__ == "__main__":
    main()

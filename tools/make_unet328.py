#!/usr/bin/env python3
"""Writes the generator network of SyncTalk_2D, "U-Net 328", as ONNX with seeded random weights.

The graph has the operators, shapes and cost of the published exports (batch norm folded into the
convolutions), so that speed can be measured without a trained model. What it paints is noise.
Needs onnx and numpy only. Prints the number of parameters and of multiply-accumulates a frame.
"""

import argparse
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 320
AUDIO = (32, 16, 16)
WIDTHS = {"full": (32, 64, 128, 256, 512), "half": (16, 32, 64, 128, 256)}


class Graph:
    """Collects nodes and weights; tensors are names, their shapes are (channels, height, width)."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.nodes, self.weights = [], []
        self.shapes = {}
        self.parameters = self.macs = 0

    def add(self, kind, inputs, shape, name=None, **attributes):
        name = name or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        self.shapes[name] = shape
        return name

    def constant(self, name, value):
        self.weights.append(numpy_helper.from_array(value, name))
        return name

    def conv_weights(self, shape, gain):
        """Weight and bias of the next convolution."""
        deviation = np.sqrt(gain / np.prod(shape[1:]))
        return (self.random.normal(0, deviation, shape).astype(np.float32),
                self.random.normal(0, 0.1, shape[0]).astype(np.float32))

    def conv(self, x, channels, kernel=1, stride=1, padding=0, groups=1, gain=1.0, name=None):
        """Weights keep the variance of their input up to `gain` (2 before a ReLU)."""
        inputs, height, width = self.shapes[x]
        shape = (channels, inputs // groups, kernel, kernel)
        values, offsets = self.conv_weights(shape, gain)
        index = len(self.nodes)
        weight = self.constant(f"weight_{index}", values)
        bias = self.constant(f"bias_{index}", offsets)
        height = (height + 2 * padding - kernel) // stride + 1
        width = (width + 2 * padding - kernel) // stride + 1
        self.parameters += int(np.prod(shape)) + channels
        self.macs += int(np.prod(shape)) * height * width
        return self.add("Conv", [x, weight, bias], (channels, height, width), name, dilations=[1, 1], group=groups,
                        kernel_shape=[kernel, kernel], pads=[padding] * 4, strides=[stride, stride])

    def relu(self, x):
        return self.add("Relu", [x], self.shapes[x])

    def block(self, x, channels, stride=1, gain=1.0):
        """Inverted residual: 1x1 to twice the channels, 3x3 depthwise, 1x1 to `channels`."""
        expanded = 2 * self.shapes[x][0]
        y = self.relu(self.conv(x, expanded, gain=2))
        y = self.relu(self.conv(y, expanded, kernel=3, stride=stride, padding=1, groups=expanded, gain=2))
        return self.conv(y, channels, gain=gain)

    def residual(self, x):
        # A small gain keeps the sums along the network from growing.
        return self.add("Add", [x, self.block(x, self.shapes[x][0], gain=0.25)], self.shapes[x])

    def double(self, x, channels, stride=1):
        return self.residual(self.block(x, channels, stride))

    def upsample(self, x):
        channels, height, width = self.shapes[x]
        scales = self.constant(f"scales_{len(self.nodes)}", np.array([1, 1, 2, 2], np.float32))
        return self.add("Resize", [x, "", scales], (channels, 2 * height, 2 * width),
                        coordinate_transformation_mode="align_corners", mode="linear", nearest_mode="floor")

    def concat(self, a, b):
        channels = self.shapes[a][0] + self.shapes[b][0]
        return self.add("Concat", [a, b], (channels, *self.shapes[a][1:]), axis=1)


def build_unet(width="full", batch="batch", seed=328):
    """Returns the model, its number of parameters and its multiply-accumulates a frame."""
    return build_graph(Graph(seed), WIDTHS[width], batch, f"unet328_{width}")


def build_graph(graph, widths, batch, name):
    """As build_unet, with the weights that `graph` gives."""
    c0, c1, c2, c3, c4 = widths
    graph.shapes.update(input=(6, SIDE, SIDE), audio=AUDIO)

    levels = [graph.block("input", c0)]
    for channels in (c0, c1, c2, c3, c4):
        levels.append(graph.double(levels[-1], channels, stride=2))

    a = graph.block(graph.block("audio", c1), c2)
    a = graph.residual(graph.relu(graph.conv(a, c3, kernel=3, padding=1, gain=2)))
    a = graph.relu(graph.conv(a, c4, kernel=3, stride=2, padding=3, gain=2))
    a = graph.residual(graph.residual(a))

    x = graph.concat(levels.pop(), a)
    x = graph.double(graph.double(x, c4), c3)
    for channels in (c2, c1, c0, c0, c0 // 2):
        x = graph.double(graph.concat(graph.upsample(x), levels.pop()), channels)
    x = graph.conv(x, 3, gain=16, name="logits")  # from near black to near white
    graph.add("Sigmoid", [x], graph.shapes[x], name="output")

    def tensor(name, shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, *shape])

    model = helper.make_model(
        helper.make_graph(graph.nodes, name, [tensor("input", (6, SIDE, SIDE)), tensor("audio", AUDIO)],
                          [tensor("output", (3, SIDE, SIDE))], graph.weights),
        opset_imports=[helper.make_opsetid("", 16)], ir_version=8, producer_name="mouthpiece")
    onnx.checker.check_model(model)
    return model, graph.parameters, graph.macs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=pathlib.Path, help="the .onnx file to write")
    parser.add_argument("--width", choices=WIDTHS, default="full")
    parser.add_argument("--batch", type=int, default=0, help="fix the batch; 0: dynamic")
    parser.add_argument("--seed", type=int, default=328)
    arguments = parser.parse_args()
    model, parameters, macs = build_unet(arguments.width, arguments.batch or "batch", arguments.seed)
    onnx.save(model, arguments.output)
    print(f"{arguments.output}: {arguments.width} width, {parameters / 1e6:.2f} M parameters, "
          f"{macs / 1e9:.2f} GMAC a frame")


if __name__ == "__main__":
    main()

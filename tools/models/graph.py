"""Builds networks of SyncTalk_2D's family, node by node, as ONNX with seeded random weights."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


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

    def model(self, name, batch, inputs=("input", "audio"), output="output"):
        """From the tensors `inputs` to `output`; a batch that is a word is dynamic."""
        def tensor(port):
            return helper.make_tensor_value_info(port, TensorProto.FLOAT, [batch, *self.shapes[port]])

        model = helper.make_model(
            helper.make_graph(self.nodes, name, [tensor(port) for port in inputs], [tensor(output)], self.weights),
            opset_imports=[helper.make_opsetid("", 16)], ir_version=8, producer_name="mouthpiece")
        onnx.checker.check_model(model)
        return model

"""Audio encoders of layers: convolutions, sums, dense layers and what is done to each value, of odd sizes, as
exporters write them. Random, and the same every time."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

COUNT = 12


class Layers:
    """Nodes one after the other, with the extent of what they make."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.nodes = []
        self.constants = {}
        self.value = "mel"
        self.extent = (1, 80, 16)

    def constant(self, value):
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(value)
        return name

    def add(self, kind, inputs=(), **attributes):
        self.nodes.append(helper.make_node(kind, [self.value, *inputs], [f"v{len(self.nodes)}"], **attributes))
        self.value = self.nodes[-1].output[0]

    def weights(self, *shape):
        scale = 1.5 / np.sqrt(np.prod(shape[1:]))
        return self.constant(self.random.normal(0, scale, shape).astype(np.float32))

    def vector(self, size, low=-0.3, high=0.3):
        return self.constant(self.random.uniform(low, high, size).astype(np.float32))

    def convolve(self, channels, kernel, strides=(1, 1), pads=(0, 0, 0, 0), bias=True):
        inputs = [self.weights(channels, self.extent[0], *kernel)]
        if bias:
            inputs.append(self.vector(channels))
        self.add("Conv", inputs, kernel_shape=kernel, strides=strides, pads=pads)
        sizes = [(size + pads[i] + pads[i + 2] - kernel[i]) // strides[i] + 1 for i, size in enumerate(self.extent[1:])]
        self.extent = (channels, *sizes)

    def normalise(self):
        size = self.extent[0]
        self.add("BatchNormalization", [self.vector(size, 0.5, 1.5), self.vector(size), self.vector(size),
                                        self.vector(size, 0.5, 1.5)], epsilon=1e-3)

    def activate(self):
        kind = self.random.choice(["Relu", "LeakyRelu", "Tanh", "Sigmoid", "Clip", "Mul", "Sub", "Div"])
        if kind == "Clip":
            self.add(kind, [self.constant(np.float32(-0.8)), self.constant(np.float32(1.2))])
        elif kind in ("Mul", "Sub", "Div"):  # one value, or one a channel
            size = (self.extent[0], 1, 1) if self.random.random() < 0.5 else (1,)
            self.add(kind, [self.vector(size, 0.6, 1.4)])
            self.add("Relu")
        else:
            self.add(kind)

    def residual(self):
        before = self.value
        self.convolve(self.extent[0], (3, 3), pads=(1, 1, 1, 1))
        if self.random.random() < 0.5:
            self.normalise()
        self.add("Add", [before])
        self.add("Relu")

    def dense(self, outputs, inputs, kind):
        if kind == "MatMul":
            self.add(kind, [self.weights(inputs, outputs)])
        elif kind == "turned":
            self.add("Gemm", [self.weights(outputs, inputs), self.vector(outputs)], transB=1, alpha=0.5, beta=2.0)
        else:
            self.add("Gemm", [self.weights(inputs, outputs)])
        self.extent = (outputs, 1, 1)


def layers(seed):
    made = Layers(seed)
    random = made.random

    def draw(low, high):
        return int(random.integers(low, high + 1))

    for _ in range(draw(2, 5)):
        kernel = (draw(1, 5), draw(1, 4))
        pads = tuple(draw(0, kernel[i % 2] - 1) for i in range(4))
        strides = (draw(1, 3), draw(1, 2) if made.extent[2] > 8 else 1)
        if made.extent[1] + pads[0] + pads[2] < kernel[0] or made.extent[2] + pads[1] + pads[3] < kernel[1]:
            break
        made.convolve(draw(3, 40), kernel, strides, pads, bias=random.random() < 0.7)
        if random.random() < 0.5:
            made.normalise()
        made.activate()
        if random.random() < 0.6:
            made.residual()
    if seed % 3 == 0:  # a convolution of all there is
        made.convolve(24, made.extent[1:])
        made.add("Tanh")
        made.add("Squeeze", [made.constant(np.array([2, -1], np.int64))])
        made.add("Unsqueeze", [made.constant(np.array([-1], np.int64))])
    if seed % 3 == 1:
        made.add("Transpose", perm=(0, *(1 + random.permutation(3))))
    inputs = int(np.prod(made.extent))
    if seed % 2:
        made.add("Flatten", axis=1)
    else:
        made.add("Reshape", [made.constant(np.array([-1, inputs], np.int64))])
    made.dense(draw(5, 70), inputs, ["turned", "MatMul", "plain"][seed % 3])
    made.add("Sigmoid")
    made.add("Add", [made.vector(made.extent[0])])
    made.dense(512, made.extent[0], ["plain", "turned", "MatMul"][seed % 3])
    return made


def write(folder):
    folder.mkdir(exist_ok=True)
    for seed in range(COUNT):
        made = layers(seed)
        graph = helper.make_graph(
            made.nodes, "layers", [helper.make_tensor_value_info("mel", TensorProto.FLOAT, ["n", 1, 80, 16])],
            [helper.make_tensor_value_info(made.value, TensorProto.FLOAT, ["n", 512])],
            [numpy_helper.from_array(value, name) for name, value in made.constants.items()])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, folder / f"layers_{seed}.onnx")

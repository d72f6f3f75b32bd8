#!/usr/bin/env python3
"""Makes the small networks that the engine's unit tests load: good ones, odd ones and wrong ones."""

import argparse
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from make_passthrough import build_passthrough  # noqa: E402
from make_unet328 import Graph, build_graph, build_unet  # noqa: E402
from quantized import write_int8  # noqa: E402

SIDE = 33
AUDIO = (4, 3, 5)
THIN_WIDTHS = (8, 16, 32, 48, 64)


def tensor(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def save(path, nodes, inputs, outputs, constants):
    weights = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, path.stem, inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def network(stuck_at=0):
    """A convolution of the pictures plus the audio's mean; a Reshape can tie it to one batch."""
    random = np.random.default_rng(33)
    constants = {
        "weight": random.normal(0, 0.7, (3, 6, 3, 3)).astype(np.float32),
        "bias": random.normal(0, 0.3, 3).astype(np.float32),
        "axes": np.array([1, 2, 3], np.int64),
    }
    nodes = [
        helper.make_node("Conv", ["faces", "weight", "bias"], ["seen"], pads=[1, 1, 1, 1]),
        helper.make_node("ReduceMean", ["speech", "axes"], ["heard"], keepdims=1),
        helper.make_node("Add", ["seen", "heard"], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["picture" if not stuck_at else "free"]),
    ]
    if stuck_at:
        constants["shape"] = np.array([stuck_at, 3, SIDE, SIDE], np.int64)
        nodes.append(helper.make_node("Reshape", ["free", "shape"], ["picture"]))
    return nodes, constants


def mixture(norms, stray=""):
    """What the fused engine knows, in odd sizes: channels that are no multiple of anything, blocks with and without
    stride and sum, a doubling, two concatenations, dense convolutions. `norms` puts the scales and offsets behind the
    convolutions into nodes of their own; `stray` adds one thing that the engine does not know."""
    graph = Graph(7)
    graph.shapes.update(input=(6, 2 * SIDE, 2 * SIDE), audio=(5, SIDE, SIDE))
    first = graph.block("input", 7)
    deep = graph.residual(graph.block(first, 19, stride=2))
    heard = graph.relu(graph.conv("audio", 33, kernel=3, padding=1, gain=2))
    heard = graph.conv(heard, 21, kernel=2, stride=1, padding=0)
    heard = graph.relu(graph.conv(heard, 11, kernel=2, padding=1, gain=2))
    if stray == "product":
        heard = graph.add("Mul", [heard, heard], graph.shapes[heard])
    if stray == "sum":
        deep = graph.add("Add", [deep, deep], graph.shapes[deep])
    if stray == "wide_step":
        heard = graph.conv(heard, 11, kernel=3, padding=1, groups=11)
    deep = graph.residual(graph.block(graph.concat(deep, heard), 40))
    if stray == "nearest":
        scales = graph.constant("scales", np.array([1, 1, 2, 2], np.float32))
        up = graph.add("Resize", [deep, "", scales], (40, 2 * SIDE, 2 * SIDE), mode="nearest")
    else:
        up = graph.upsample(deep)
    x = graph.residual(graph.block(graph.concat(up, first), 17))
    if stray == "plain_output":
        graph.conv(x, 3, gain=4, name="output")
    else:
        graph.add("Sigmoid", [graph.conv(x, 3, gain=4)], (3, 2 * SIDE, 2 * SIDE), name="output")
    if norms:
        unfold_norms(graph)
    inputs = [tensor(name, ["n", *graph.shapes[name]]) for name in ("input", "audio")]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "mixture", inputs, [tensor("output", ["n", 3, 2 * SIDE, 2 * SIDE])],
                          graph.weights),
        opset_imports=[helper.make_opsetid("", 16)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def unfold_norms(graph):
    """Puts a batch norm, or a product and a sum, behind each convolution, and takes its bias away."""
    nodes = []
    for index, node in enumerate(graph.nodes):
        if node.op_type != "Conv":
            nodes.append(node)
            continue
        bias, name, channels = node.input.pop(), node.output[0], graph.shapes[node.output[0]][0]
        node.output[0] = f"{name}_raw"
        nodes.append(node)
        random = graph.random
        values = {"scale": random.uniform(0.8, 1.2, channels), "mean": random.normal(0, 0.1, channels),
                  "variance": random.uniform(0.8, 1.2, channels)}
        if index % 2:
            names = [graph.constant(f"{name}_{key}", value.astype(np.float32)) for key, value in values.items()]
            nodes.append(helper.make_node("BatchNormalization", [f"{name}_raw", names[0], bias, *names[1:]], [name],
                                          epsilon=1e-3))
        else:
            scale = graph.constant(f"{name}_scale", values["scale"].astype(np.float32)[:, None, None])
            offset = graph.constant(f"{name}_offset", values["mean"].astype(np.float32)[None, :, None, None])
            nodes += [helper.make_node("Mul", [f"{name}_raw", scale], [f"{name}_scaled"]),
                      helper.make_node("Add", [offset, f"{name}_scaled"], [name])]
    graph.nodes = nodes


def write_good(folder):
    def write(name, batch, stuck_at=0):
        nodes, constants = network(stuck_at)
        # The audio comes first and the names are nobody's: inputs are found by shape.
        save(folder / name, nodes, [tensor("speech", [batch, *AUDIO]), tensor("faces", [batch, 6, SIDE, SIDE])],
             [tensor("picture", [batch, 3, SIDE, SIDE])], constants)

    write("small.onnx", "n")
    write("small_fixed1.onnx", 1)
    write("small_stuck2.onnx", 2, stuck_at=2)

    # Leaves [0,1]: channel 0 goes from -1 to 3, channel 1 is NaN where the face is dark, channel 2
    # is infinite where the face is black.
    save(folder / "wild.onnx",
         [helper.make_node("Split", ["input", "split"], ["b", "g", "r", "masked"], axis=1),
          helper.make_node("ReduceMean", ["audio", "axes"], ["mean"], keepdims=1),
          helper.make_node("Add", ["b", "mean"], ["heard"]),
          helper.make_node("Mul", ["heard", "four"], ["stretched"]),
          helper.make_node("Sub", ["stretched", "one"], ["wide"]),
          helper.make_node("Sub", ["g", "half"], ["signed"]),
          helper.make_node("Sqrt", ["signed"], ["root"]),
          helper.make_node("Div", ["half", "r"], ["inverse"]),
          helper.make_node("Concat", ["wide", "root", "inverse"], ["output"], axis=1)],
         [tensor("input", ["n", 6, SIDE, SIDE]), tensor("audio", ["n", *AUDIO])],
         [tensor("output", ["n", 3, SIDE, SIDE])],
         {"split": np.array([1, 1, 1, 3], np.int64), "axes": np.array([1, 2, 3], np.int64),
          "one": np.float32(1), "half": np.float32(0.5), "four": np.float32(4)})
    onnx.save(build_passthrough(), folder / "passthrough.onnx")
    onnx.save(build_unet("half")[0], folder / "unet_half.onnx")
    onnx.save(build_graph(Graph(9), THIN_WIDTHS, "batch", "unet_thin")[0], folder / "unet_thin.onnx")
    for name in ("small", "small_fixed1", "unet_half", "unet_thin"):
        write_int8(folder / f"{name}.onnx")
    onnx.save(mixture(norms=False), folder / "mixture.onnx")
    onnx.save(mixture(norms=True), folder / "mixture_norms.onnx")
    for name in ("product", "wide_step", "nearest", "plain_output", "sum"):
        onnx.save(mixture(norms=False, stray=name), folder / f"stray_{name}.onnx")


def write_wrong(folder):
    """Each breaks one point of the contract."""
    faces, speech = ["n", 6, SIDE, SIDE], ["n", *AUDIO]
    picture = ["n", 3, SIDE, SIDE]

    def write(name, inputs, outputs, nodes=None, constants=None):
        default_nodes, default_constants = network()
        save(folder / f"{name}.onnx", nodes or default_nodes, inputs, outputs,
             default_constants if constants is None else constants)

    base, constants = network()
    only_faces = [helper.make_node("Conv", ["faces", "weight", "bias"], ["seen"], pads=[1, 1, 1, 1]),
                  helper.make_node("Sigmoid", ["seen"], ["picture"])]
    no_axes = {key: value for key, value in constants.items() if key != "axes"}
    write("no_audio", [tensor("faces", faces)], [tensor("picture", picture)], only_faces, no_axes)
    write("unused_audio", [tensor("faces", faces), tensor("speech", speech)], [tensor("picture", picture)],
          only_faces, no_axes)
    write("third_input", [tensor("faces", faces), tensor("speech", speech), tensor("mood", ["n", 1])],
          [tensor("picture", picture)])
    write("two_faces", [tensor("faces", faces), tensor("speech", faces)], [tensor("picture", picture)])
    write("not_square", [tensor("faces", ["n", 6, SIDE, SIDE + 1]), tensor("speech", speech)],
          [tensor("picture", ["n", 3, SIDE, SIDE + 1])])
    write("unknown_side", [tensor("faces", ["n", 6, "h", "w"]), tensor("speech", speech)],
          [tensor("picture", ["n", 3, "h", "w"])])
    write("flat_audio", [tensor("faces", faces), tensor("speech", ["n", 4, 15])], [tensor("picture", picture)],
          [base[0], helper.make_node("ReduceMean", ["speech", "axes"], ["mean"], keepdims=1),
           helper.make_node("Unsqueeze", ["mean", "last"], ["heard"]), base[2], base[3]],
          {**constants, "axes": np.array([1, 2], np.int64), "last": np.array([3], np.int64)})
    five = {**constants, "weight": constants["weight"][:, :5].copy()}
    write("five_channels", [tensor("faces", ["n", 5, SIDE, SIDE]), tensor("speech", speech)],
          [tensor("picture", picture)], base, five)
    four = {**constants, "weight": np.repeat(constants["weight"], 2, 0)[:4].copy(), "bias": np.zeros(4, np.float32)}
    write("four_channel_output", [tensor("faces", faces), tensor("speech", speech)],
          [tensor("picture", ["n", 4, SIDE, SIDE])], base, four)
    write("smaller_output", [tensor("faces", faces), tensor("speech", speech)],
          [tensor("picture", ["n", 3, SIDE - 2, SIDE - 2])],
          [helper.make_node("Conv", ["faces", "weight", "bias"], ["seen"]), *base[1:]], constants)
    write("two_outputs", [tensor("faces", faces), tensor("speech", speech)],
          [tensor("picture", picture), tensor("seen", picture)])
    write("half_floats", [tensor("faces", faces, TensorProto.FLOAT16), tensor("speech", speech, TensorProto.FLOAT16)],
          [tensor("picture", picture, TensorProto.FLOAT16)], base,
          {key: value.astype(np.float16) if value.dtype == np.float32 else value for key, value in constants.items()})
    nodes, stuck = network(stuck_at=2)
    write("batches_disagree", [tensor("faces", [2, 6, SIDE, SIDE]), tensor("speech", [1, *AUDIO])],
          [tensor("picture", [2, 3, SIDE, SIDE])], nodes, stuck)


def write_encoders(folder):
    """Audio encoders whose value j is twice the window's value 5j % 1280; good ones and wrong ones."""
    mel, embedding = ["n", 1, 80, 16], ["n", 512]
    flat = helper.make_node("Flatten", ["mel"], ["flat"], axis=1)
    pick = helper.make_node("Gather", ["flat", "places"], ["picked"], axis=1)
    double = helper.make_node("Mul", ["picked", "two"], ["embedding"])
    constants = {"places": np.arange(512) * 5 % 1280, "two": np.float32(2)}
    good = [flat, pick, double]

    def write(name, inputs, outputs, nodes=None, values=None):
        save(folder / f"{name}.onnx", nodes or good, inputs, outputs, values or constants)

    write("encoder", [tensor("mel", mel)], [tensor("embedding", embedding)])
    write("encoder_fixed1", [tensor("mel", [1, 1, 80, 16])], [tensor("embedding", [1, 512])])
    tied = [helper.make_node("Reshape", ["mel", "shape"], ["flat"]), pick, double]
    write("encoder_stuck3", [tensor("mel", [3, 1, 80, 16])], [tensor("embedding", [3, 512])], tied,
          {**constants, "shape": np.array([3, 1280], np.int64)})
    root = [flat, pick, helper.make_node("Sqrt", ["picked"], ["embedding"])]
    write("encoder_nan", [tensor("mel", mel)], [tensor("embedding", embedding)], root, {"places": constants["places"]})

    wrong = folder / "wrong"
    (wrong / "encoders").mkdir(exist_ok=True)
    write("wrong/encoders/turned", [tensor("mel", ["n", 1, 16, 80])], [tensor("embedding", embedding)])
    write("wrong/encoders/flat_input", [tensor("mel", ["n", 1280])], [tensor("embedding", embedding)])
    write("wrong/encoders/unknown_length", [tensor("mel", ["n", 1, 80, "t"])], [tensor("embedding", embedding)])
    write("wrong/encoders/narrow", [tensor("mel", mel)], [tensor("embedding", ["n", 256])], good,
          {**constants, "places": np.arange(256)})
    write("wrong/encoders/two_inputs", [tensor("mel", mel), tensor("speaker", ["n", 1])],
          [tensor("embedding", embedding)])
    write("wrong/encoders/two_outputs", [tensor("mel", mel)],
          [tensor("embedding", embedding), tensor("picked", embedding)])
    half = TensorProto.FLOAT16
    write("wrong/encoders/half_floats", [tensor("mel", mel, half)], [tensor("embedding", embedding, half)], good,
          {**constants, "two": np.float16(2)})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    (folder / "wrong").mkdir(parents=True, exist_ok=True)
    write_good(folder)
    write_wrong(folder / "wrong")
    write_encoders(folder)


if __name__ == "__main__":
    main()

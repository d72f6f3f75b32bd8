#!/usr/bin/env python3
"""Makes the small networks that the engine's unit tests load: good ones, odd ones and wrong ones."""

import argparse
import pathlib
import subprocess
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import encoder_models
import exported_model

MAKERS = pathlib.Path(__file__).resolve().parent.parent / "tools" / "models"
SIDE = 33
AUDIO = (4, 3, 5)


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


def make(maker, *arguments):
    """Runs one of the programs of tools/models."""
    subprocess.run([sys.executable, str(MAKERS / maker), *map(str, arguments)], check=True)


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
    make("make_passthrough.py", folder / "passthrough.onnx")
    make("make_unet328.py", folder / "unet_half.onnx", "--width", "half")
    make("make_unet328.py", folder / "unet_thin.onnx", "--width", "thin", "--seed", "9")
    make("make_mixtures.py", folder)


def write_exported(folder):
    """The same networks as exporters write them."""
    folder.mkdir(exist_ok=True)
    thin, mixture = (onnx.load(folder.parent / f"{name}.onnx") for name in ("unet_thin", "mixture_norms"))
    for opset in (17, 18, 20, 21):
        for external in (False, True):
            exported_model.as_exported(thin, folder / f"thin_{opset}{'_external' * external}.onnx", opset,
                                       external=external)
    for model, name in ((thin, "thin"), (mixture, "mixture")):
        for change in (exported_model.with_constant_nodes, exported_model.with_identities, exported_model.with_pads):
            onnx.save(change(model), folder / f"{name}_{change.__name__}.onnx")


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
    # Sizes that the file does not tell.
    write("encoder_open", [tensor("mel", mel)], [tensor("embedding", ["n", "size"])])
    # Adds a row's number to what is heard in it, and not an output's.
    added = [flat, helper.make_node("Gemm", ["flat", "look", "rows"], ["heard"]),
             helper.make_node("MatMul", ["heard", "spread"], ["embedding"])]
    write("encoder_rows", [tensor("mel", [16, 1, 80, 16])], [tensor("embedding", [16, 512])], added,
          {"look": np.full((1280, 16), 0.01, np.float32), "rows": np.arange(16, dtype=np.float32).reshape(16, 1),
           "spread": np.eye(16, 512, dtype=np.float32)})
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
    write_exported(folder / "exported")
    write_wrong(folder / "wrong")
    write_encoders(folder)
    encoder_models.write(folder / "encoders")


if __name__ == "__main__":
    main()

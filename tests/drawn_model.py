"""Writes the ONNX generators of the tests' own avatar packages: the generator's contract with
arithmetic in place of learned weights."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

INNER = 320
MASK = (5, 5, 310, 305)  # x, y, width, height inside the inner square
AUDIO_SHAPES = {"ave": (32, 16, 16), "hubert": (32, 32, 32), "wenet": (256, 16, 32)}


def save_model(path, name, nodes, constants, batch, audio_shape):
    graph = helper.make_graph(
        nodes, name,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [batch, 6, INNER, INNER]),
         helper.make_tensor_value_info("audio", TensorProto.FLOAT, [batch, *audio_shape])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [batch, 3, INNER, INNER])],
        [numpy_helper.from_array(np.asarray(value), key) for key, value in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def write_generator(path, batch="batch", audio="ave"):
    """Paints a mouth into the face inside the mask and returns the masked picture outside it.

    The mouth opens with the middle rows of the audio window and narrows as later rows grow louder
    than earlier ones, so swapped inputs, B and R swapped, tiled rows and ignored audio all show.
    """
    ys, xs = np.mgrid[0:INNER, 0:INNER].astype(np.float32)
    hole = np.zeros((1, 1, INNER, INNER), np.float32)
    hole[..., MASK[1]:MASK[1] + MASK[3], MASK[0]:MASK[0] + MASK[2]] = 1
    across = (xs - 160) / 52
    down = ys - (227 - 9 * across**2)  # from the line between the lips, whose corners are raised

    shape = AUDIO_SHAPES[audio]
    row = (np.arange(shape[0], dtype=np.float32) + 0.5) / shape[0] * 16 - 8  # window row of a channel
    opening = np.exp(-(row / 2) ** 2)
    rounding = np.where(row < 0, -1, 1) / shape[0]
    values = shape[1] * shape[2]

    def color(b, g, r):
        return (np.array([b, g, r], np.float32) / 255).reshape(1, 3, 1, 1)

    def weights(w):
        return (w / values).astype(np.float32).reshape(1, -1, 1, 1)

    constants = {
        "hole": hole, "across2": (across**2)[None, None], "down": down[None, None],
        "tongue2": ((across / 0.62) ** 2)[None, None],
        "opening": weights(opening / opening.sum()), "rounding": weights(rounding),
        "split": np.array([3, 3], np.int64), "axes": np.array([1, 2, 3], np.int64),
        "lips_color": color(92, 92, 196), "throat_color": color(52, 34, 92), "teeth_color": color(246, 248, 250),
        "tongue_color": color(112, 108, 224),
    }
    for name, value in {"zero": 0, "one": 1, "widest": 0.7, "open_pixels": 40, "closed_pixels": 1.2, "lip_pixels": 8,
                        "narrowing": 0.9, "most_spread": -0.5, "lip_width": 0.80, "sharpness": 14, "teeth_at": -0.38, "teeth_edge": 16,
                        "tongue_at": 0.95, "tongue_height": 1.4, "quarter_level": 0.25 / 255}.items():
        constants[name] = np.float32(value)

    nodes = []

    def node(operator, inputs, output, **attributes):
        nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def op(operator, a, b, output):
        return node(operator, [a, b], output)

    def sigmoid(x, sharpness, output):
        return node("Sigmoid", [op("Mul", x, sharpness, output + "_x")], output)

    def paint(under, color_name, coverage, output):
        difference = op("Sub", color_name, under, output + "_d")
        return op("Add", under, op("Mul", difference, coverage, output + "_c"), output)

    nodes.append(helper.make_node("Split", ["input", "split"], ["face", "masked"], axis=1))
    for name in ("opening", "rounding"):
        op("Mul", "audio", name, name + "_w")
        node("ReduceSum", [name + "_w", "axes"], name + "_value", keepdims=1)
    node("Clip", ["opening_value", "zero", "widest"], "opened")
    op("Add", op("Mul", "opened", "open_pixels", "opened_pixels"), "closed_pixels", "radius")
    op("Add", "radius", "lip_pixels", "lip_radius")
    # Inside an ellipse: 1 - (across/width)^2 - (down/radius)^2 > 0.
    node("Clip", ["rounding_value", "most_spread", "widest"], "rounded")
    op("Add", "one", op("Mul", "rounded", "narrowing", "narrower"), "squeeze")
    op("Mul", "across2", "squeeze", "inner_x")
    op("Mul", "inner_x", "lip_width", "lip_x")
    op("Div", "down", "radius", "height")
    op("Div", "down", "lip_radius", "lip_height")

    def ellipse(x2, height, output):
        squared = op("Mul", height, height, output + "_y2")
        distance = op("Add", x2, squared, output + "_r2")
        return sigmoid(op("Sub", "one", distance, output + "_in"), "sharpness", output)

    ellipse("lip_x", "lip_height", "lips")
    ellipse("inner_x", "height", "throat")
    op("Div", op("Sub", "height", "tongue_at", "tongue_y"), "tongue_height", "tongue_height_")
    op("Mul", ellipse("tongue2", "tongue_height_", "tongue_shape"), "throat", "tongue")
    op("Mul", sigmoid(op("Sub", "teeth_at", "height", "teeth_y"), "teeth_edge", "teeth_shape"), "throat", "teeth")
    paint("face", "lips_color", "lips", "with_lips")
    paint("with_lips", "throat_color", "throat", "with_throat")
    paint("with_throat", "tongue_color", "tongue", "with_tongue")
    paint("with_tongue", "teeth_color", "teeth", "spoken")
    op("Add", "masked", op("Mul", op("Sub", "spoken", "masked", "change"), "hole", "patch"), "picture")
    # Untouched pixels are whole levels: keep them clear of the edge where truncation drops one.
    op("Add", "picture", "quarter_level", "raised")
    node("Clip", ["raised", "zero", "one"], "output")
    save_model(path, "drawn_generator", nodes, constants, batch, shape)


def write_encoder(path, batch="batch"):
    """An audio encoder that hears nothing but loudness: all 512 values of a window are its mean mel
    value, from silence, 0, to loud, 1. See loudness."""
    nodes = [helper.make_node("ReduceMean", ["mel", "axes"], ["mean"], keepdims=0),
             helper.make_node("Add", ["mean", "four"], ["above"]),
             helper.make_node("Div", ["above", "four"], ["scaled"]),
             helper.make_node("Clip", ["scaled", "zero", "one"], ["loudness"]),
             helper.make_node("Unsqueeze", ["loudness", "last"], ["column"]),
             helper.make_node("Mul", ["column", "row"], ["emb"])]
    constants = {"axes": np.array([1, 2, 3], np.int64), "last": np.array([1], np.int64), "four": np.float32(4),
                 "zero": np.float32(0), "one": np.float32(1), "row": np.ones((1, 512), np.float32)}
    graph = helper.make_graph(
        nodes, "loudness", [helper.make_tensor_value_info("mel", TensorProto.FLOAT, [batch, 1, 80, 16])],
        [helper.make_tensor_value_info("emb", TensorProto.FLOAT, [batch, 512])],
        [numpy_helper.from_array(np.asarray(value), key) for key, value in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def loudness(windows):
    """What write_encoder's network computes."""
    return np.repeat(np.clip(windows.mean(axis=(1, 2, 3)) / 4 + 1, 0, 1)[:, None], 512, 1)

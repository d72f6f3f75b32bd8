"""Small networks for the corpora of what reads ONNX."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def network(layers, batch=1, side=8):
    """A small generator of the family: a block, the audio, a doubling, an output."""
    random = np.random.default_rng(3)
    constants, nodes = {}, []

    def conv(source, target, shape, **options):
        constants[target + "_w"] = random.normal(0, 0.5, shape).astype(np.float32)
        constants[target + "_b"] = random.normal(0, 0.5, shape[0]).astype(np.float32)
        nodes.append(helper.make_node("Conv", [source, target + "_w", target + "_b"], [target], **options))

    def block(source, target, inputs, outputs, stride=1):
        wide = 2 * inputs
        conv(source, target + "1", (wide, inputs, 1, 1))
        nodes.append(helper.make_node("Relu", [target + "1"], [target + "2"]))
        conv(target + "2", target + "3", (wide, 1, 3, 3), group=wide, pads=[1, 1, 1, 1], strides=[stride, stride])
        nodes.append(helper.make_node("Relu", [target + "3"], [target + "4"]))
        conv(target + "4", target, (outputs, wide, 1, 1))

    block("visual", "a", 6, 4)
    if "down" in layers:
        block("a", "d", 4, 4, stride=2)
        nodes.append(helper.make_node("Concat", ["d", "audio"], ["m"], axis=1))
        block("m", "e", 8, 4)
        constants["scales"] = np.array([1, 1, 2, 2], np.float32)
        nodes.append(helper.make_node("Resize", ["e", "", "scales"], ["u"], mode="linear",
                                      coordinate_transformation_mode="align_corners"))
        nodes.append(helper.make_node("Concat", ["a", "u"], ["s"], axis=1))
        block("s", "f", 8, 4)
    else:
        block("audio", "e", 4, 4)
        nodes.append(helper.make_node("Add", ["a", "e"], ["f"]))
    conv("f", "o", (3, 4, 1, 1))
    nodes.append(helper.make_node("Sigmoid", ["o"], ["output"]))
    audio = [batch, 4, side // 2, side // 2] if "down" in layers else [batch, 4, side, side]
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("visual", TensorProto.FLOAT, [batch, 6, side, side]),
         helper.make_tensor_value_info("audio", TensorProto.FLOAT, audio)],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [batch, 3, side, side])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def write_networks(write):
    write("onnx", "deep.onnx", network(["down"]))
    write("onnx", "deep_any_batch.onnx", network(["down"], batch="n"))
    flat = network([])
    write("onnx", "flat.onnx", flat)
    for place in ("weights.bin", "../weights.bin", "weights\n.bin"):
        model = onnx.load_from_string(flat)
        for tensor in model.graph.initializer:
            size = len(tensor.raw_data)
            tensor.ClearField("raw_data")
            tensor.data_location = TensorProto.EXTERNAL
            for key, value in (("location", place), ("offset", "0"), ("length", str(size))):
                entry = tensor.external_data.add()
                entry.key, entry.value = key, value
        write("onnx", f"outside_{place.count('.')}_{len(place)}", model.SerializeToString())
    write("onnx", "unknown_operator", flat.replace(b"Sigmoid", b"Sig\n\x1bid"))
    write("onnx", "missing_tensor", flat.replace(b"o_b", b"o\nb", 1))


def encoder(nodes, **constants):
    """A small audio encoder: a value of the window's is all that it hears."""
    random = np.random.default_rng(4)
    weights = {"look": random.normal(0, 0.1, (2, 1, 7, 3)).astype(np.float32), "bias": np.array([0.5, -0.5], np.float32),
               "again": random.normal(0, 0.5, (2, 2, 3, 3)).astype(np.float32),
               "spread": random.normal(0, 0.5, (3, 512)).astype(np.float32), **constants}
    graph = helper.make_graph(
        [helper.make_node("Conv", ["mel", "look", "bias"], ["a"], strides=[13, 4], pads=[0, 1, 0, 0]),
         helper.make_node("Relu", ["a"], ["b"]), helper.make_node("Conv", ["b", "again"], ["c"], pads=[1, 1, 1, 1]),
         helper.make_node("Add", ["c", "b"], ["d"]), *nodes, helper.make_node("MatMul", ["z", "spread"], ["row"])], "e",
        [helper.make_tensor_value_info("mel", TensorProto.FLOAT, ["n", 1, 80, 16])],
        [helper.make_tensor_value_info("row", TensorProto.FLOAT, ["n", 512])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def write_encoders(write):
    dense = np.full((3, 48), 0.1, np.float32)
    write("encoder", "flat", encoder([helper.make_node("Flatten", ["d"], ["e"]),
                                      helper.make_node("Gemm", ["e", "dense"], ["z"], transB=1, alpha=0.5)], dense=dense))
    write("encoder", "turned", encoder([
        helper.make_node("Transpose", ["d"], ["e"], perm=[0, 3, 1, 2]), helper.make_node("Reshape", ["e", "to"], ["f"]),
        helper.make_node("Gemm", ["f", "dense", "three"], ["g"], transB=1), helper.make_node("Sigmoid", ["g"], ["h"]),
        helper.make_node("Mul", ["h", "three"], ["i"]), helper.make_node("Clip", ["i", "low"], ["z"])],
        dense=dense, to=np.array([-1, 48]), three=np.ones(3, np.float32), low=np.float32(0.1)))
    write("encoder", "whole", encoder([
        helper.make_node("BatchNormalization", ["c", "two", "two", "two", "two"], ["e"]),
        helper.make_node("Conv", ["e", "all"], ["f"]), helper.make_node("LeakyRelu", ["f"], ["g"], alpha=0.2),
        helper.make_node("Flatten", ["g"], ["z"])], two=np.ones(2, np.float32), all=np.ones((3, 2, 6, 4), np.float32)))

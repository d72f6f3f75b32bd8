"""Makes int8 models of small networks with onnx alone, for the tests of `--precision int8`."""

import hashlib

import numpy as np
import onnx
import openvino
from onnx import helper, numpy_helper

MADE_FROM = "mouthpiece.made_from"


def ranges(model, tensors):
    """{tensor: (least, largest value)} for random inputs, run by OpenVINO."""
    probe = onnx.ModelProto.FromString(model.SerializeToString())
    known = {port.name for port in (*probe.graph.output, *probe.graph.input)}
    probe.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in tensors if name not in known)
    random = np.random.default_rng(8)
    inputs = {}
    for port in probe.graph.input:
        shape = [dim.dim_value or 1 for dim in port.type.tensor_type.shape.dim]
        is_picture = shape[1] == 6
        inputs[port.name] = (random.random(shape) if is_picture else random.normal(size=shape)).astype(np.float32)
    compiled = openvino.Core().compile_model(openvino.Core().read_model(probe.SerializeToString()), "CPU",
                                             {"INFERENCE_PRECISION_HINT": "f32"})
    results = {name: value for port, value in compiled(inputs).items() for name in port.get_names()} | inputs
    return {name: (float(results[name].min()), float(results[name].max())) for name in tensors}


def quantized(model, tensors=()):
    """`model` with what every convolution reads, its weights and the named tensors in eight bits."""
    result = onnx.ModelProto.FromString(model.SerializeToString())
    graph = result.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    reads = {node.input[0] for node in convolutions} | set(tensors)
    nodes_of = {name: [] for name in reads}

    def constant(name, value):
        graph.initializer.append(numpy_helper.from_array(value, name))
        return name

    for name, (least, largest) in ranges(model, sorted(reads)).items():
        signed = least < 0
        scale = max(-least, largest, 1e-6) / (127 if signed else 255)
        parameters = [constant(f"{name}_scale", np.float32(scale)),
                      constant(f"{name}_zero", (np.int8 if signed else np.uint8)(0))]
        nodes_of[name] = [
            helper.make_node("QuantizeLinear", [name, *parameters], [f"{name}_integers"]),
            helper.make_node("DequantizeLinear", [f"{name}_integers", *parameters], [f"{name}_dequantized"])]
    new_nodes = [node for port in graph.input if port.name in reads for node in nodes_of[port.name]]
    for node in graph.node:
        for index, name in enumerate(node.input):
            if name in reads:
                node.input[index] = f"{name}_dequantized"
        if node.op_type == "Conv":
            name = node.input[1]
            value = numpy_helper.to_array(weights[name])
            scale = np.maximum(np.abs(value).max(axis=(1, 2, 3)), 1e-6) / 127
            rounded = np.round(value / scale[:, None, None, None]).astype(np.int8)
            graph.initializer.remove(weights[name])
            new_nodes.append(helper.make_node(
                "DequantizeLinear", [constant(name, rounded), constant(f"{name}_scale", scale.astype(np.float32)),
                                     constant(f"{name}_zero", np.zeros(len(scale), np.int8))],
                [f"{name}_dequantized"], axis=0))
            node.input[1] = f"{name}_dequantized"
        new_nodes.append(node)
        for name in node.output:
            new_nodes += nodes_of.get(name, [])
    del graph.node[:]
    graph.node.extend(new_nodes)
    onnx.checker.check_model(result)
    return result


def write_int8(path, tensors=(), made_from=None):
    """Writes x.int8.onnx beside x.onnx, marked as made from it or from `made_from`."""
    model = quantized(onnx.load(path), tensors)
    digest = hashlib.sha256((made_from or path).read_bytes()).hexdigest()
    helper.set_model_props(model, {MADE_FROM: digest})
    onnx.save(model, path.with_suffix(".int8.onnx"))

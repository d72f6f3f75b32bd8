"""Turns an ONNX model into what PyTorch's exporters make of the same network today."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def as_exported(model, path, opset=18, batch="s77", external=True):
    """Writes it as torch.onnx.export(..., dynamo=True) does: weights in a file of their own, sizes
    computed from the shape of what comes in, value_info with symbolic names, metadata everywhere."""
    exported = onnx.ModelProto()
    exported.CopyFrom(model)
    exported.ir_version, exported.opset_import[0].version = 10, opset
    exported.producer_name, exported.producer_version = "pytorch", "2.8.0+cpu"
    exported.opset_import.append(helper.make_opsetid("pkg.onnxscript.torch_lib.common", 1))
    graph = exported.graph
    graph.name, graph.doc_string = "main_graph", "exported program"
    shapes = {value.name: value for value in onnx.shape_inference.infer_shapes(model).graph.value_info}
    for value in [*graph.input, *graph.output]:
        dimension = value.type.tensor_type.shape.dim[0]
        if dimension.HasField("dim_param"):
            dimension.dim_param = batch
    nodes, constants = [], []
    for number, node in enumerate(list(graph.node)):
        node.name = node.name or f"node_{node.op_type}_{number}"
        if node.op_type == "Resize" and len(node.input) == 3:
            # Bilinear upsampling to a size: [N, C] of what comes in, [H, W] as constants.
            size = [d.dim_value for d in shapes[node.output[0]].type.tensor_type.shape.dim][2:]
            shape, start, sizes = (f"{node.output[0]}_{part}" for part in ("shape", "start", "sizes"))
            constants += [numpy_helper.from_array(np.array([0], np.int64), f"{shape}_0"),
                          numpy_helper.from_array(np.array([2], np.int64), f"{shape}_2"),
                          numpy_helper.from_array(np.array(size, np.int64), f"{shape}_hw")]
            nodes += [helper.make_node("Shape", [node.input[0]], [shape], start=0),
                      helper.make_node("Slice", [shape, f"{shape}_0", f"{shape}_2"], [start]),
                      helper.make_node("Concat", [start, f"{shape}_hw"], [sizes], axis=0)]
            node.input[:] = [node.input[0], "", "", sizes]
            if opset >= 18:
                node.attribute.append(helper.make_attribute("keep_aspect_ratio_policy", "stretch"))
                node.attribute.append(helper.make_attribute("antialias", 0))
        if node.op_type == "Concat":
            for attribute in node.attribute:
                attribute.i = -3 if attribute.name == "axis" and attribute.i == 1 else attribute.i
        if node.op_type == "Conv":
            node.attribute.append(helper.make_attribute("auto_pad", "NOTSET"))
        nodes.append(node)
    for node in nodes:
        node.metadata_props.add(key="namespace", value=f": torch.nn.Module/{node.name}: aten.{node.op_type.lower()}")
        node.metadata_props.add(key="pkg.torch.onnx.stack_trace", value="File \"model.py\", line 1\n" * 3)
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.extend(constants)
    del graph.value_info[:]
    for value in shapes.values():
        dimension = value.type.tensor_type.shape.dim
        dimension[0].dim_param = batch
    graph.value_info.extend(shapes.values())
    exported.metadata_props.add(key="pkg.torch.export.ExportedProgram.graph_signature", value="...\n")
    onnx.save(exported, path, save_as_external_data=external, location=path.name + ".data", size_threshold=256)
    onnx.checker.check_model(str(path))


def changed(model, nodes):
    """The same model of other nodes."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    del copy.graph.node[:]
    copy.graph.node.extend(nodes)
    return copy


def with_constant_nodes(model):
    """Weights as nodes of the graph, in the several forms that those have."""
    nodes = []
    for tensor in model.graph.initializer:
        value = numpy_helper.to_array(tensor)
        if value.ndim == 1 and value.dtype == np.float32:
            nodes.append(helper.make_node("Constant", [], [tensor.name], value_floats=value.tolist()))
        else:
            nodes.append(helper.make_node("Constant", [], [tensor.name], value=tensor))
    copy = changed(model, [*nodes, *model.graph.node])
    del copy.graph.initializer[:]
    onnx.checker.check_model(copy)
    return copy


def with_identities(model):
    """An Identity behind each node and before each weight, and a Dropout as it is outside of training."""
    nodes = [helper.make_node("Identity", [tensor.name], [f"{tensor.name}_same"]) for tensor in model.graph.initializer]
    weights = {tensor.name for tensor in model.graph.initializer}
    outputs = {output.name for output in model.graph.output}
    for number, node in enumerate(model.graph.node):
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        copy.input[:] = [f"{name}_same" if name in weights else name for name in node.input]
        nodes.append(copy)
        if node.output[0] not in outputs:
            copy.output[0] = f"{node.output[0]}_before"
            nodes.append(helper.make_node("Dropout" if number % 5 == 0 else "Identity", [copy.output[0]],
                                          [node.output[0]]))
    result = changed(model, nodes)
    onnx.checker.check_model(result)
    return result


def with_pads(model):
    """What torch.nn.functional.pad becomes, of nothing: pads made of the sizes before every concatenation."""
    nodes, number = [], 0

    def add(operator, *inputs, **attributes):
        nonlocal number
        number += 1
        nodes.append(helper.make_node(operator, inputs, [f"pad_{number}"], **attributes))
        return nodes[-1].output[0]

    def constant(values):
        return add("Constant", value=numpy_helper.from_array(np.array(values, np.int64)))

    for node in model.graph.node:
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        if node.op_type == "Concat":
            height = add("Gather", add("Shape", node.input[0]), constant(2), axis=0)
            other = add("Gather", add("Shape", node.input[1]), constant(2), axis=0)
            half = add("Div", add("Sub", other, height), constant(2))
            listed = add("Concat", *[add("Unsqueeze", half, constant([0]))] * 4, axis=0)
            zeros = add("ConstantOfShape", constant([4]), value=numpy_helper.from_array(np.array([0], np.int64)))
            pairs = add("Reshape", add("Concat", add("Cast", listed, to=TensorProto.INT64), zeros, axis=0),
                        constant([-1, 2]))
            turned = add("Slice", pairs, constant([-1]), constant([-(2**63) + 1]), constant([0]), constant([-1]))
            pads = add("Cast", add("Reshape", add("Transpose", turned, perm=[1, 0]), constant([-1])), to=TensorProto.INT64)
            copy.input[0] = add("Pad", node.input[0], pads, mode="constant")
        nodes.append(copy)
    result = changed(model, nodes)
    onnx.checker.check_model(result)
    return result


def encoder(path, opset=20):
    """An audio encoder as it comes out of torch: convolutions, a view whose sizes are computed, a
    linear layer of transposed weights."""
    random = np.random.default_rng(20)
    weights = {"conv.weight": random.normal(0, 0.3, (4, 1, 3, 3)).astype(np.float32),
               "conv.bias": random.normal(0, 0.1, 4).astype(np.float32),
               "fc.weight": random.normal(0, 0.05, (512, 4 * 40 * 8)).astype(np.float32),
               "fc.bias": np.zeros(512, np.float32), "rest": np.array([-1], np.int64)}
    nodes = [helper.make_node("Conv", ["mel", "conv.weight", "conv.bias"], ["conv"], strides=[2, 2], pads=[1] * 4,
                              auto_pad="NOTSET", dilations=[1, 1], group=1),
             helper.make_node("Relu", ["conv"], ["relu"]),
             helper.make_node("Shape", ["relu"], ["batch"], start=0, end=1),
             helper.make_node("Concat", ["batch", "rest"], ["flat_shape"], axis=0),
             helper.make_node("Reshape", ["relu", "flat_shape"], ["flat"], allowzero=0),
             helper.make_node("Gemm", ["flat", "fc.weight", "fc.bias"], ["emb"], transB=1, alpha=1.0, beta=1.0)]
    graph = helper.make_graph(
        nodes, "main_graph", [helper.make_tensor_value_info("mel", TensorProto.FLOAT, ["s0", 1, 80, 16])],
        [helper.make_tensor_value_info("emb", TensorProto.FLOAT, ["s0", 512])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10,
                              producer_name="pytorch", producer_version="2.8.0+cpu")
    onnx.save(model, path, save_as_external_data=True, location=path.name + ".data", size_threshold=256)
    onnx.checker.check_model(str(path))
    return weights

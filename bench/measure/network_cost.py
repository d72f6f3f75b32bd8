"""Multiply-accumulates of a network, counted from the shapes in its ONNX file."""

import numpy as np
import onnx


def fix_batch(model):
    for value in (*model.graph.input, *model.graph.output):
        dimension = value.type.tensor_type.shape.dim[0]
        dimension.Clear()
        dimension.dim_value = 1


def shapes_of(model):
    """{tensor: shape} with every batch 1."""
    fix_batch(model)
    graph = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph
    shapes = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    for value in (*graph.input, *graph.output, *graph.value_info):
        shapes[value.name] = [dimension.dim_value for dimension in value.type.tensor_type.shape.dim]
    return shapes


def multiply_accumulates(path):
    """A frame's, in convolutions and matrix products, which do nearly all the arithmetic of the
    networks of this field. Returns (all, those of depthwise convolutions)."""
    model = onnx.load(str(path))
    shapes = shapes_of(model)
    total = depthwise = 0
    for node in model.graph.node:
        if node.op_type == "Conv":
            weight = shapes[node.input[1]]
            count = int(np.prod(weight[1:])) * int(np.prod(shapes[node.output[0]]))
            total += count
            depthwise += count if weight[1] == 1 and weight[0] > 1 else 0
        elif node.op_type in ("MatMul", "Gemm"):
            inner = shapes[node.input[0]][-1]
            total += inner * int(np.prod(shapes[node.output[0]]))
    return total, depthwise

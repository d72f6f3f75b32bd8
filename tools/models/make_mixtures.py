#!/usr/bin/env python3
"""Writes small networks of everything that the fused engine knows, in odd sizes, and some that hold
one thing that it does not know. What they paint is noise. Needs onnx and numpy only.

  mixture.onnx        the network
  mixture_small.onnx  the same for pictures of a quarter of the side
  mixture_norms.onnx  scales and offsets in nodes of their own, as exports have them that fold nothing
  stray_NAME.onnx     with one operator more or other than the engine knows
"""

import argparse
import pathlib

import numpy as np
import onnx
from graph import Graph
from onnx import helper

SIDE = 33  # of the audio input; the pictures have twice that
SMALL_SIDE = 9
STRAYS = ("product", "wide_step", "nearest", "plain_output", "sum")


def mixture(norms, stray="", side=SIDE):
    """What the fused engine knows, in odd sizes: channels that are no multiple of anything, some fewer than eight, blocks
    with and without stride and sum, a doubling, two concatenations, dense convolutions. `norms` puts the scales and
    offsets behind the convolutions into nodes of their own; `stray` adds one thing that the engine does not know."""
    graph = Graph(7)
    graph.shapes.update(input=(6, 2 * side, 2 * side), audio=(5, side, side))
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
        up = graph.add("Resize", [deep, "", scales], (40, 2 * side, 2 * side), mode="nearest")
    else:
        up = graph.upsample(deep)
    x = graph.residual(graph.block(graph.concat(up, graph.residual(first)), 17))
    if stray == "plain_output":
        graph.conv(x, 3, gain=4, name="output")
    else:
        graph.add("Sigmoid", [graph.conv(x, 3, gain=4)], (3, 2 * side, 2 * side), name="output")
    if norms:
        unfold_norms(graph)
    return graph.model(f"mixture_{stray}" if stray else "mixture", "n")


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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    onnx.save(mixture(norms=False), folder / "mixture.onnx")
    onnx.save(mixture(norms=False, side=SMALL_SIDE), folder / "mixture_small.onnx")
    onnx.save(mixture(norms=True), folder / "mixture_norms.onnx")
    for name in STRAYS:
        onnx.save(mixture(norms=False, stray=name), folder / f"stray_{name}.onnx")


if __name__ == "__main__":
    main()

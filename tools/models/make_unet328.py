#!/usr/bin/env python3
"""Writes the generator network of SyncTalk_2D, "U-Net 328", as ONNX with seeded random weights.

The graph has the operators, shapes and cost of the published exports (batch norm folded into the
convolutions), so that speed can be measured without a trained model. What it paints is noise.
Needs onnx and numpy only. Prints the number of parameters and of multiply-accumulates a frame.
"""

import argparse
import pathlib

import onnx
from graph import Graph

SIDE = 320
AUDIO = (32, 16, 16)
WIDTHS = {"full": (32, 64, 128, 256, 512), "half": (16, 32, 64, 128, 256),
          "thin": (8, 16, 32, 48, 64)}


def build_unet(width="full", batch="batch", seed=328):
    """Returns the model, its number of parameters and its multiply-accumulates a frame."""
    return build_graph(Graph(seed), WIDTHS[width], batch, f"unet328_{width}")


def build_graph(graph, widths, batch, name):
    """As build_unet, with the weights that `graph` gives."""
    c0, c1, c2, c3, c4 = widths
    graph.shapes.update(input=(6, SIDE, SIDE), audio=AUDIO)

    levels = [graph.block("input", c0)]
    for channels in (c0, c1, c2, c3, c4):
        levels.append(graph.double(levels[-1], channels, stride=2))

    a = graph.block(graph.block("audio", c1), c2)
    a = graph.residual(graph.relu(graph.conv(a, c3, kernel=3, padding=1, gain=2)))
    a = graph.relu(graph.conv(a, c4, kernel=3, stride=2, padding=3, gain=2))
    a = graph.residual(graph.residual(a))

    x = graph.concat(levels.pop(), a)
    x = graph.double(graph.double(x, c4), c3)
    for channels in (c2, c1, c0, c0, c0 // 2):
        x = graph.double(graph.concat(graph.upsample(x), levels.pop()), channels)
    x = graph.conv(x, 3, gain=16, name="logits")  # from near black to near white
    graph.add("Sigmoid", [x], graph.shapes[x], name="output")

    return graph.model(name, batch), graph.parameters, graph.macs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=pathlib.Path, help="the .onnx file to write")
    parser.add_argument("--width", choices=WIDTHS, default="full")
    parser.add_argument("--batch", type=int, default=0, help="fix the batch; 0: dynamic")
    parser.add_argument("--seed", type=int, default=328)
    arguments = parser.parse_args()
    model, parameters, macs = build_unet(arguments.width, arguments.batch or "batch", arguments.seed)
    onnx.save(model, arguments.output)
    print(f"{arguments.output}: {arguments.width} width, {parameters / 1e6:.2f} M parameters, "
          f"{macs / 1e9:.2f} GMAC a frame")


if __name__ == "__main__":
    main()

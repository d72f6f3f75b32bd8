#!/usr/bin/env python3
"""Writes the trained generator as ONNX, in the graph of tools/models/make_unet328.py."""

import argparse
import pathlib
import sys

import numpy as np
import onnx
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "models"))
from graph import Graph  # noqa: E402
from make_unet328 import build_graph  # noqa: E402

from train_generator import WIDTHS  # noqa: E402
from unet import UNet  # noqa: E402


class TrainedGraph(Graph):
    """Takes its weights from convolutions, in the order in which the graph asks for them."""

    def __init__(self, convolutions):
        super().__init__(seed=0)
        self.convolutions = iter(convolutions)

    def conv_weights(self, shape, gain):
        conv = next(self.convolutions)
        if tuple(conv.weight.shape) != tuple(shape):
            raise SystemExit(f"the graph wants weights {tuple(shape)}, the network has {tuple(conv.weight.shape)}")
        return conv.weight.detach().numpy().copy(), conv.bias.detach().numpy().copy()


def export(net, path):
    graph = TrainedGraph(net.convolutions())
    model, parameters, macs = build_graph(graph, WIDTHS, "batch", "unet328_demo")
    if next(graph.convolutions, None) is not None:
        raise SystemExit("the graph has fewer convolutions than the network")
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    print(f"{path}: {parameters / 1e6:.2f} M parameters, {macs / 1e9:.2f} GMAC a frame")


def difference(net, path):
    """The largest difference between the network and the file on a random batch of 2."""
    import openvino
    random = np.random.default_rng(0)
    pictures, audio = (random.random(shape, np.float32) for shape in ((2, 6, 320, 320), (2, 32, 16, 16)))
    core = openvino.Core()
    compiled = core.compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1})
    with torch.no_grad():
        expected = torch.sigmoid(net(torch.from_numpy(pictures), torch.from_numpy(audio))).numpy()
    return np.abs(compiled([pictures, audio])[0] - expected).max()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    net = UNet(WIDTHS)
    net.load_state_dict(torch.load(options.checkpoint, weights_only=True)["net"])
    export(net.eval(), options.output)
    print(f"largest difference from the trained network: {difference(net, options.output):.2e}")


if __name__ == "__main__":
    main()

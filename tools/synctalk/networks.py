"""SyncTalk_2D's and Ultralight-Digital-Human's networks as ONNX, of the weights in their checkpoints.

Sizes of layers are the weights' own, so that narrower networks come out as they are. Batch norm is folded into the
convolutions, as in what torch.onnx.export makes of these networks.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "models"))
from graph import Graph  # noqa: E402

from synctalk.torch_file import CheckpointError  # noqa: E402

GENERATOR = "a generator of SyncTalk_2D or Ultralight-Digital-Human"
ENCODER = "SyncTalk_2D's audio encoder"
DEEPEST = 10  # samples a side of the deepest level

# What a window of features becomes: its height and width, and the stride of the branch's first 3x3 convolution.
FEATURES = {"ave": ((16, 16), (1, 1)), "hubert": ((32, 32), (2, 2)), "wenet": ((16, 32), (1, 2))}
CHANNELS = {32: ("ave", "hubert"), 16: ("hubert",), 128: ("wenet",), 256: ("wenet",)}  # of the window


class CheckpointGraph(Graph):
    def __init__(self, weights):
        super().__init__(seed=0)
        self.checkpoint = weights

    def convolve(self, x, key, kernel=1, stride=(1, 1), padding=0, depthwise=False, bias=False, norm=None, name=None):
        channels, height, width = self.shapes[x]
        weight, offset = self.checkpoint.convolution(key, channels, kernel, depthwise, bias, norm)
        height = (height + 2 * padding - kernel) // stride[0] + 1
        width = (width + 2 * padding - kernel) // stride[1] + 1
        return self.add("Conv", [x, self.constant(f"{key}.weight", weight), self.constant(f"{key}.bias", offset)],
                        (len(weight), height, width), name, dilations=[1, 1], group=channels if depthwise else 1,
                        kernel_shape=[kernel] * 2, pads=[padding] * 4, strides=list(stride))

    def inverted_residual(self, x, key, stride=1, residual=False):
        y = self.relu(self.convolve(x, f"{key}.conv.0", norm=f"{key}.conv.1"))
        y = self.relu(self.convolve(y, f"{key}.conv.3", 3, (stride, stride), 1, depthwise=True, norm=f"{key}.conv.4"))
        y = self.convolve(y, f"{key}.conv.6", norm=f"{key}.conv.7")
        if not residual:
            return y
        if self.shapes[y] != self.shapes[x]:
            raise CheckpointError(f"{self.checkpoint.path}: {key}.conv.6.weight: expected {self.shapes[x][0]} "
                                  f"outputs, found {self.shapes[y][0]}")
        return self.add("Add", [x, y], self.shapes[x])

    def double_convolution(self, x, key, stride=1):
        return self.inverted_residual(self.inverted_residual(x, f"{key}.0", stride), f"{key}.1", residual=True)


def _find_features(weights, wanted):
    """(name, channels) of the features that the audio branch takes."""
    key = "audio_model.conv1.conv.0.weight"
    shape = weights.shape(key)
    channels = shape[1] if len(shape) == 4 else 0
    if channels not in CHANNELS:
        raise CheckpointError(f"{weights.path}: {key}: expected 16, 32, 128 or 256 inputs, found "
                              f"[{', '.join(map(str, shape))}]")
    if wanted and wanted not in CHANNELS[channels]:
        raise CheckpointError(f"{weights.path}: {key}: expected {' or '.join(CHANNELS[channels])} features of "
                              f"{channels} channels, found --features {wanted}")
    return wanted or CHANNELS[channels][0], channels


def _audio_branch(graph, x, features):
    first = "audio_model.conv1"
    # Of WeNet's features, SyncTalk_2D's first block is residual and Ultralight's, which widens, is not.
    wenet = features == "wenet"
    keeps = graph.checkpoint.shape(f"{first}.conv.6.weight")[0] == graph.shapes[x][0]
    x = graph.inverted_residual(x, first, residual=wenet and keeps)
    x = graph.inverted_residual(x, "audio_model.conv2", residual=wenet)
    x = graph.relu(graph.convolve(x, "audio_model.conv3", 3, FEATURES[features][1], 1, bias=True,
                                  norm="audio_model.bn3"))
    x = graph.inverted_residual(x, "audio_model.conv4", residual=True)
    x = graph.relu(graph.convolve(x, "audio_model.conv5", 3, (2, 2), 3, bias=True, norm="audio_model.bn5"))
    for name in ("conv6", "conv7"):
        x = graph.inverted_residual(x, f"audio_model.{name}", residual=True)
    return x


def build_generator(weights, features=None):
    """(model, what it is). `features` says what HuBERT's and AVE's windows of 32 channels are; else AVE's."""
    weights.require("outc.conv.weight", GENERATOR)
    weights.require("audio_model.conv1.conv.0.weight", GENERATOR)
    # SyncTalk_2D, and Ultralight before 2026, wrap single layers into a Sequential.
    wrapped = "inc.inconv.0.conv.0.weight" in weights
    inner = ".0" if wrapped else ""
    levels = 0
    while f"down{levels + 1}.maxpool_conv{inner}.double_conv.0.conv.0.weight" in weights:
        levels += 1
    if levels not in (4, 5):
        raise CheckpointError(f"{weights.path}: expected down1 to down4 (pictures of 160 pixels) or to down5 (320), "
                              f"found {levels} of them")
    features, channels = _find_features(weights, features)
    side = DEEPEST << levels

    graph = CheckpointGraph(weights)
    graph.shapes.update(input=(6, side, side), audio=(channels, *FEATURES[features][0]))
    steps = [graph.inverted_residual("input", f"inc.inconv{inner}")]
    for level in range(1, levels + 1):
        steps.append(graph.double_convolution(steps[-1], f"down{level}.maxpool_conv{inner}.double_conv", stride=2))
    x = graph.concat(steps.pop(), _audio_branch(graph, "audio", features))
    for index in (0, 1):
        x = graph.double_convolution(x, f"fuse_conv.{index}.double_conv")
    for level in range(1, levels + 1):
        x = graph.double_convolution(graph.concat(graph.upsample(x), steps.pop()), f"up{level}.conv.double_conv")
    x = graph.convolve(x, "outc.conv", bias=True, name="logits")
    if graph.shapes[x][0] != 3:
        raise CheckpointError(f"{weights.path}: outc.conv.weight: expected 3 outputs, found {graph.shapes[x][0]}")
    graph.add("Sigmoid", [x], graph.shapes[x], name="output")
    weights.expect_all_taken(GENERATOR)
    shown = "x".join(str(size) for size in graph.shapes["audio"])
    what = f"generator of {side}x{side} pictures, {features} features as {shown}"
    return graph.model("generator", "batch"), what


# Kernel, stride, padding and whether it is residual, of each convolution.
_ENCODER_LAYERS = (
    (3, (1, 1), 1, False), (3, (1, 1), 1, True), (3, (1, 1), 1, True),
    (3, (3, 1), 1, False), (3, (1, 1), 1, True), (3, (1, 1), 1, True),
    (3, (3, 3), 1, False), (3, (1, 1), 1, True), (3, (1, 1), 1, True),
    (3, (3, 2), 1, False), (3, (1, 1), 1, True),
    (3, (1, 1), 0, False), (1, (1, 1), 0, False))


def build_audio_encoder(weights):
    """(model, what it is), of the checkpoint audio_visual_encoder.pth that comes with SyncTalk_2D."""
    weights.drop_prefix("audio_encoder.")
    weights.require("0.conv_block.0.weight", ENCODER)
    graph = CheckpointGraph(weights)
    graph.shapes.update(mel=(1, 80, 16))
    x = "mel"
    for index, (kernel, stride, padding, residual) in enumerate(_ENCODER_LAYERS):
        key = f"{index}.conv_block"
        y = graph.convolve(x, f"{key}.0", kernel, stride, padding, bias=True, norm=f"{key}.1")
        if residual:
            if graph.shapes[y] != graph.shapes[x]:
                raise CheckpointError(f"{weights.path}: {key}.0.weight: expected {graph.shapes[x][0]} outputs, found "
                                      f"{graph.shapes[y][0]}")
            y = graph.add("Add", [y, x], graph.shapes[x])
        x = graph.relu(y)
    if graph.shapes[x][0] != 512:
        raise CheckpointError(f"{weights.path}: 12.conv_block.0.weight: expected 512 outputs, found "
                              f"{graph.shapes[x][0]}")
    graph.add("Flatten", [x], (512,), name="embedding", axis=1)
    weights.expect_all_taken(ENCODER)
    return graph.model("audio_encoder", "batch", ("mel",), "embedding"), "audio encoder of 80x16 mel windows"

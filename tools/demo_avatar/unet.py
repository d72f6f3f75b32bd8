"""The generator "U-Net 328" in PyTorch, layer for layer the graph that tools/models/make_unet328.py writes.

There is no batch norm to fold: each convolution is scaled once so that its outputs have the mean and
deviation that batch norm would give them (`normalise`), and then trained as it is. The network may be
run on a square part of the picture, which costs that part only.
"""

from functools import cache

import torch
from torch import nn
from torch.nn import functional

AUDIO_CHANNELS = 32
CELL = 32   # pixels a side of the deepest level
CELLS = 10  # of them in 320


class Block(nn.Module):
    """Inverted residual: 1x1 to twice the channels, 3x3 depthwise, 1x1 to `outputs`."""

    def __init__(self, inputs, outputs, stride=1, residual=False):
        super().__init__()
        wide = 2 * inputs
        self.expand = nn.Conv2d(inputs, wide, 1)
        self.depthwise = nn.Conv2d(wide, wide, 3, stride, 1, groups=wide)
        self.project = nn.Conv2d(wide, outputs, 1)
        self.residual = residual
        self.project.target_deviation = 0.25 if residual else 1.0

    def forward(self, x):
        y = functional.relu(self.expand(x), inplace=True)
        y = self.project(functional.relu(self.depthwise(y), inplace=True))
        return x + y if self.residual else y


def double(inputs, outputs, stride=1):
    return nn.Sequential(Block(inputs, outputs, stride), Block(outputs, outputs, residual=True))


@cache
def _upsampling(full, start, count):
    """[2 count, count]: rows [2 start, 2 (start + count)) of the bilinear upsampling (align_corners)
    of `full` samples to 2 `full`, as a function of samples [start, start + count)."""
    places = torch.arange(2 * start, 2 * (start + count)) * ((full - 1) / (2 * full - 1)) - start
    places = places.clamp(0, count - 1)
    return functional.relu(1 - (places[:, None] - torch.arange(count)[None]).abs())


def upsample(x, full, top, left):
    """Doubles [N, C, h, w], the part at (top, left) of a picture of `full` samples a side."""
    if x.shape[2] == full:
        return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
    rows, columns = _upsampling(full, top, x.shape[2]), _upsampling(full, left, x.shape[3])
    return torch.matmul(torch.matmul(rows.to(x.dtype), x.contiguous()), columns.to(x.dtype).T)


class UNet(nn.Module):
    """[N, 6, 320, 320] and [N, 32, 16, 16] to the logits [N, 3, 320, 320]."""

    def __init__(self, widths):
        super().__init__()
        c0, c1, c2, c3, c4 = widths
        # Declared in the order of the graph, in which `convolutions` lists them.
        self.start = Block(6, c0)
        self.down = nn.ModuleList([double(a, b, 2) for a, b in zip((c0, c0, c1, c2, c3), (c0, c1, c2, c3, c4))])
        self.audio = nn.Sequential(
            Block(AUDIO_CHANNELS, c1), Block(c1, c2), nn.Conv2d(c2, c3, 3, 1, 1), nn.ReLU(),
            Block(c3, c3, residual=True), nn.Conv2d(c3, c4, 3, 2, 3), nn.ReLU(),
            Block(c4, c4, residual=True), Block(c4, c4, residual=True))
        self.fuse = nn.Sequential(double(2 * c4, c4), double(c4, c3))
        self.up = nn.ModuleList([double(a + b, c) for a, b, c in zip(
            (c3, c2, c1, c0, c0), (c3, c2, c1, c0, c0), (c2, c1, c0, c0, c0 // 2))])
        self.head = nn.Conv2d(c0 // 2, 3, 1)

    def forward(self, pictures, audio, top=0, left=0):
        """`pictures` may be the part of [N, 6, 320, 320] whose first cell of 32 pixels is (top, left)."""
        levels = [self.start(pictures)]
        for down in self.down:
            levels.append(down(levels[-1]))
        x = levels.pop()
        height, width = x.shape[2:]
        x = self.fuse(torch.cat([x, self.audio(audio)[:, :, top:top + height, left:left + width]], 1))
        full = CELLS
        self.coarse = [x]
        for up in self.up:
            x = up(torch.cat([upsample(x, full, top, left), levels.pop()], 1))
            self.coarse.append(x)
            full, top, left = 2 * full, 2 * top, 2 * left
        return self.head(self.coarse.pop())

    def convolutions(self):
        """Every convolution in the order of the graph."""
        return [module for module in self.modules() if isinstance(module, nn.Conv2d)]


class Guides(nn.Module):
    """While training, each level that is upsampled draws the picture at its own size, too: a short way
    from the sound to the mouth. Not part of the network that is used."""

    def __init__(self, widths):
        super().__init__()
        c0, c1, c2, c3, _ = widths
        self.heads = nn.ModuleList([nn.Conv2d(c, 3, 1) for c in (c3, c2, c1, c0, c0)])

    def forward(self, coarse):
        """Logits at 1/32 to 1/2 of the size, from what UNet.forward left in `coarse`."""
        return [head(x) for head, x in zip(self.heads, coarse)]


@torch.no_grad()
def normalise(net, pictures, audio):
    """Scales every convolution so that on this batch its outputs have mean 0 and deviation 1."""
    def hook(conv, _, y):
        deviation = y.std((0, 2, 3)).clamp_min(1e-3) / getattr(conv, "target_deviation", 1.0)
        mean = y.mean((0, 2, 3))
        conv.weight /= deviation[:, None, None, None]
        conv.bias.copy_((conv.bias - mean) / deviation)
        return (y - mean[:, None, None]) / deviation[:, None, None]

    hooks = [conv.register_forward_hook(hook) for conv in net.convolutions() if not hasattr(conv, "is_set")]
    net(pictures, audio)
    for handle in hooks:
        handle.remove()


_KNEES = (0.0, 0.04, 0.12, 0.3, 0.8, 0.93)  # where the copied values' logit bends


def _logit_slopes():
    """Slopes [6] and offset of sum(slope * relu(x - knee)) + offset, which comes close to logit(x)."""
    x = torch.linspace(0.01, 0.99, 197)
    terms = torch.cat([functional.relu(x[:, None] - torch.tensor(_KNEES)), torch.ones(len(x), 1)], 1)
    sensitivity = (x * (1 - x))[:, None]  # of the sigmoid that follows
    fit = torch.linalg.lstsq(terms * sensitivity, torch.logit(x)[:, None] * sensitivity).solution[:, 0]
    return fit[:-1], fit[-1]


@torch.no_grad()
def _pass_on(block, channels):
    """Makes the first `channels` widened channels go through the depthwise convolution unchanged."""
    block.depthwise.weight[:channels] = 0
    block.depthwise.weight[:channels, 0, 1, 1] = 1
    block.depthwise.bias[:channels] = 0


@torch.no_grad()
def begin_as_copy(net):
    """Makes an untrained network return the face that it is given, so that training is about the mouth."""
    net.start.expand.weight[:3] = torch.eye(3, 6)[..., None, None]
    net.start.expand.bias[:3] = 0
    _pass_on(net.start, 3)
    net.start.project.weight[:3] = torch.eye(3, net.start.expand.out_channels)[..., None, None]
    net.start.project.bias[:3] = 0

    last, refine = net.up[-1]
    slopes, offset = _logit_slopes()
    skipped = last.expand.in_channels // 2  # where the first level's channels begin
    count = 3 * len(_KNEES)
    last.expand.weight[:count] = 0
    last.project.weight[:3] *= 0.1
    last.project.weight[:3, :count] = 0
    last.project.bias[:3] = offset
    for color in range(3):
        for k, knee in enumerate(_KNEES):
            channel = color * len(_KNEES) + k
            last.expand.weight[channel, skipped + color] = 1
            last.expand.bias[channel] = -knee
            last.project.weight[color, channel] = slopes[k]
    _pass_on(last, count)
    refine.project.weight *= 0.1
    refine.project.bias *= 0.1
    net.head.weight *= 0.1
    net.head.weight[:, :3] = torch.eye(3)[..., None, None]
    net.head.bias.zero_()


@torch.no_grad()
def begin_with_hinges(net, channels, pattern):
    """Has the audio branch of an untrained network begin as hinges of random sums of the frame's
    parameters. At random it would hand on mostly what all speech has in common, and the network would
    take long to notice the rest. `channels` are the two that hold the frame's row; `pattern` is
    embedding's: the parameter in each cell of a tile, for each of the two."""
    first, second = net.audio[0], net.audio[1]
    middle = net.audio[2]
    last = next(layer for layer in list(net.audio)[3:] if isinstance(layer, nn.Conv2d))
    sources = channels
    for block in (first, second):
        for convolution in (block.expand, block.project):
            convolution.weight[:2] = 0
            convolution.bias[:2] = 0
        for k, source in enumerate(sources):
            block.expand.weight[k, source] = 1
            block.project.weight[k, k] = 1
        _pass_on(block, 2)
        sources = (0, 1)
    middle.weight[:2] = 0
    middle.bias[:2] = 0
    for k in (0, 1):
        middle.weight[k, k, 1, 1] = 1
    # The last convolution's step of two always meets a tile in the same phase.
    outputs = last.out_channels
    last.weight *= 0.1
    last.weight[:, :2] = 0
    sums = torch.randn(outputs, 5)
    for source in (0, 1):
        for cell, parameter in enumerate(pattern[source]):
            if source == 0 or cell == 0:  # once each
                last.weight[:, source, 1 + cell // 2, 1 + cell % 2] = 2.0 * sums[:, parameter]
    last.bias.copy_(-2.0 * (sums * torch.rand(outputs, 5)).sum(1) * 0.6)
    for block in (first, second):
        for convolution in (block.expand, block.depthwise, block.project):
            convolution.is_set = True
    middle.is_set = last.is_set = True

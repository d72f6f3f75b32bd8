"""SyncTalk_2D's networks in plain NumPy, layer for layer what its PyTorch modules compute, batch norm included.

A network makes up its weights as it runs, under the names that PyTorch gives them: after one pass `weights` is its
state_dict and the result is what an exported model has to give.
"""

import numpy as np

FEATURES = {"ave": (16, 16), "hubert": (32, 32), "wenet": (16, 32)}


class Network:
    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.weights = {}

    def weight(self, key, make):
        if key not in self.weights:
            self.weights[key] = np.asarray(make(), np.float32)
        return self.weights[key].astype(np.float64)

    def conv(self, key, x, outputs, kernel=1, stride=(1, 1), padding=0, depthwise=False, bias=False, gain=2):
        inputs = 1 if depthwise else x.shape[1]
        weight = self.weight(f"{key}.weight", lambda: self.random.normal(
            0, np.sqrt(gain / (inputs * kernel**2)), (outputs, inputs, kernel, kernel)))
        x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
        height, width = ((x.shape[2 + axis] - kernel) // stride[axis] + 1 for axis in (0, 1))
        y = np.zeros((len(x), outputs, height, width))
        for row in range(kernel):
            for column in range(kernel):
                part = x[:, :, row:row + (height - 1) * stride[0] + 1:stride[0],
                         column:column + (width - 1) * stride[1] + 1:stride[1]]
                tap = weight[:, :, row, column]
                y += part * tap[:, 0, None, None] if depthwise else np.einsum("oi,nihw->nohw", tap, part, optimize=True)
        if bias:
            y += self.weight(f"{key}.bias", lambda: self.random.normal(0, 0.1, outputs))[:, None, None]
        return y

    def norm(self, key, x):
        channels = x.shape[1]
        scale = self.weight(f"{key}.weight", lambda: self.random.uniform(0.5, 1.5, channels))
        shift = self.weight(f"{key}.bias", lambda: self.random.normal(0, 0.1, channels))
        mean = self.weight(f"{key}.running_mean", lambda: self.random.normal(0, 0.1, channels))
        variance = self.weight(f"{key}.running_var", lambda: self.random.uniform(0.5, 2, channels))
        self.weights.setdefault(f"{key}.num_batches_tracked", np.array(1000))
        mean, variance, scale, shift = (v[:, None, None] for v in (mean, variance, scale, shift))
        return (x - mean) / np.sqrt(variance + 1e-5) * scale + shift

    def inverted_residual(self, key, x, outputs, stride=1, residual=False):
        wide = 2 * x.shape[1]
        y = relu(self.norm(f"{key}.conv.1", self.conv(f"{key}.conv.0", x, wide)))
        y = relu(self.norm(f"{key}.conv.4", self.conv(f"{key}.conv.3", y, wide, 3, (stride, stride), 1, True)))
        y = self.norm(f"{key}.conv.7", self.conv(f"{key}.conv.6", y, outputs, gain=0.5))
        return x + y if residual else y

    def double_conv(self, key, x, outputs, stride=1):
        y = self.inverted_residual(f"{key}.double_conv.0", x, outputs, stride)
        return self.inverted_residual(f"{key}.double_conv.1", y, outputs, residual=True)


def relu(x):
    return np.maximum(x, 0)


def upsample(x):
    """Twice as high and wide, bilinear, corners aligned."""
    for axis in (2, 3):
        size = x.shape[axis]
        places = np.arange(2 * size) * (size - 1) / (2 * size - 1)
        low = np.minimum(places.astype(int), size - 2)
        part = (places - low).reshape([-1 if a == axis else 1 for a in range(4)])
        x = np.take(x, low, axis) * (1 - part) + np.take(x, low + 1, axis) * part
    return x


class Generator(Network):
    """`widths` are the project's `ch`; five levels are unet_328.py's, four unet.py's. `wrapped`: single layers lie in
    an nn.Sequential, as everywhere but in Ultralight since 2026."""

    def __init__(self, widths, levels=5, features="ave", window_channels=32, wrapped=True, seed=1):
        super().__init__(seed)
        self.widths, self.levels, self.features = widths, levels, features
        self.window_channels, self.inner = window_channels, ".0" if wrapped else ""

    def inputs(self, batch):
        """The same picture with several windows."""
        side = 10 * 2**self.levels
        window = (self.window_channels, *FEATURES[self.features])
        return (self.random.random((1, 6, side, side)).astype(np.float32).repeat(batch, 0),
                self.random.normal(0, 4, (batch, *window)).astype(np.float32))

    def audio(self, x):
        _, c1, c2, c3, c4 = self.widths
        wenet = self.features == "wenet"
        if wenet:
            c1 = c2 = self.window_channels if self.window_channels == 256 else c3
        x = self.inverted_residual("audio_model.conv1", x, c1, residual=wenet and c1 == x.shape[1])
        x = self.inverted_residual("audio_model.conv2", x, c2, residual=wenet)
        stride = {"ave": (1, 1), "hubert": (2, 2), "wenet": (1, 2)}[self.features]
        x = relu(self.norm("audio_model.bn3", self.conv("audio_model.conv3", x, c3, 3, stride, 1, bias=True)))
        x = self.inverted_residual("audio_model.conv4", x, c3, residual=True)
        x = relu(self.norm("audio_model.bn5", self.conv("audio_model.conv5", x, c4, 3, (2, 2), 3, bias=True)))
        x = self.inverted_residual("audio_model.conv6", x, c4, residual=True)
        return self.inverted_residual("audio_model.conv7", x, c4, residual=True)

    def __call__(self, pictures, window):
        c0, c1, c2, c3, c4 = self.widths
        downs = (c0, c1, c2, c3, c4) if self.levels == 5 else (c1, c2, c3, c4)
        ups = (c3 // 2, c2 // 2, c1 // 2, c0, c0 // 2)[:self.levels]
        steps = [self.inverted_residual(f"inc.inconv{self.inner}", pictures.astype(np.float64), c0)]
        for level, width in enumerate(downs, 1):
            steps.append(self.double_conv(f"down{level}.maxpool_conv{self.inner}", steps[-1], width, 2))
        x = np.concatenate([steps.pop(), self.audio(window.astype(np.float64))], 1)
        x = self.double_conv("fuse_conv.0", x, c4)
        x = self.double_conv("fuse_conv.1", x, c3)
        for level, width in enumerate(ups, 1):
            x = self.double_conv(f"up{level}.conv", np.concatenate([upsample(x), steps.pop()], 1), width)
        return 1 / (1 + np.exp(-self.conv("outc.conv", x, 3, bias=True, gain=8)))


class AudioEncoder(Network):
    """As in data_utils/ave/models/audioEnc.py; its checkpoint holds the inner Sequential's weights."""

    def layer(self, x, outputs, kernel=3, stride=(1, 1), padding=1, residual=False):
        key = f"{self.index}.conv_block"
        self.index += 1
        y = self.norm(f"{key}.1", self.conv(f"{key}.0", x, outputs, kernel, stride, padding, bias=True))
        return relu(x + y if residual else y)

    def __call__(self, mel):
        self.index = 0
        x = self.layer(mel.astype(np.float64), 32)
        for outputs, stride, repeats in ((32, None, 2), (64, (3, 1), 2), (128, (3, 3), 2), (256, (3, 2), 1)):
            if stride:
                x = self.layer(x, outputs, stride=stride)
            for _ in range(repeats):
                x = self.layer(x, outputs, residual=True)
        x = self.layer(x, 512, padding=0)
        return self.layer(x, 512, kernel=1, padding=0)[:, :, 0, 0]

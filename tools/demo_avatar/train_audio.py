#!/usr/bin/env python3
"""Trains the audio encoder: mel windows to the mouth's five parameters, laid out as a feature row.

The speech is espeak-ng's, in many voices; its phoneme times say where the mouth is. Every utterance
is heard several times with other loudness, noise, room, tone and pitch. Writes the encoder as ONNX.
"""

import argparse
import pathlib
import time

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn import functional

import embedding
import mel
from sentences import training
from speech import RATE, Speaker, resample
from visemes import track

VOICES = {"en": ["en", "en-us", "en-us", "en-gb-scotland", "en-029", "en-gb-x-gbclan", "en-us-nyc"],
          "de": ["de"], "fr": ["fr"], "es": ["es"], "it": ["it"]}
# f2, m4 and Annie are kept for the evaluation.
VARIANTS = ["", "", "", "f1", "f3", "f4", "f5", "m1", "m2", "m3", "m5", "m6", "m7", "m8", "klatt", "klatt2", "klatt3",
            "linda", "steph", "michael", "Andrea", "belinda", "max", "rob", "zac", "aunty", "grandpa", "whisper"]
COPIES = 3


def tone(samples, chance):
    """A random smooth frequency response, up to 12 dB, and sometimes a telephone's band."""
    spectrum = np.fft.rfft(samples)
    hertz = np.linspace(0, RATE / 2, len(spectrum))
    points = np.geomspace(60, 8000, 7)
    gain = np.interp(np.log(np.maximum(hertz, 30)), np.log(points), chance.normal(0, 4, 7) + chance.normal(0, 1) * np.linspace(-4, 4, 7))
    response = 10 ** (gain / 20)
    if chance.random() < 0.1:
        response *= 1 / (1 + np.exp((hertz - 3600) / 150)) / (1 + np.exp((280 - hertz) / 40))
    return np.fft.irfft(spectrum * response, len(samples))


def room(samples, chance):
    """Decaying noise as an impulse response, well below the direct sound."""
    length = int(RATE * chance.uniform(0.05, 0.35))
    tail = chance.normal(0, 1, length) * np.exp(-6.9 * np.arange(length) / length)
    tail *= 10 ** (-chance.uniform(8, 22) / 20) / np.sqrt((tail ** 2).sum())
    tail[0] = 1
    size = 1 << int(np.ceil(np.log2(len(samples) + length)))
    return np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(tail, size), size)[:len(samples)]


def noise(count, chance):
    """Noise of a random tilt, deviation 1, whose loudness drifts."""
    spectrum = np.fft.rfft(chance.normal(0, 1, count))
    spectrum *= np.maximum(np.arange(len(spectrum)), 20.0) ** -chance.uniform(0, 1)
    sound = np.fft.irfft(spectrum, count)
    return sound / (sound.std() + 1e-9)


def vary(samples, mouth, chance):
    """One more way to hear an utterance. The pitch changes with the speed, so the track does too."""
    speed = chance.uniform(0.88, 1.14)
    samples = resample(samples, int(RATE * speed), RATE)
    places = (np.arange(int(len(mouth) / speed)) + 0.5) * speed - 0.5
    mouth = np.stack([np.interp(places, np.arange(len(mouth)), mouth[:, k]) for k in range(5)], 1)
    samples = tone(samples, chance)
    if chance.random() < 0.4:
        samples = room(samples, chance)
    loudness = np.sqrt((samples ** 2).mean())
    samples = samples * 10 ** (chance.uniform(-32, -11) / 20) / (loudness + 1e-6)
    if chance.random() < 0.85:
        samples = samples + noise(len(samples), chance) * 10 ** (chance.uniform(-90, -42) / 20)
    return np.clip(samples, -1, 1).astype(np.float32), mouth.astype(np.float32)


def padded_speech(speaker, language, text, chance):
    """An utterance between silences, and its track."""
    voice = str(chance.choice(VOICES[language]))
    variant = str(chance.choice(VARIANTS))
    samples, phonemes = speaker.say(text, f"{voice}+{variant}" if variant else voice, chance.integers(115, 215),
                                    chance.integers(15, 90), chance.integers(20, 80))
    before = int(chance.uniform(0.1, 0.6) * 25)
    phonemes = [p._replace(start=p.start + before / 25, end=p.end + before / 25) for p in phonemes]
    samples = np.pad(samples, (before * RATE // 25, int(chance.uniform(0.3, 0.8) * RATE)))
    return samples, track(phonemes, len(samples) * 25 // RATE)


class Windows:
    """Mel rows and targets of many clips; a batch is gathered when it is asked for."""

    def __init__(self):
        self.rows, self.starts, self.targets, self.total = [], [], [], 0

    def add(self, samples, mouth):
        rows = mel.mel_rows(samples)
        count = len(mel.windows(rows))
        # The row of frame f comes from window f - 1: with_ends repeats the first.
        frames = np.arange(1, min(count + 1, len(mouth)))
        starts = np.minimum((frames - 1) * mel.BANDS // mel.FRAME_RATE, len(rows) - mel.WINDOW)
        self.rows.append(rows)
        self.starts.append(self.total + starts)
        self.targets.append(mouth[frames])
        self.total += len(rows)

    def finish(self):
        self.rows = torch.from_numpy(np.concatenate(self.rows))
        self.starts = torch.from_numpy(np.concatenate(self.starts))
        self.targets = torch.from_numpy(np.concatenate(self.targets))
        return self

    def batch(self, chosen):
        places = self.starts[chosen][:, None] + torch.arange(mel.WINDOW)
        return self.rows[places].transpose(1, 2)[:, None], self.targets[chosen]


def make_windows(seed, count, copies):
    speaker, chance, windows = Speaker(), np.random.default_rng(seed), Windows()
    for language, text in training(seed, count):
        samples, mouth = padded_speech(speaker, language, text, chance)
        for _ in range(copies):
            windows.add(*vary(samples, mouth, chance))
    for _ in range(count // 12):  # rooms in which nobody speaks
        level = 10 ** (chance.uniform(-100, -38) / 20)
        sound = noise(RATE * 4, chance) * level if chance.random() < 0.8 else np.zeros(RATE * 4)
        windows.add(np.clip(sound, -1, 1), np.zeros((100, 5), np.float32))
    return windows.finish()


class Encoder(nn.Module):
    """[N, 1, 80, 16] to five values, which are 0..1 once clipped."""

    def __init__(self):
        super().__init__()
        self.convolutions = nn.ModuleList([
            nn.Conv2d(1, 16, 3, (2, 1), 1), nn.Conv2d(16, 32, 3, (2, 1), 1), nn.Conv2d(32, 48, 3, (2, 2), 1),
            nn.Conv2d(48, 64, 3, (2, 2), 1)])
        self.hidden = nn.Linear(64 * 5 * 4, 128)
        self.last = nn.Linear(128, 5)
        self.dropout = nn.Dropout(0.15)

    def forward(self, x):
        for convolution in self.convolutions:
            x = functional.relu(convolution(x))
        x = self.dropout(functional.relu(self.hidden(self.dropout(x.flatten(1)))))
        return 1.08 * torch.sigmoid(self.last(x)) - 0.04


def export(net, path):
    """ONNX: the network, clipped, and the layout of a feature row as a last matrix."""
    nodes, weights = [], []

    def constant(name, value):
        weights.append(numpy_helper.from_array(np.ascontiguousarray(value, dtype=np.float32), name))
        return name

    def add(kind, inputs, output, **attributes):
        nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    x = "mel"
    for i, c in enumerate(net.convolutions):
        x = add("Conv", [x, constant(f"conv{i}.weight", c.weight.detach().numpy()), constant(f"conv{i}.bias", c.bias.detach().numpy())],
                f"conv{i}", kernel_shape=[3, 3], strides=list(c.stride), pads=[1, 1, 1, 1])
        x = add("Relu", [x], f"relu{i}")
    x = add("Flatten", [x], "flat", axis=1)
    for name, layer in (("hidden", net.hidden), ("last", net.last)):
        x = add("Gemm", [x, constant(f"{name}.weight", layer.weight.detach().numpy()), constant(f"{name}.bias", layer.bias.detach().numpy())],
                name, transB=1)
        if name == "hidden":
            x = add("Relu", [x], "relu_hidden")
    x = add("Sigmoid", [x], "sigmoid")
    x = add("Mul", [x, constant("stretch", [1.08])], "stretched")
    x = add("Add", [x, constant("shift", [-0.04])], "shifted")
    x = add("Clip", [x, constant("zero", np.float32(0).reshape(())), constant("one", np.float32(1).reshape(()))], "mouth")
    add("MatMul", [x, constant("layout", embedding.matrix())], "emb")
    model = helper.make_model(helper.make_graph(
        nodes, "audio_encoder", [helper.make_tensor_value_info("mel", TensorProto.FLOAT, ["batch", 1, 80, 16])],
        [helper.make_tensor_value_info("emb", TensorProto.FLOAT, ["batch", embedding.ROW])], weights),
        opset_imports=[helper.make_opsetid("", 16)], ir_version=8, producer_name="mouthpiece")
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)


@torch.no_grad()
def report(net, windows, name):
    net.eval()
    values = torch.cat([net(windows.batch(part)[0]) for part in torch.arange(len(windows.starts)).split(1024)]).clamp(0, 1)
    both = zip(values.T.numpy(), windows.targets.T.numpy())
    correlations = " ".join(f"{np.corrcoef(a, b)[0, 1]:.3f}" for a, b in both)
    print(f"{name}: mean absolute error {(values - windows.targets).abs().mean():.4f}, correlation of open, wide, round, "
          f"teeth, tongue {correlations}", flush=True)
    net.train()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=pathlib.Path, help="the .onnx file to write")
    parser.add_argument("--utterances", type=int, default=520)
    parser.add_argument("--steps", type=int, default=2600)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    start = time.process_time()
    windows = make_windows(options.seed, options.utterances, COPIES)
    check = make_windows(options.seed + 100, 160, 1)
    print(f"{len(windows.starts)} windows, {len(check.starts)} to check with, CPU {time.process_time() - start:.0f} s", flush=True)
    net = Encoder()
    optimizer = torch.optim.AdamW(net.parameters(), lr=options.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, total_steps=options.steps, pct_start=0.1)
    mean = None
    for step in range(options.steps):
        pictures, targets = windows.batch(torch.randint(len(windows.starts), (options.batch,)))
        error = net(pictures) - targets
        loss = (error.abs() + error * error).mean(0) @ torch.tensor([2.0, 1.0, 1.0, 1.0, 0.7])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        mean = loss.item() if mean is None else 0.98 * mean + 0.02 * loss.item()
        if (step + 1) % 100 == 0:
            print(f"step {step + 1} of {options.steps}  loss {mean:.4f}  CPU {time.process_time() - start:.0f} s", flush=True)
        if (step + 1) % 1000 == 0:
            report(net, check, "check")
    report(net, windows, "trained on")
    report(net, check, "check")
    export(net.eval(), options.output)


if __name__ == "__main__":
    main()

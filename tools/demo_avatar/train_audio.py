#!/usr/bin/env python3
"""Trains the audio encoder: mel windows to the mouth's five parameters, laid out as a feature row.

The speech is espeak-ng's, in many voices; its phoneme times say where the mouth is. Every utterance
is heard several times with other loudness, noise, room, tone, pitch and size of the speaker. What is
made smaller is the error of the pictures that the parameters draw. May be stopped at any time: run
again, it goes on from its last checkpoint. Writes the encoder as ONNX.
"""

import argparse
import math
import pathlib
import tempfile
import time

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn import functional

import embedding
import mel
import picture_error
import voices
from sentences import training
from speech import RATE, Speaker, resample
from visemes import track

RANDOM_VOICES = 90  # espeak-ng lists 349 voices at most
COPIES = 2
CROP, CROPS = 32, 24      # frames of a piece of speech, pieces of a batch
CHECK_STEPS = 200
PARAMETER_SHARE = 0.3     # of the loss
TILT, GAIN = 0.35, 0.35   # deviations of what changes a piece's mel rows, which span 8


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
    if chance.random() < 0.4:
        samples = room(samples, chance)
    loudness = np.sqrt((samples ** 2).mean())
    samples = samples * 10 ** (chance.uniform(-32, -11) / 20) / (loudness + 1e-6)
    if chance.random() < 0.85:
        samples = samples + noise(len(samples), chance) * 10 ** (chance.uniform(-90, -42) / 20)
    return np.clip(samples, -1, 1).astype(np.float32), mouth.astype(np.float32)


def padded_speech(speaker, variants, language, text, chance):
    """An utterance between silences, and its track."""
    voice = str(chance.choice(voices.LANGUAGES[language]))
    variant = str(chance.choice(variants))
    samples, phonemes = speaker.say(text, f"{voice}+{variant}" if variant else voice, chance.integers(115, 215),
                                    chance.integers(15, 90), chance.integers(20, 80))
    before = int(chance.uniform(0.1, 0.6) * 25)
    phonemes = [p._replace(start=p.start + before / 25, end=p.end + before / 25) for p in phonemes]
    samples = np.pad(samples, (before * RATE // 25, int(chance.uniform(0.3, 0.8) * RATE)))
    return samples, track(phonemes, len(samples) * 25 // RATE)


class Speech:
    """Mel rows and mouths of many clips, one after the other; pieces of them are gathered on demand."""

    def __init__(self):
        self.rows, self.starts, self.targets, self.firsts = [], [], [], []
        self.total = self.frames = 0

    def add(self, samples, mouth):
        rows = mel.mel_rows(samples)
        count = len(mel.windows(rows))
        # The row of frame f comes from window f - 1: with_ends repeats the first.
        frames = np.arange(1, min(count + 1, len(mouth)))
        if len(frames) < CROP:
            return
        starts = np.minimum((frames - 1) * mel.BANDS // mel.FRAME_RATE, len(rows) - mel.WINDOW)
        self.rows.append(rows.astype(np.float16))
        self.starts.append(self.total + starts)
        self.targets.append(mouth[frames])
        self.firsts.append(self.frames + np.arange(len(frames) - CROP + 1))
        self.total += len(rows)
        self.frames += len(frames)

    def finish(self):
        self.rows = np.concatenate([*self.rows, np.zeros((4 * CROP, mel.BANDS), np.float16)])
        self.starts, self.targets, self.firsts = (np.concatenate(x) for x in (self.starts, self.targets, self.firsts))
        return self

    ARRAYS = ("rows", "starts", "targets", "firsts")

    def save(self, path):
        np.savez(path, **{name: getattr(self, name) for name in self.ARRAYS})

    @classmethod
    def load(cls, path):
        speech, arrays = cls(), np.load(path)
        for name in cls.ARRAYS:
            setattr(speech, name, arrays[name])
        return speech

    def pieces(self, firsts):
        """Rows [N, 1, 80, M], the windows' starts in them [N, CROP], mouths [N, CROP, 5]."""
        frames = firsts[:, None] + np.arange(CROP)
        starts = self.starts[frames]
        length = (CROP - 1) * mel.BANDS // mel.FRAME_RATE + mel.WINDOW + 1
        rows = self.rows[starts[:, :1] + np.arange(length)].astype(np.float32)
        return rows.transpose(0, 2, 1)[:, None], starts - starts[:, :1], self.targets[frames]


def vary_rows(rows, chance):
    """Other loudness, tone and size of the speaker, as they show in mel rows: [N, 1, 80, M] in place."""
    bands = np.arange(mel.BANDS)
    for piece in rows[:, 0]:
        silent = piece <= -4
        if chance.random() < 0.6:  # frequencies as of a longer or shorter throat
            places = np.clip(bands * chance.uniform(0.92, 1.08) + chance.uniform(-1, 1), 0, mel.BANDS - 1.001)
            low = places.astype(int)
            share = (places - low)[:, None].astype(np.float32)
            piece[:] = piece[low] * (1 - share) + piece[low + 1] * share
            silent = piece <= -3.99
        points = np.cumsum(chance.normal(0, TILT * 0.5, 5)) * 0.7 + chance.normal(0, GAIN)
        piece += np.interp(bands, np.linspace(0, mel.BANDS - 1, 5), points).astype(np.float32)[:, None]
        piece[silent] = -4
        np.clip(piece, -4, 4, out=piece)
    return rows


def make_speech(seed, count, copies):
    chance, speech = np.random.default_rng(seed), Speech()
    with tempfile.TemporaryDirectory() as folder:
        variants = voices.make_data(folder, Speaker().data(), RANDOM_VOICES, chance)
        speaker = Speaker(folder)
        for language, text in training(seed, count):
            samples, mouth = padded_speech(speaker, variants, language, text, chance)
            for _ in range(copies):
                speech.add(*vary(samples, mouth, chance))
    for _ in range(count // 12):  # rooms in which nobody speaks
        level = 10 ** (chance.uniform(-100, -38) / 20)
        sound = noise(RATE * 4, chance) * level if chance.random() < 0.8 else np.zeros(RATE * 4)
        speech.add(np.clip(sound, -1, 1), np.zeros((100, 5), np.float32))
    return speech.finish()


class Encoder(nn.Module):
    """[N, 1, 80, 16] to five values, which are 0..1 once clipped.

    Convolutions do not reach beyond the window's ends, so that windows of one sound share them: `along`
    gives the same as one window after the other.
    """

    WIDTHS = (1, 32, 64, 96, 96)

    def __init__(self):
        super().__init__()
        pairs = list(zip(self.WIDTHS, self.WIDTHS[1:]))
        self.convolutions = nn.ModuleList([nn.Conv2d(a, b, 3, (2, 1), (1, 0), bias=False) for a, b in pairs])
        self.norms = nn.ModuleList([nn.BatchNorm2d(b) for _, b in pairs])
        self.kept = mel.WINDOW - 2 * len(pairs)  # columns that are left of a window
        self.hidden = nn.Linear(self.WIDTHS[-1] * (mel.BANDS >> len(pairs)) * self.kept, 256)
        self.last = nn.Linear(256, 5)
        self.dropout = nn.Dropout(0.2)

    def maps(self, x):
        for convolution, norm in zip(self.convolutions, self.norms):
            x = functional.relu(norm(convolution(x)), inplace=True)
        return self.dropout(x)

    def decide(self, x):
        x = self.dropout(functional.relu(self.hidden(x), inplace=True))
        return 1.08 * torch.sigmoid(self.last(x).float()) - 0.04

    def forward(self, windows):
        return self.decide(self.maps(windows).permute(0, 3, 1, 2).flatten(1))

    def along(self, rows, starts):
        """[N, 1, 80, M] and [N, F] to [N, F, 5]."""
        maps = self.maps(rows).permute(0, 3, 1, 2)
        count, length = maps.shape[:2]
        places = torch.arange(count)[:, None, None] * length + starts[:, :, None] + torch.arange(self.kept)
        chosen = maps.reshape(count * length, -1).index_select(0, places.flatten())
        return self.decide(chosen.reshape(starts.numel(), -1)).reshape(*starts.shape, 5)


@torch.no_grad()
def folded(net):
    """(weight, bias) of every convolution with its norm in it."""
    for convolution, norm in zip(net.convolutions, net.norms):
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        yield convolution.weight * scale[:, None, None, None], norm.bias - norm.running_mean * scale


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
    for i, (weight, bias) in enumerate(folded(net)):
        x = add("Conv", [x, constant(f"conv{i}.weight", weight.numpy()), constant(f"conv{i}.bias", bias.numpy())],
                f"conv{i}", kernel_shape=[3, 3], strides=[2, 1], pads=[1, 0, 1, 0])
        x = add("Relu", [x], f"relu{i}")
    x = add("Transpose", [x], "by_time", perm=[0, 3, 1, 2])
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
def report(net, pictures, speech, name):
    """Without what `vary_rows` does."""
    net.eval()
    values, targets = [], []
    for firsts in np.array_split(speech.firsts[::CROP], max(1, len(speech.firsts) // (CROP * 64))):
        rows, starts, mouths = (torch.from_numpy(x) for x in speech.pieces(firsts))
        values.append(net.along(rows, starts).flatten(0, 1).clamp(0, 1))
        targets.append(mouths.flatten(0, 1))
    values, targets = torch.cat(values), torch.cat(targets)
    correlations = " ".join(f"{np.corrcoef(a, b)[0, 1]:.3f}" for a, b in zip(values.T.numpy(), targets.T.numpy()))
    error = float(((pictures(values) - pictures(targets)) ** 2).sum(1).mean())
    print(f"{name}: error of the pictures {error:.4f}, mean absolute error {(values - targets).abs().mean():.4f}, correlation of "
          f"open, wide, round, teeth, tongue {correlations}", flush=True)
    net.train()


def kept_speech(path, *arguments):
    """Speech as make_speech makes it, from the file if that is there."""
    if not path.exists():
        make_speech(*arguments).save(path)
    return Speech.load(path)


def rate_at(step, steps, peak):
    """Rises for the first tenth and falls to zero as a cosine."""
    rise = steps / 10
    return peak * (step + 1) / rise if step < rise else peak * 0.5 * (1 + math.cos(math.pi * (step - rise) / (steps - rise)))


def loss_of(net, pictures, speech, count, chance):
    rows, starts, targets = speech.pieces(chance.choice(speech.firsts, count))
    rows, starts, targets = (torch.from_numpy(x) for x in (vary_rows(rows, chance), starts, targets))
    rows = rows.contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        values = net.along(rows, starts)
    values, targets = values.flatten(0, 1), targets.flatten(0, 1)
    seen = ((pictures(values) - pictures(targets)) ** 2).sum(1).mean()
    error = (values - targets).abs().mean(0) @ torch.tensor([2.0, 1.0, 1.0, 1.0, 0.7])
    return seen, seen + PARAMETER_SHARE * error


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=pathlib.Path, help="the .onnx file to write")
    parser.add_argument("checkpoint", type=pathlib.Path, help="written now and then; goes on from it")
    parser.add_argument("--utterances", type=int, default=700)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    start = time.process_time()
    speech = kept_speech(options.checkpoint.with_suffix(".speech.npz"), options.seed, options.utterances, COPIES)
    check = kept_speech(options.checkpoint.with_suffix(".check.npz"), options.seed + 100, 120, 1)
    print(f"{len(speech.targets)} windows, {len(check.targets)} to check with, CPU {time.process_time() - start:.0f} s", flush=True)
    net = Encoder().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), lr=options.rate, weight_decay=0.01)
    first, before = 0, 0.0
    if options.checkpoint.exists():
        pictures = picture_error.Pictures().requires_grad_(False)
        state = torch.load(options.checkpoint, weights_only=True)
        for part, name in ((net, "net"), (optimizer, "optimizer"), (pictures, "pictures")):
            part.load_state_dict(state[name])
        first, before = state["step"], state["seconds"]
    else:
        pictures = picture_error.train(speech.targets, options.seed)
        print(f"CPU {time.process_time() - start:.0f} s", flush=True)
    mean = None
    for step in range(first, options.steps):
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, options.steps, options.rate)
        seen, loss = loss_of(net, pictures, speech, CROPS, np.random.default_rng((options.seed, step)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        mean = seen.item() if mean is None else 0.98 * mean + 0.02 * seen.item()
        done = step + 1
        if done % 100 == 0:
            print(f"step {done} of {options.steps}  error of the pictures {mean:.4f}  CPU {before + time.process_time() - start:.0f} s", flush=True)
        if done % CHECK_STEPS == 0 or done == options.steps:
            report(net, pictures, check, "check")
            partial = options.checkpoint.with_suffix(".partial")
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "pictures": pictures.state_dict(), "step": done,
                        "seconds": before + time.process_time() - start}, partial)
            partial.replace(options.checkpoint)
    report(net, pictures, speech, "trained on")
    export(net.eval(), options.output)


if __name__ == "__main__":
    main()

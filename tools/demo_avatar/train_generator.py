#!/usr/bin/env python3
"""Trains the generator to draw what the drawing program draws: the mouth posed by the feature rows.

Every sample is a frame of the package with a mouth drawn for it on the fly, so no picture is seen
twice. First on parts of the picture around the mouth, which is cheap, then on whole ones. May be
stopped at any time: run again, it goes on from its last checkpoint.
"""

import argparse
import math
import pathlib
import time

import numpy as np
import torch
from torch.nn import functional

import embedding
import frames
from motion import FRAMES
from package import read_video
from sentences import training
from speech import Speaker
from unet import CELL, CELLS, Guides, UNet, begin_as_copy, begin_with_hinges, normalise
from visemes import random_shapes, track

WIDTHS = (8, 32, 64, 128, 128)
PART = 5  # cells of 32 pixels a side in the first stage
PART_TOPS, PART_LEFTS = (0, 1, 1, 1, 1, 2, 2, 3, 5), (0, 1, 2, 2, 2, 3, 3, 3, 4, 5)
PART_BATCH, WHOLE_BATCH = 4, 4
WARM_UP = 60
CHECK_STEPS = 250
GUIDE_SHARE = 1.0
# The quarters of the picture, the nose and the mouth, so that no column is left out by all: what lies
# at the edges must come out as it went in.
POLISH_PLACES, POLISH_RATE = ((0, 0), (0, 5), (5, 0), (5, 5), (0, 2), (0, 3), (5, 2), (1, 2), (2, 3)), 0.3
RANDOM_SHARE = 0.35  # of mouths that no speech made
VOICES = ("en", "en-us", "en-gb-scotland", "en-029", "de", "fr", "es", "it")


def speech_tracks(seed, count):
    """Viseme tracks of synthesised speech, one after the other: [T, 5]."""
    speaker, chance, tracks = Speaker(), np.random.default_rng(seed), []
    for language, text in training(seed, count):
        voices = [voice for voice in VOICES if voice.split("-")[0] == language]
        samples, phonemes = speaker.say(text, voices[chance.integers(len(voices))], chance.integers(120, 220))
        tracks.append(track(phonemes, len(samples) * 25 // 16000 + 8))
    return np.concatenate(tracks)


def loss_weights():
    """[320, 320]: most on the mouth, some on the jaw."""
    y, x = np.mgrid[:frames.INNER, :frames.INNER].astype(np.float32)
    bump = lambda cx, cy, rx, ry: np.clip(1.6 - ((x - cx) / rx) ** 2 - ((y - cy) / ry) ** 2, 0, 1)
    return torch.from_numpy(1 + 4 * bump(160, 114, 78, 66) + bump(160, 150, 150, 130))


def edge_weights():
    """[320, 320]: more at the upper and lower edges, where the square meets the frame."""
    y, x = np.mgrid[:frames.INNER, :frames.INNER].astype(np.float32)
    weights = 1 + 2 * np.clip(1.6 - ((x - 160) / 78) ** 2 - ((y - 114) / 66) ** 2, 0, 1)
    return torch.from_numpy(weights + 3 * ((y < 30) | (y > 264)))


class Samples:
    def __init__(self, package, seed, speech):
        self.rois = read_video(package / "rois_320_video.mp4")
        self.masked = read_video(package / "model_inputs_video.mp4")
        self.speech = speech
        self.chance = np.random.default_rng(seed)

    def batch(self, count, top, left, cells):
        """Pictures, audio and the truth for `count` frames, of the part at cell (top, left)."""
        chosen = self.chance.integers(FRAMES, size=count)
        at = self.chance.integers(embedding.ROWS, len(self.speech) - embedding.ROWS, size=count)
        audio = embedding.windows(self.speech, at).reshape(count, embedding.ROWS, embedding.ROW)
        mouths = self.speech[at].copy()
        is_random = self.chance.random(count) < RANDOM_SHARE
        mouths[is_random] = random_shapes(self.chance, int(is_random.sum()))
        audio[:, embedding.CENTER] = mouths @ embedding.matrix()
        y, x, side = top * CELL, left * CELL, cells * CELL
        part = np.s_[y:y + side, x:x + side]
        pictures = np.stack([np.concatenate([self.rois[f][part], self.masked[f][part]], 2) for f in chosen])
        truth = np.stack([frames.draw_inner(int(f), tuple(float(v) for v in m), y, x, side) for f, m in zip(chosen, mouths)])
        as_tensor = lambda a: torch.from_numpy(a).permute(0, 3, 1, 2).float().div_(255)
        return as_tensor(pictures), torch.from_numpy(audio.reshape(-1, 32, 16, 16)), as_tensor(truth)


def loss_of(logits, truth, weight):
    """Weighted absolute error of the values, and of their differences, which keeps edges sharp."""
    error = torch.sigmoid(logits.float()) - truth
    across, down = error[..., 1:] - error[..., :-1], error[..., 1:, :] - error[..., :-1, :]
    total = weight.mean()
    return ((error.abs() * weight).mean() + 0.5 * (across.abs() * weight[..., 1:]).mean()
            + 0.5 * (down.abs() * weight[..., 1:, :]).mean()) / total


def guide_loss(pictures, truth, weight):
    """The same at the sizes of the guides' pictures."""
    total = 0
    for picture in pictures:
        size = picture.shape[2]
        small = functional.adaptive_avg_pool2d(truth, size)
        share = functional.adaptive_avg_pool2d(weight[None], size)[0]
        total = total + loss_of(picture, small, share)
    return total / len(pictures)


def part_weights(weights, top, left, cells):
    """The part's weights; its inner edges, which lack their surroundings, do not count."""
    side, edge = cells * CELL, CELL // 2
    part = weights[top * CELL:top * CELL + side, left * CELL:left * CELL + side].clone()
    if top > 0:
        part[:edge] = 0
    if left > 0:
        part[:, :edge] = 0
    if top + cells < CELLS:
        part[-edge:] = 0
    if left + cells < CELLS:
        part[:, -edge:] = 0
    return part


@torch.no_grad()
def psnr(net, pictures, audio, truth):
    """dB over whole pictures, and over the mouth's surroundings."""
    values = torch.cat([torch.sigmoid(net(p[None], a[None])) for p, a in zip(pictures, audio)])
    error = (values - truth) ** 2
    return [-10 * math.log10(float(e.mean())) for e in (error, error[:, :, 50:190, 80:240])]


def parameter_groups(parameters):
    """Each with a rate in proportion to the size of its values: without batch norm, one rate for all is
    too much for wide layers, whose weights are small, or too little for the others."""
    sizes = {}
    for parameter in parameters:
        size = float(parameter.detach().square().mean().sqrt()) if parameter.dim() > 1 else 0.1
        sizes.setdefault(2.0 ** round(math.log2(max(size, 0.01))), []).append(parameter)
    return [{"params": group, "scale": scale} for scale, group in sorted(sizes.items())]


def rate_at(step, steps, cooling, polish, peak):
    """Rises, stays, and falls to zero over the last `cooling` of `steps`; then once more, lower, while
    polishing."""
    if step >= steps:
        return POLISH_RATE * peak * 0.5 * (1 + math.cos(math.pi * (step - steps) / polish))
    if step < WARM_UP:
        return peak * (step + 1) / WARM_UP
    return peak * 0.5 * (1 - math.cos(math.pi * min(1.0, (steps - step) / cooling)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=pathlib.Path, help="the folder that package.py wrote")
    parser.add_argument("checkpoint", type=pathlib.Path, help="written every few minutes; goes on from it")
    parser.add_argument("--part-steps", type=int, default=3600)
    parser.add_argument("--whole-steps", type=int, default=500)
    parser.add_argument("--polish-steps", type=int, default=2600)
    parser.add_argument("--cooling-steps", type=int, default=2600)
    parser.add_argument("--rate", type=float, default=8e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=4)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    steps = options.part_steps + options.whole_steps

    speech = speech_tracks(options.seed, 400)
    samples = Samples(options.package, options.seed + 1, speech)
    check = Samples(options.package, 1000, speech).batch(8, 0, 0, CELLS)
    weights = loss_weights()
    net, guides = UNet(WIDTHS), Guides(WIDTHS)
    begin_with_hinges(net, (2 * embedding.CENTER, 2 * embedding.CENTER + 1), embedding.PATTERN)
    normalise(net, check[0], check[1])
    begin_as_copy(net)
    groups = parameter_groups([*net.parameters(), *guides.parameters()])  # of the untrained network, always
    optimizer = torch.optim.AdamW(groups, lr=options.rate, betas=(0.9, 0.99), weight_decay=0)
    first, before = 0, 0.0
    if options.checkpoint.exists():
        state = torch.load(options.checkpoint, weights_only=True)
        net.load_state_dict(state["net"])
        guides.load_state_dict(state["guides"])
        optimizer.load_state_dict(state["optimizer"])
        first, before = state["step"], state["seconds"]
        samples.chance = np.random.default_rng(options.seed + 1 + first)
    else:
        print("untrained: PSNR {:.2f} dB, at the mouth {:.2f} dB".format(*psnr(net, *check)), flush=True)
    net = net.to(memory_format=torch.channels_last)

    start, mean = time.process_time(), None
    for step in range(first, steps + options.polish_steps):
        if step < options.part_steps:
            cells, count = PART, PART_BATCH
            top, left = (int(samples.chance.choice(c)) for c in (PART_TOPS, PART_LEFTS))
        elif step < steps:
            cells, count, top, left = CELLS, WHOLE_BATCH, 0, 0
        else:
            cells, count = PART, PART_BATCH
            top, left = POLISH_PLACES[samples.chance.integers(len(POLISH_PLACES))]
            weights = edge_weights()
        for group in optimizer.param_groups:
            group["lr"] = group["scale"] * rate_at(step, steps, options.cooling_steps, options.polish_steps, options.rate)
        pictures, audio, truth = samples.batch(count, top, left, cells)
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(pictures.contiguous(memory_format=torch.channels_last), audio, top, left)
            guiding = guides(net.coarse)
        weight = part_weights(weights, top, left, cells)
        fine, coarse = loss_of(logits, truth, weight), guide_loss(guiding, truth, weight)
        loss = fine + GUIDE_SHARE * coarse
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        losses = np.array([fine.item(), coarse.item()])
        mean = losses if mean is None else 0.98 * mean + 0.02 * losses
        done = step + 1
        if done % 50 == 0 or done == steps + options.polish_steps:
            seconds = before + time.process_time() - start
            print(f"step {done} of {steps + options.polish_steps}  loss {mean[0]:.5f}, guides {mean[1]:.5f}  CPU {seconds:.0f} s", flush=True)
        if done % CHECK_STEPS == 0 or done in (steps, steps + options.polish_steps):
            whole, mouth = psnr(net, *check)
            print(f"step {done}  PSNR {whole:.2f} dB, at the mouth {mouth:.2f} dB", flush=True)
            partial = options.checkpoint.with_suffix(".partial")
            torch.save({"net": net.state_dict(), "guides": guides.state_dict(), "optimizer": optimizer.state_dict(), "step": done,
                        "seconds": seconds}, partial)
            partial.replace(options.checkpoint)


if __name__ == "__main__":
    main()

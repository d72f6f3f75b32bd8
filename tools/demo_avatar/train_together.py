#!/usr/bin/env python3
"""Trains the audio encoder and the generator together, once each has learned its own part: speech goes
through both to a picture, and the picture's error reaches both.

Half of every batch is heard: the generator draws from what the encoder makes of speech, sixteen rows as
in use. The other half is drawn from the true mouths, so that the layout keeps its meaning; the encoder
goes on with what train_audio.py gives it to learn besides. Rates are low and fall to zero.
"""

import argparse
import math
import pathlib
import time

import numpy as np
import torch

import embedding
import frames
import train_audio
from motion import FRAMES
from picture_error import Pictures
from train_audio import CROP, Encoder, Speech, vary_rows
from train_generator import (
    PART,
    POLISH_PLACES,
    WIDTHS,
    Samples,
    edge_weights,
    loss_of as picture_loss_of,
    loss_weights,
    part_weights,
    psnr,
    speech_tracks,
)
from unet import CELL, CELLS, UNet

TRUE, HEARD = 3, 3        # pictures of a batch
MOUTH_PLACES = ((1, 2), (1, 3), (2, 3), (1, 2), (1, 3))
GENERATOR_RATE, ENCODER_RATE = 8e-4, 2e-4
PICTURE_SHARE = 10.0      # of the loss: the pictures' errors are a tenth of the encoder's own
CHECK_PICTURES = 32


def heard_windows(values, centers):
    """Mouths [N, CROP, 5] to windows [N, 32, 16, 16] around the given frames of theirs."""
    rows = torch.stack([piece[c - embedding.CENTER:c - embedding.CENTER + embedding.ROWS] for piece, c in zip(values, centers)])
    return (rows @ torch.from_numpy(embedding.matrix())).reshape(-1, 32, 16, 16)


class HeardSamples:
    """Frames of the package as the generator sees them, with speech and the mouth that belongs to it."""

    def __init__(self, pictures, speech, chance):
        self.pictures, self.speech, self.chance = pictures, speech, chance

    def batch(self, count, top, left, cells, vary):
        """Pictures, rows, starts, centres and the truth for `count` moments of speech."""
        rows, starts, mouths = self.speech.pieces(self.chance.choice(self.speech.firsts, count))
        if vary:
            rows = vary_rows(rows, self.chance)
        centers = self.chance.integers(embedding.CENTER, CROP - embedding.ROWS + embedding.CENTER, size=count)
        chosen = self.chance.integers(FRAMES, size=count)
        y, x, side = top * CELL, left * CELL, cells * CELL
        part = np.s_[y:y + side, x:x + side]
        pictures = np.stack([np.concatenate([self.pictures.rois[f][part], self.pictures.masked[f][part]], 2) for f in chosen])
        truth = np.stack([frames.draw_inner(int(f), tuple(float(v) for v in mouth[c]), y, x, side)
                          for f, c, mouth in zip(chosen, centers, mouths)])
        as_tensor = lambda a: torch.from_numpy(a).permute(0, 3, 1, 2).float().div_(255)
        return as_tensor(pictures), torch.from_numpy(rows), torch.from_numpy(starts), centers, as_tensor(truth)


@torch.no_grad()
def heard_psnr(net, encoder, batch):
    """dB over whole pictures and at the mouth, from speech to picture."""
    pictures, rows, starts, centers, truth = batch
    encoder.eval()
    values = encoder.along(rows, starts).clamp(0, 1)
    return psnr(net, pictures, heard_windows(values, centers), truth)


def set_training(encoder):
    """With dropout; batch norms keep what they have gathered, since a piece or two say nothing about it."""
    encoder.train()
    for norm in encoder.norms:
        norm.eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=pathlib.Path, help="the folder that package.py wrote; its audio encoder is written anew")
    parser.add_argument("audio", type=pathlib.Path, help="train_audio.py's checkpoint; its speech lies beside it")
    parser.add_argument("generator", type=pathlib.Path, help="train_generator.py's checkpoint")
    parser.add_argument("checkpoint", type=pathlib.Path, help="written at the end, for export_generator.py")
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=6)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    chance = np.random.default_rng(options.seed)

    encoder, pictures, net = Encoder(), Pictures(), UNet(WIDTHS)
    state = torch.load(options.audio, weights_only=True)
    encoder.load_state_dict(state["net"])
    pictures.load_state_dict(state["pictures"])
    pictures.requires_grad_(False)
    net.load_state_dict(torch.load(options.generator, weights_only=True)["net"])
    speech = Speech.load(options.audio.with_suffix(".speech.npz"))
    true = Samples(options.package, options.seed + 1, speech_tracks(options.seed, 400))
    heard = HeardSamples(true, speech, chance)
    unheard = Speech.load(options.audio.with_suffix(".check.npz"))
    check = HeardSamples(true, unheard, np.random.default_rng(1000)).batch(CHECK_PICTURES, 0, 0, CELLS, vary=False)
    check_true = Samples(options.package, 1000, true.speech).batch(8, 0, 0, CELLS)
    weights = torch.maximum(loss_weights(), edge_weights())

    def report(step):
        line = "step {}  PSNR of other utterances, heard, {:.2f} dB, at the mouth {:.2f} dB; of true mouths {:.2f} and {:.2f} dB"
        print(line.format(step, *heard_psnr(net, encoder, check), *psnr(net, *check_true)), flush=True)
        train_audio.report(encoder, pictures, unheard, "encoder")
        set_training(encoder)

    report(0)
    net = net.to(memory_format=torch.channels_last)
    encoder = encoder.to(memory_format=torch.channels_last)
    # The rate of a tensor is in proportion to its values' size, as in train_generator.py.
    size = lambda p: float(p.detach().square().mean().sqrt()) if p.dim() > 1 else 0.1
    groups = [{"params": [p], "peak": GENERATOR_RATE * max(size(p), 0.01), "weight_decay": 0.0} for p in net.parameters()]
    groups.append({"params": list(encoder.parameters()), "peak": ENCODER_RATE, "weight_decay": 0.01})
    optimizer = torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.99))

    start, mean = time.process_time(), None
    for step in range(options.steps):
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * min(1.0, (step + 1) / 50) * 0.5 * (1 + math.cos(math.pi * step / options.steps))
        places = MOUTH_PLACES if chance.random() < 0.6 else POLISH_PLACES
        top, left = places[chance.integers(len(places))]
        faces, rows, starts, centers, truth = heard.batch(HEARD, top, left, PART, vary=True)
        more_faces, audio, more_truth = true.batch(TRUE, top, left, PART)
        with torch.autocast("cpu", torch.bfloat16):
            values = encoder.along(rows.contiguous(memory_format=torch.channels_last), starts)
        audio = torch.cat([heard_windows(values.clamp(0, 1), centers), audio])
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(torch.cat([faces, more_faces]).contiguous(memory_format=torch.channels_last), audio, top, left)
        drawn = picture_loss_of(logits, torch.cat([truth, more_truth]), part_weights(weights, top, left, PART))
        seen, told = train_audio.loss_of(encoder, pictures, speech, train_audio.CROPS, chance)
        optimizer.zero_grad()
        (PICTURE_SHARE * drawn + told).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), PICTURE_SHARE)
        optimizer.step()
        losses = np.array([drawn.item(), seen.item()])
        mean = losses if mean is None else 0.98 * mean + 0.02 * losses
        done = step + 1
        if done % 50 == 0:
            print(f"step {done} of {options.steps}  pictures {mean[0]:.5f}, encoder's pictures {mean[1]:.4f}  "
                  f"CPU {time.process_time() - start:.0f} s", flush=True)
        if done % 300 == 0 or done == options.steps:
            report(done)

    partial = options.checkpoint.with_suffix(".partial")
    torch.save({"net": net.state_dict(), "encoder": encoder.state_dict()}, partial)
    partial.replace(options.checkpoint)
    train_audio.export(encoder.eval(), options.package / "models/audio_encoder.onnx")


if __name__ == "__main__":
    main()

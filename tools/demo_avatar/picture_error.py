"""How much a wrongly posed mouth costs in the picture: a small network that draws, in principal
components, what drawing.py draws. Differentiable, so that the audio encoder can be trained on what a
viewer sees rather than on the five parameters."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from drawing import Picture
from frames import draw_on
from motion import rectangle
from visemes import random_shapes

SCALE = 0.375                       # of the frame's pixels
LEFT, TOP, WIDTH, HEIGHT = 32, 28, 100, 96  # around the mouth and the chin, in pixels of the face square
COMPONENTS = 40


def _drawn(mouth):
    x1, y1, _, _ = rectangle(0)
    picture = Picture(round(WIDTH * SCALE), round(HEIGHT * SCALE), x1 + LEFT, y1 + TOP, SCALE)
    return draw_on(picture, 0, tuple(float(v) for v in mouth)).astype(np.float32).ravel() / 255


class Pictures(nn.Module):
    """[N, 5] to [N, COMPONENTS], in which squared distances are squared errors of the pictures."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(5, 128), nn.Tanh(), nn.Linear(128, 128), nn.Tanh(), nn.Linear(128, COMPONENTS))

    def forward(self, mouths):
        return self.layers(2 * mouths - 1)


def train(speech, seed, count=5000, steps=2500):
    """`speech`: tracks [T, 5]. Distances are in units of the deviation that speech has, so that a mouth
    that never moves has an error of 1."""
    chance = np.random.default_rng(seed)
    spoken = speech[chance.integers(len(speech), size=count * 3 // 5)]
    spoken = np.clip(spoken + chance.normal(0, 0.06, spoken.shape), 0, 1)
    mouths = np.concatenate([spoken, random_shapes(chance, count - len(spoken))]).astype(np.float32)
    pictures = np.stack([_drawn(mouth) for mouth in mouths])
    mean = pictures[:len(spoken)].mean(0)
    _, values, axes = np.linalg.svd(pictures[::2] - mean, full_matrices=False)
    targets = (pictures - mean) @ axes[:COMPONENTS].T
    unit = np.sqrt((targets[:len(spoken)] ** 2).sum(1).mean())
    inputs, targets = torch.from_numpy(mouths), torch.from_numpy((targets / unit).astype(np.float32))
    net = Pictures()
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    for _ in range(steps):
        chosen = torch.randint(len(inputs), (256,))
        loss = functional.mse_loss(net(inputs[chosen]), targets[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        left = float(((net(inputs) - targets) ** 2).sum(1).mean())
    kept = float((values[:COMPONENTS] ** 2).sum() / (values ** 2).sum())
    print(f"pictures: {kept:.4f} of the variance kept, {left:.4f} left unexplained", flush=True)
    return net.requires_grad_(False)

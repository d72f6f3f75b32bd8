"""The audio front end in NumPy: mel rows and the windows that the encoder reads."""

from functools import lru_cache

import numpy as np

RATE, FFT, HOP, BANDS = 16000, 800, 200, 80
LOWEST, HIGHEST = 55.0, 7600.0
WINDOW = 16
FRAME_RATE = 25


def _hertz_to_mel(hertz):
    """Slaney's scale: linear below 1 kHz, logarithmic above."""
    hertz = np.asarray(hertz, np.float64)
    return np.where(hertz < 1000, hertz * 3 / 200, 15 + np.log(np.maximum(hertz, 1e-9) / 1000) / (np.log(6.4) / 27))


def _mel_to_hertz(mel):
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * (np.log(6.4) / 27)))


@lru_cache(maxsize=1)
def filters():
    """[80, 401]: triangles of equal area."""
    edges = _mel_to_hertz(np.linspace(_hertz_to_mel(LOWEST), _hertz_to_mel(HIGHEST), BANDS + 2))
    bins = np.arange(FFT // 2 + 1) * RATE / FFT
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    return np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, None]


def mel_rows(samples):
    """[n] samples at 16 kHz in -1..1 to [n // 200 + 1, 80] float32 in -4..4."""
    samples = np.asarray(samples, np.float64)
    emphasised = np.append(samples[:1], samples[1:] - 0.97 * samples[:-1])
    padded = np.pad(emphasised, FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::HOP]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)
    bank = filters().T
    rows = [np.abs(np.fft.rfft(part * window)) @ bank for part in np.array_split(frames, len(frames) // 4096 + 1)]
    level = 20 * np.log10(np.maximum(1e-5, np.concatenate(rows))) - 20
    return np.clip(8 * (level + 100) / 100 - 4, -4, 4).astype(np.float32)


def windows(rows):
    """[M, 80] mel rows to the encoder's inputs [T, 1, 80, 16], one a video frame."""
    count = int((len(rows) - WINDOW) * FRAME_RATE / BANDS) + 2
    starts = np.minimum(np.arange(count) * BANDS // FRAME_RATE, len(rows) - WINDOW)
    return np.stack([rows[s:s + WINDOW].T for s in starts])[:, None]


def with_ends(features):
    """[T, ...] encoder outputs to the T + 2 feature rows: the first and the last come twice."""
    return np.concatenate([features[:1], features, features[-1:]])

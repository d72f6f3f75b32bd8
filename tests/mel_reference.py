"""The audio front end written independently with NumPy, in double precision: mel rows, the encoder's
windows, the feature rows. Follows librosa's definitions, see check_against_librosa below."""

import numpy as np

RATE, SIZE, HOP, BANDS = 16000, 800, 200, 80
WINDOW_ROWS = 16


def slaney_hz(mel):
    """Frequencies of Slaney's mel scale: 200/3 Hz a mel up to 1 kHz, then 27 mels a factor of 6.4."""
    mel = np.asarray(mel, float)
    return np.where(mel < 15, mel * 200 / 3, 1000 * 6.4 ** ((mel - 15) / 27))


def slaney_mel(hz):
    return hz * 3 / 200 if hz < 1000 else 15 + 27 * np.log(hz / 1000) / np.log(6.4)


def filters():
    """[80, 401]: triangles between 55 and 7600 Hz, each of area 1."""
    corners = slaney_hz(np.linspace(slaney_mel(55), slaney_mel(7600), BANDS + 2))
    bins = np.fft.rfftfreq(SIZE, 1 / RATE)
    return np.array([np.interp(bins, corners[i:i + 3], [0, 2 / (corners[i + 2] - corners[i]), 0])
                     for i in range(BANDS)])


def mel_rows(samples):
    """[n / 200 + 1, 80] of n samples."""
    samples = np.asarray(samples, float)
    emphasised = samples - 0.97 * np.concatenate([[0], samples])[:len(samples)]
    padded = np.pad(emphasised, SIZE // 2)
    rows = len(samples) // HOP + 1
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(SIZE) / SIZE)
    frames = np.stack([padded[HOP * m:HOP * m + SIZE] * hann for m in range(rows)])
    magnitudes = np.abs(np.fft.rfft(frames, axis=1)) @ filters().T
    decibels = 20 * np.log10(np.maximum(1e-5, magnitudes)) - 20
    return np.clip(8 * (decibels + 100) / 100 - 4, -4, 4)


def windows(mel):
    """[T, 1, 80, 16] of mel rows; short speech is followed by silence."""
    if len(mel) < WINDOW_ROWS:
        mel = np.pad(mel, ((0, WINDOW_ROWS - len(mel)), (0, 0)), constant_values=-4)
    count = (len(mel) - WINDOW_ROWS) * 25 // 80 + 2
    starts = [min(80 * f // 25, len(mel) - WINDOW_ROWS) for f in range(count)]
    return np.stack([mel[start:start + WINDOW_ROWS].T for start in starts])[:, None]


def double_ends(rows):
    """The first and the last row again."""
    return np.concatenate([rows[:1], rows, rows[-1:]])


def check_against_librosa(samples):
    """Largest difference to librosa's own functions, for whoever has it installed:
    python -c 'import mel_reference, soundfile; print(mel_reference.check_against_librosa(soundfile.read("x.wav")[0]))'
    """
    import librosa  # pylint: disable=import-outside-toplevel,import-error
    emphasised = librosa.effects.preemphasis(samples, coef=0.97, zi=np.zeros(1))
    spectrum = np.abs(librosa.stft(emphasised, n_fft=SIZE, hop_length=HOP, win_length=SIZE, pad_mode="constant"))
    bank = librosa.filters.mel(sr=RATE, n_fft=SIZE, n_mels=BANDS, fmin=55, fmax=7600)
    decibels = 20 * np.log10(np.maximum(1e-5, bank @ spectrum)) - 20
    return np.abs(np.clip(8 * (decibels + 100) / 100 - 4, -4, 4).T - mel_rows(samples)).max()

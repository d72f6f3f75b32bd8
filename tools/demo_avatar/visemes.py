"""From phonemes to the mouth's five parameters (see mouth.py) at 25 frames a second."""

import numpy as np

FRAME_RATE = 25
STEPS = 8  # a frame, while tracks are computed
RADIUS_S = 0.055  # of the smoothing that lets neighbours run into each other
RAMP_S = 0.05     # into and out of a closure

# name: (open, wide, round, teeth, tongue), dominance over the neighbours
_A, _AE, _UH, _SCHWA, _ER = (.95, .15, .05, .15, 0), (.85, .40, 0, .25, 0), (.62, .15, .05, .15, 0), (.40, .15, .10, .15, 0), (.45, .05, .35, .15, 0)
_EH, _IH, _EE = (.55, .50, 0, .30, 0), (.38, .60, 0, .35, 0), (.30, .90, 0, .40, 0)
_AW, _OH, _UU, _OO = (.70, 0, .55, .05, 0), (.55, 0, .75, 0, 0), (.35, 0, .75, 0, 0), (.28, 0, 1, 0, 0)
_SHAPES = {
    "aɑɐ": (_A, 1.0), "æ": (_AE, 1.0), "ʌ": (_UH, 1.0), "əɘɵ": (_SCHWA, 0.7), "ɜɚɝ": (_ER, 1.0),
    "ɛe": (_EH, 1.0), "ɪᵻɨ": (_IH, 0.9), "i": (_EE, 1.0), "ɔɒ": (_AW, 1.0), "o": (_OH, 1.0), "ʊ": (_UU, 1.0), "uɯ": (_OO, 1.2),
    "yʏ": ((.28, 0, .90, .05, 0), 1.0), "øœ": ((.45, 0, .70, .05, 0), 1.0),
    "pbm": ((0, .10, 0, 0, 0), 2.0), "fv": ((.20, .10, 0, 1, 0), 2.0), "βɸ": ((.08, .10, .1, 0, 0), 1.5),
    "θð": ((.34, .30, 0, .10, 1), 1.0), "sz": ((.22, .75, 0, .75, 0), 1.0), "ʃʒɕʑʂʐç": ((.28, 0, .65, .70, 0), 1.3),
    "tdnɾɗɖʈɲ": ((.25, .40, 0, .40, .60), 0.6), "lɫʎɬ": ((.42, .30, 0, .10, 1), 0.8), "ɹrɻʁʀ": ((.30, 0, .50, .20, .10), 0.8),
    "kɡgŋxɣqχ": ((.32, .25, 0, .20, .10), 0.4), "hɦʔʕħ": ((.40, .20, .10, .15, 0), 0.15), "j": ((.28, .75, 0, .35, 0), 0.9),
    "wʍɥ": ((.20, 0, 1, 0, 0), 1.8),
}
_BY_SYMBOL = {symbol: shape for symbols, shape in _SHAPES.items() for symbol in symbols}
_REST = ((0, 0, 0, 0, 0), 1.0)
_LIPS = frozenset("pbmfv")  # the lips must meet, or meet the teeth
_SHORT_PAUSE_S = 0.09       # the silence before a plosive is not a rest


def _parts(phoneme):
    """(start, end, shape, dominance, is a closure): one, or two for diphthongs and affricates."""
    start, end, name = phoneme
    symbols = [s for s in name if s in _BY_SYMBOL]
    if not symbols:
        return [(start, end, *_REST[:1], 0.2 if end - start < _SHORT_PAUSE_S else 1.0, False)]
    symbols = symbols[:2]
    middle = start + (end - start) * (0.55 if len(symbols) == 2 else 1.0)
    spans = [(start, middle), (middle, end)][:len(symbols)]
    return [(a, b, *_BY_SYMBOL[s], s in _LIPS) for (a, b), s in zip(spans, symbols)]


def track(phonemes, frames):
    """[frames, 5] in 0..1: the mouth in the middle of each frame's time."""
    rate = FRAME_RATE * STEPS
    count = frames * STEPS
    times = (np.arange(count) + 0.5) / rate
    target, weight = np.zeros((count, 5)), np.full(count, 1.0)
    closures = []
    for phoneme in phonemes:
        for start, end, shape, dominance, is_closure in _parts(phoneme):
            inside = (times >= start) & (times < end)
            target[inside], weight[inside] = shape, dominance
            if is_closure:
                closures.append((start, end, shape))
    radius = int(RADIUS_S * rate)
    kernel = np.hanning(2 * radius + 3)[1:-1]
    smooth = lambda x: np.convolve(np.pad(x, radius, mode="edge"), kernel, "valid")
    values = np.stack([smooth(target[:, k] * weight) for k in range(5)], 1) / smooth(weight)[:, None]
    for start, end, shape in closures:
        middle, half = (start + end) / 2, max(0.022, 0.4 * (end - start))
        distance = np.clip((np.abs(times - middle) - half) / RAMP_S, 0, 1)
        share = (1 - distance * distance * (3 - 2 * distance))[:, None]
        values = values * (1 - share) + np.array(shape) * share
    return values[STEPS // 2::STEPS].astype(np.float32)


def random_shapes(chance, count):
    """[count, 5] mouths of all kinds, also such as no phoneme asks for."""
    named = np.array([shape for shape, _ in _SHAPES.values()] + [_REST[0]] * 3)
    a, b = named[chance.integers(len(named), size=(2, count))]
    mix = chance.uniform(0, 1, (count, 1))
    return np.clip(a + (b - a) * mix + chance.normal(0, 0.05, (count, 5)), 0, 1).astype(np.float32)

"""Voices to train on: those that espeak-ng brings, and others made up at random.

espeak-ng reads a voice's variant (pitch, formants, breath ...) from a small text file; random ones are
written into a copy of its data. The evaluation's voices are left out.
"""

import pathlib
import shutil

LANGUAGES = {"en": ["en", "en-us", "en-us", "en-gb-scotland", "en-029", "en-gb-x-gbclan", "en-us-nyc"],
             "de": ["de"], "fr": ["fr"], "es": ["es"], "it": ["it"]}
KEPT_FOR_EVALUATION = ("f2", "m4", "Annie")
# Effects rather than voices.
_NO_VOICES = ("Demonic", "UniRobot", "anikaRobot", "croak", "fast", "kaukovalta", "AnxiousAndy", "Storm", "Tweaky", "serious")


def _random_variant(name, chance):
    """The text of a variant file. Formants are percent of the usual frequency, height and width."""
    lowest = chance.uniform(65, 200)
    tract = chance.normal(100, 9) + (10 if lowest > 130 else 0)
    lines = ["language variant", f"name {name}", f"pitch {lowest:.0f} {lowest * chance.uniform(1.15, 1.9):.0f}"]
    for formant in range(9):
        frequency = tract * (1 + chance.normal(0, 0.045))
        lines.append(f"formant {formant} {frequency:.0f} {chance.uniform(60, 140):.0f} {chance.uniform(70, 160):.0f}")
    if chance.random() < 0.4:
        lines.append(f"flutter {chance.integers(0, 9)}")
    if chance.random() < 0.4:
        lines.append(f"roughness {chance.integers(0, 5)}")
    if chance.random() < 0.5:
        lines.append(f"voicing {chance.integers(30, 160)}")
    if chance.random() < 0.5:
        lines.append(f"consonants {chance.integers(80, 140)} {chance.integers(80, 140)}")
    if chance.random() < 0.3:
        lines.append("breath " + " ".join(str(chance.integers(0, 5)) for _ in range(8)))
    if chance.random() < 0.2:
        lines.append(f"echo {chance.integers(80, 160)} {chance.integers(5, 16)}")
    return "\n".join(lines) + "\n"


def make_data(folder, original, count, chance):
    """Copies espeak-ng's data, which `original` names, into `folder` and adds `count` variants. Returns
    the names of all that may be trained on; "" is the plain voice."""
    folder = pathlib.Path(folder)
    shutil.copytree(pathlib.Path(original) / "voices" / "!v", folder / "espeak-ng-data" / "voices" / "!v")
    for entry in pathlib.Path(original).iterdir():
        if entry.name != "voices":
            (folder / "espeak-ng-data" / entry.name).symlink_to(entry)
    for entry in (pathlib.Path(original) / "voices").iterdir():
        if entry.name != "!v":
            (folder / "espeak-ng-data" / "voices" / entry.name).symlink_to(entry)
    variants = folder / "espeak-ng-data" / "voices" / "!v"
    names = sorted(p.name for p in variants.iterdir() if p.name not in KEPT_FOR_EVALUATION + _NO_VOICES
                   and not p.name.startswith("robosoft") and " " not in p.name)
    for index in range(count):
        name = f"random{index}"
        (variants / name).write_text(_random_variant(name, chance))
        names.append(name)
    return ["", "", "", *names]

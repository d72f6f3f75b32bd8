#!/usr/bin/env python3
"""Completes the package: the bundled sentence, its features, the digests of the models. Also writes
the speech that the test plays to the avatar, with the times of its phonemes, the mouths that belong
to its frames and some of those frames drawn as they should come out."""

import argparse
import hashlib
import json
import pathlib
import subprocess

import cv2
import numpy as np
import openvino

import frames
import mel
import visemes
from motion import FRAMES, rectangle
from sentences import BUNDLED, EVALUATION
from speech import RATE, Speaker

MODELS = {"generator": "checkpoint/model_best.onnx", "audio_encoder": "models/audio_encoder.onnx"}
BUNDLED_VOICE, EVALUATION_VOICES = "en-us+f3", ("en-gb-x-rp+f2", "en-us+m4", "en+Annie")
QUIET_S = 0.4  # before and after
TRUTH_STEP = 13


def write_flac(path, samples):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "f32le", "-ar", str(RATE), "-ac", "1", "-i", "-", "-c:a", "flac",
                    "-compression_level", "12", "-sample_fmt", "s16", "-fflags", "+bitexact", "-map_metadata", "-1", str(path)],
                   input=np.asarray(samples, np.float32).tobytes(), check=True)


def read_audio(path):
    data = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-f", "f32le", "-ar", str(RATE), "-ac", "1", "-"],
                          stdout=subprocess.PIPE, check=True).stdout
    return np.frombuffer(data, np.float32)


def say(speaker, text, voice, words_a_minute=150):
    """Samples between two silences, and the phonemes."""
    samples, phonemes = speaker.say(text, voice, words_a_minute)
    silence = np.zeros(int(QUIET_S * RATE), np.float32)
    shifted = [p._replace(start=p.start + QUIET_S, end=p.end + QUIET_S) for p in phonemes]
    return np.concatenate([silence, samples * (0.5 / np.abs(samples).max()), silence]), shifted


def features(package, samples):
    """Feature rows [T + 2, 512] of speech."""
    model = openvino.Core().compile_model(str(package / MODELS["audio_encoder"]), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return mel.with_ends(model([mel.windows(mel.mel_rows(samples))])[0]).astype("<f4")


def write_bundle(package, speaker):
    samples, _ = say(speaker, BUNDLED, BUNDLED_VOICE)
    write_flac(package / "speech.flac", samples)
    np.save(package / "aud_ave.npy", features(package, read_audio(package / "speech.flac")))
    digests = {name: {"included": True, "file": file, "sha256": hashlib.sha256((package / file).read_bytes()).hexdigest()}
               for name, file in MODELS.items()}
    (package / "onnx_dist_config.json").write_text(
        json.dumps({"dataset": "demo", "asr": "ave", "format": "onnx", **digests}, indent=1) + "\n")


def write_test_data(folder, speaker):
    folder.mkdir(parents=True, exist_ok=True)
    samples, phonemes = say(speaker, EVALUATION[2], EVALUATION_VOICES[0])
    write_flac(folder / "speech.flac", samples)
    lines = ",\n".join(f'  [{p.start:.3f}, {p.end:.3f}, "{p.name}"]' for p in phonemes)
    (folder / "phonemes.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    mouths = visemes.track(phonemes, -(-len(samples) * 25 // RATE))
    np.save(folder / "mouths.npy", mouths)
    truths = []
    for frame in range(0, len(mouths), TRUTH_STEP):
        x1, y1, x2, y2 = rectangle(frame % FRAMES)
        truths.append(frames.draw_body(frame % FRAMES, tuple(float(v) for v in mouths[frame]))[y1:y2, x1:x2])
    cv2.imwrite(str(folder / "truth.png"), np.hstack(truths), [cv2.IMWRITE_PNG_COMPRESSION, 9])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=pathlib.Path)
    parser.add_argument("test_data", type=pathlib.Path)
    options = parser.parse_args()
    speaker = Speaker()
    write_bundle(options.package, speaker)
    write_test_data(options.test_data, speaker)


if __name__ == "__main__":
    main()

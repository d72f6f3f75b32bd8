#!/usr/bin/env python3
"""Exports SyncTalk_2D's networks, and Ultralight-Digital-Human's generator, from PyTorch checkpoints to ONNX.

Writes FOLDER/checkpoint/model_best.onnx and FOLDER/models/audio_encoder.onnx, where `mouthpiece import` finds them
when FOLDER is the training folder. Needs numpy and onnx, and no PyTorch: of a checkpoint, tensors are read and
nothing is run.
"""

import argparse
import os
import pathlib
import sys
import tempfile

from synctalk.networks import FEATURES, build_audio_encoder, build_generator
from synctalk.torch_file import CheckpointError
from synctalk.weights import Weights


def save(model, path):
    """Under its own name only once it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, suffix=".partial", delete=False) as file:
        try:
            file.write(model.SerializeToString())
            file.flush()
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=pathlib.Path, nargs="?", metavar="CHECKPOINT.pth",
                        help="the generator, as checkpoint/NAME/99.pth")
    parser.add_argument("--audio-encoder", type=pathlib.Path, metavar="ENCODER.pth",
                        help="as model/checkpoints/audio_visual_encoder.pth")
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True, metavar="FOLDER",
                        help="the training folder, or any other")
    parser.add_argument("--features", choices=FEATURES,
                        help="what the generator was trained with; the weights tell all but ave from hubert in "
                             "SyncTalk_2D, where ave is the default")
    arguments = parser.parse_args()
    if not arguments.checkpoint and not arguments.audio_encoder:
        parser.error("expected CHECKPOINT.pth, --audio-encoder ENCODER.pth or both, found neither")

    try:
        made = []
        if arguments.checkpoint:
            weights = Weights(arguments.checkpoint)
            made.append(("checkpoint/model_best.onnx", *build_generator(weights, arguments.features), weights))
        if arguments.audio_encoder:
            weights = Weights(arguments.audio_encoder)
            made.append(("models/audio_encoder.onnx", *build_audio_encoder(weights), weights))
        for name, model, what, weights in made:
            path = arguments.output / name
            save(model, path)
            print(f"{path}: {what}, {weights.parameters / 1e6:.2f} M parameters")
    except CheckpointError as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    except OSError as error:
        parser.exit(2, f"{parser.prog}: {error.filename}: {error.strerror}\n")


if __name__ == "__main__":
    sys.exit(main())

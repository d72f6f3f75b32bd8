#!/usr/bin/env python3
"""What SyncTalk_2D's inference script does, with its training folder: a video of the person saying what is heard.

    synctalk_inference.py dataset/NAME speech.wav talk.mp4 --model generator.onnx --audio-encoder audio_encoder.onnx

The folder becomes a package first, once: another speech is rendered from the package that is there. The two networks
are ONNX files; they are not needed when they lie in the folder (checkpoint/model_best.onnx and
models/audio_encoder.onnx).
"""

import argparse
import pathlib
import sys

import mouthpiece


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=pathlib.Path, help="folder with full_body_img/, landmarks/, perhaps parsing/")
    parser.add_argument("audio", type=pathlib.Path, help="speech, any file that FFmpeg reads")
    parser.add_argument("output", type=pathlib.Path, help="the video to make")
    parser.add_argument("--model", type=pathlib.Path, help="the generator [in the dataset]")
    parser.add_argument("--audio-encoder", type=pathlib.Path, help="the audio encoder [in the dataset]")
    parser.add_argument("--package", type=pathlib.Path, help="the package to make or use [DATASET/package]")
    arguments = parser.parse_args()
    package = arguments.package or arguments.dataset / "package"
    try:
        if package.exists():
            avatar = mouthpiece.Avatar.open(package)
        else:
            avatar = mouthpiece.import_dataset(arguments.dataset, package, model=arguments.model,
                                               audio_encoder=arguments.audio_encoder, progress=True)
        stats = mouthpiece.Renderer(avatar).render(audio=arguments.audio, out=arguments.output, progress=True)
    except mouthpiece.Error as error:
        sys.exit(f"{parser.prog}: {error}")
    print(f"{arguments.output}: {stats['frames']} frames at {stats['fps']:.0f} a second")


if __name__ == "__main__":
    main()

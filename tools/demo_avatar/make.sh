#!/bin/bash
# Makes the demo avatar from nothing: draws it, trains it, writes assets/demo and tests/data/demo, and
# measures the result. Needs espeak-ng and ffmpeg; takes an hour or two of one CPU core.
#
#   tools/demo_avatar/make.sh [FOLDER FOR CHECKPOINTS]
set -euo pipefail

tools=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$tools/../.." && pwd)
work=${1:-$root/out/demo_avatar}
package=$root/assets/demo
python=${PYTHON:-$work/venv/bin/python}

command -v espeak-ng ffmpeg > /dev/null || { echo "needs espeak-ng and ffmpeg: apt-get install espeak-ng ffmpeg" >&2; exit 1; }
mkdir -p "$work"
if [ ! -x "$python" ]; then
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check -r "$tools/requirements.txt"
fi

"$python" "$tools/package.py" "$package"
"$python" "$tools/train_audio.py" "$package/models/audio_encoder.onnx" "$work/audio_encoder.pt"
# A second helping: the checkpoint goes on, under another name, with speech of its own.
[ -e "$work/audio_encoder_2.pt" ] || cp "$work/audio_encoder.pt" "$work/audio_encoder_2.pt"
"$python" "$tools/train_audio.py" "$package/models/audio_encoder.onnx" "$work/audio_encoder_2.pt" --seed 2 --utterances 800 --steps 4200
"$python" "$tools/train_generator.py" "$package" "$work/generator.pt"
"$python" "$tools/train_together.py" "$package" "$work/audio_encoder_2.pt" "$work/generator.pt" "$work/together.pt"
"$python" "$tools/export_generator.py" "$work/together.pt" "$package/checkpoint/model_best.onnx"
"$python" "$tools/bundle.py" "$package" "$root/tests/data/demo"
"$python" "$tools/evaluate.py" "$package"

"""A network in 8 bits as users of ONNX Runtime make one: QDQ, a scale a weight's channel, ranges of activations from
random frames (its speed, not its pictures, is what is measured). Run from bench/: python -m baseline.quantized"""

import argparse
import pathlib
import tempfile

import numpy as np
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from baseline.pipelines import open_session

CALIBRATION_FRAMES = 2


class RandomFrames(CalibrationDataReader):
    def __init__(self, model):
        session, visual, audio, audio_shape, _ = open_session(model, 0)
        side = next(port for port in session.get_inputs() if port.name == visual).shape[2]
        random = np.random.default_rng(328)
        self.frames = iter([{visual: random.random((1, 6, side, side), np.float32),
                             audio: random.standard_normal((1, *audio_shape)).astype(np.float32)}
                            for _ in range(CALIBRATION_FRAMES)])

    def get_next(self):
        return next(self.frames, None)


def quantize(model, target):
    with tempfile.TemporaryDirectory() as scratch:
        ready = pathlib.Path(scratch) / "ready.onnx"  # norms folded
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(ready)
        onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        quantize_static(str(ready), str(target), RandomFrames(model), quant_format=QuantFormat.QDQ, per_channel=True,
                        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("target", type=pathlib.Path)
    arguments = parser.parse_args()
    quantize(arguments.model, arguments.target)


if __name__ == "__main__":
    main()

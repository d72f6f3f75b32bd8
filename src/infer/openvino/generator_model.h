// Reading a generator network and shaping it into what the engine runs. Only for this folder: the
// rest of the program sees no OpenVINO type.
#ifndef MOUTHPIECE_INFER_OPENVINO_GENERATOR_MODEL_H_
#define MOUTHPIECE_INFER_OPENVINO_GENERATOR_MODEL_H_

#include <array>
#include <filesystem>
#include <memory>
#include <openvino/openvino.hpp>

namespace mouthpiece {

/// A generator with a static batch. Input 0: pictures, u8 [batch, 6, side, side]. Input 1: audio
/// windows, f32 [batch, audio_shape]. Output 0: pictures, u8 [batch, 3, side, side], equal to
/// uint8(255 * x) of what the file's network gives for pictures / 255; outside [0,1] clamped, NaN
/// is 0.
struct GeneratorModel {
  std::shared_ptr<ov::Model> model;
  int side = 0;
  std::array<int, 3> audio_shape{};
  int batch = 0;
};

/// Reads the ONNX file and checks its inputs and output. `batch` 0 asks for none in particular:
/// `default_batch` then. A model whose batch is fixed and cannot be changed keeps its own, if that
/// divides `batch`. Throws Error (kBadPackage, kUnsupported).
GeneratorModel ReadGenerator(const std::filesystem::path& path, int batch, int default_batch);

/// A generator as its file has it, in float32, with a static batch.
struct FloatGenerator {
  std::shared_ptr<ov::Model> model;
  ov::Output<ov::Node> visual;  ///< [batch, 6, side, side]
  ov::Output<ov::Node> audio;   ///< [batch, audio_shape]
  ov::Output<ov::Node> output;  ///< [batch, 3, side, side]
};

/// What ReadGenerator begins with; the same arguments and errors.
FloatGenerator ReadFloatGenerator(const std::filesystem::path& path, int batch, int default_batch);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_INFER_OPENVINO_GENERATOR_MODEL_H_

// Running the audio encoder network in batches.
#ifndef MOUTHPIECE_INFER_AUDIO_ENCODER_H_
#define MOUTHPIECE_INFER_AUDIO_ENCODER_H_

#include <filesystem>
#include <memory>
#include <span>

namespace mouthpiece {

struct AudioEncoderOptions {
  std::filesystem::path model;  ///< ONNX file
  int batch = 0;                ///< Windows a call; 0: chosen for throughput
  int threads = 0;              ///< 0: all cores
};

/// A loaded encoder with memory for one batch, which is filled and run in place. Not thread-safe.
class AudioEncoder {
 public:
  virtual ~AudioEncoder() = default;

  /// Windows a call holds.
  virtual int batch() const = 0;
  /// To be filled: `batch` windows [1, 80, 16] of normalised mel values.
  virtual std::span<float> windows() = 0;
  /// Encodes the first `count` windows, 1 <= count <= batch. The result, `count` rows of 512 finite
  /// values, is good until the next call. Throws Error: kBadPackage when a value is not finite.
  virtual std::span<const float> Run(int count) = 0;
};

/// Loads an ONNX encoder with OpenVINO's CPU plugin. The one input is [N,1,80,16] and the one
/// output [N,512], float32, whatever their names; N dynamic or fixed (then it is the batch). Throws
/// Error (kBadPackage) naming the file and its shapes when it is damaged or of another kind,
/// kInvalidArgument for options out of range.
std::unique_ptr<AudioEncoder> CreateOpenVinoAudioEncoder(const AudioEncoderOptions& options);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_INFER_AUDIO_ENCODER_H_

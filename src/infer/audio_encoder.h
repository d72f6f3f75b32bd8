// Running the audio encoder network in batches.
#ifndef MOUTHPIECE_INFER_AUDIO_ENCODER_H_
#define MOUTHPIECE_INFER_AUDIO_ENCODER_H_

#include <filesystem>
#include <memory>
#include <span>
#include <utility>

namespace mouthpiece {

class WeightsKeeper;

struct AudioEncoderOptions {
  std::filesystem::path model;  ///< ONNX file
  int batch = 0;                ///< Windows a call; 0: chosen for throughput
  int threads = 0;              ///< 0: all cores
  /// Where encoders of the same file find each other's weights; null: this one has its own.
  WeightsKeeper* weights = nullptr;
};

/// A second of speech: calls of one window take longer each, larger ones gain little.
inline constexpr int kDefaultEncoderBatch = 25;

/// A loaded encoder with memory for one batch, which is filled and run in place. Not thread-safe.
class AudioEncoder {
 public:
  explicit AudioEncoder(std::filesystem::path path) : path_(std::move(path)) {}
  virtual ~AudioEncoder() = default;
  AudioEncoder(const AudioEncoder&) = delete;
  AudioEncoder& operator=(const AudioEncoder&) = delete;

  /// Windows a call holds.
  virtual int batch() const = 0;
  /// To be filled: `batch` windows [1, 80, 16] of normalised mel values.
  virtual std::span<float> windows() = 0;
  /// Encodes the first `count` windows, 1 <= count <= batch. The result, `count` rows of 512 finite
  /// values, is good until the next call. Throws Error: kBadPackage when a value is not finite.
  std::span<const float> Run(int count);

 protected:
  /// The same without the checks.
  virtual std::span<const float> Encode(int count) = 0;
  const std::filesystem::path& path() const { return path_; }

 private:
  const std::filesystem::path path_;
};

/// Loads an ONNX encoder: the one input is [N,1,80,16] and the one output [N,512], float32,
/// whatever their names; N dynamic or fixed (then it may be the batch). It runs on the fused
/// engine's products where it is made of convolutions, dense layers and what is done to each value
/// by itself, and on OpenVINO otherwise. Throws Error (kBadPackage) naming the file and its shapes
/// when it is damaged or of another kind, kInvalidArgument for options out of range,
/// kUnsupported for other operators in a build without OpenVINO.
std::unique_ptr<AudioEncoder> CreateAudioEncoder(const AudioEncoderOptions& options);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_INFER_AUDIO_ENCODER_H_

// A package that speech can move the mouth of, and sound for it. For tests only.
#ifndef MOUTHPIECE_RENDER_TEST_SPEAKER_H_
#define MOUTHPIECE_RENDER_TEST_SPEAKER_H_

#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "avatar/test_package.h"
#include "mouthpiece/avatar.h"

namespace mouthpiece::testing {

/// The drawn package with one of the encoders of tests/make_models.py.
class Speaker : public TestPackage {
 public:
  explicit Speaker(const std::string& encoder = "encoder") {
    std::filesystem::create_directories(path() / "models");
    std::filesystem::copy_file(
        std::filesystem::path(MOUTHPIECE_FIXTURES) / "models" / (encoder + ".onnx"),
        path() / "models" / "audio_encoder.onnx");
  }
  std::shared_ptr<const Avatar> Open() const { return Avatar::Open(path()); }
};

/// Noise that comes and goes.
inline std::vector<float> NoisySpeech(size_t size) {
  std::mt19937 random(1);
  std::normal_distribution<float> sample(0, 0.1F);
  std::vector<float> samples(size);
  for (size_t i = 0; i < size; ++i) samples[i] = i / 3000 % 3 == 0 ? 0 : sample(random);
  return samples;
}

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_RENDER_TEST_SPEAKER_H_

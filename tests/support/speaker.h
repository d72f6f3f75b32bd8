// A package that speech can move the mouth of.
#ifndef MOUTHPIECE_TESTS_SUPPORT_SPEAKER_H_
#define MOUTHPIECE_TESTS_SUPPORT_SPEAKER_H_

#include <filesystem>
#include <memory>
#include <string>

#include "mouthpiece/avatar.h"
#include "support/fixtures.h"
#include "support/package.h"

namespace mouthpiece::testing {

/// The drawn package with one of the encoders of tests/make_models.py.
class Speaker : public TestPackage {
 public:
  explicit Speaker(const std::string& encoder = "encoder") {
    std::filesystem::create_directories(path() / "models");
    std::filesystem::copy_file(Model(encoder), path() / "models" / "audio_encoder.onnx");
  }
  std::shared_ptr<const Avatar> Open() const { return Avatar::Open(path()); }
};

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_SPEAKER_H_

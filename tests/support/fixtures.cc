#include "support/fixtures.h"

#include <stdlib.h>

namespace mouthpiece::testing {
namespace {

std::filesystem::path Shared() {
  const char* folder = ::getenv("MOUTHPIECE_SHARED");
  return folder != nullptr && *folder != '\0' ? folder : "MOUTHPIECE_SHARED-is-not-set";
}

std::filesystem::path Fixtures() { return MOUTHPIECE_FIXTURES; }

}  // namespace

std::filesystem::path DrawnPackage() { return Fixtures() / "drawn"; }

std::filesystem::path DamagedPackages() { return Fixtures() / "damaged"; }

std::filesystem::path Models() { return Fixtures() / "models"; }

std::filesystem::path Model(const std::string& name) { return Models() / (name + ".onnx"); }

std::filesystem::path GeneratorOf(const std::filesystem::path& package) {
  return package / "checkpoint" / "model_best.onnx";
}

std::filesystem::path RealPackage() { return Shared() / "avatars" / "sanders"; }

std::filesystem::path RealSpeech() { return Shared() / "audio" / "sanders.wav"; }

}  // namespace mouthpiece::testing

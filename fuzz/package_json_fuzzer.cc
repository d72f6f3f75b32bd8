// The JSON of a package: rectangles, names and digests of networks, the shape of features. The
// first byte says which.
#include <array>
#include <span>

#include "avatar/features.h"
#include "avatar/models.h"
#include "avatar/rectangles.h"
#include "memory_file.h"
#include "only_errors.h"

namespace mouthpiece::fuzz {
namespace {

void ReadAsRectangles(const std::filesystem::path& path) {
  const std::vector<Rect> rectangles = ReadRectangles(path);
  for (const Rect& rect : rectangles) {
    Require(rect.x1 >= 0 && rect.y1 >= 0 && rect.width() > 0 && rect.height() > 0, "a rectangle");
  }
  CheckRectanglesInside(path, rectangles, 1280, 720);
}

void ReadAsModels(const std::filesystem::path& root) {
  const std::vector<ModelEntry> entries = ReadModelEntries(root);
  for (const ModelEntry& entry : entries) {
    Require(entry.file.is_relative(), "a path inside the package");
    Require(*entry.file.lexically_normal().begin() != "..", "a path that does not go up");
  }
  const std::filesystem::path generator = FindGenerator(root, entries);
  if (!generator.empty()) CheckModel(root, generator, entries);
}

}  // namespace
}  // namespace mouthpiece::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mouthpiece;
  static fuzz::MemoryFile rectangles;
  static fuzz::MemoryFile config("onnx_dist_config.json");
  static fuzz::MemoryFile features("aud_ave.bin");
  static fuzz::MemoryFile shape("aud_ave.bin.json");
  static const bool has_features = [] {
    constexpr std::array<uint8_t, 4096> kTwoRows{};
    features.Write(kTwoRows);
    return true;
  }();
  if (size == 0 || !has_features) return 0;
  const std::span<const uint8_t> file(data + 1, size - 1);
  fuzz::OnlyErrors([&] {
    switch (data[0] % 3) {
      case 0:
        rectangles.Write(file);
        return fuzz::ReadAsRectangles(rectangles.path());
      case 1:
        config.Write(file);
        return fuzz::ReadAsModels(fuzz::ScratchFolder());
      default:
        shape.Write(file);
        LoadFeatures(features.path());
    }
  });
  return 0;
}

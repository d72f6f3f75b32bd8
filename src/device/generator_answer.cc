#include "device/generator_answer.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

constexpr size_t kPlanes = 3;

/// Ends at the first sample that is another.
bool IsConstant(std::span<const uint8_t> plane) {
  return plane.size() < 2 || std::memcmp(plane.data(), plane.data() + 1, plane.size() - 1) == 0;
}

/// Whether a plane has more than noise.
bool HasContrast(std::span<const uint8_t> plane) {
  constexpr int kNoise = 32;
  const auto [least, most] = std::ranges::minmax(plane);
  return most - least > kNoise;
}

}  // namespace

void CheckAnswer(std::span<const uint8_t> prediction, std::span<const uint8_t> face,
                 const std::filesystem::path& model) {
  const size_t samples = prediction.size() / kPlanes;
  for (size_t p = 0; p < kPlanes; ++p) {
    const std::span<const uint8_t> plane = prediction.subspan(p * samples, samples);
    if (!IsConstant(plane) || !HasContrast(face.subspan(p * samples, samples))) continue;
    constexpr const char* kNames[] = {"blue", "green", "red"};
    throw Error(ErrorCode::kBadPackage,
                model.string() + ": expected a face, found one value, " +
                    std::to_string(plane.front()) + ", in all of its " + kNames[p] +
                    " samples: the network is damaged (weights that are no numbers?) or was not " +
                    "trained");
  }
}

void CheckGeneratorAnswers(Engine& engine) {
  // A slope with some texture: contrast in every plane, and nothing that saturates a network.
  const std::span<uint8_t> visual = engine.visual(0, 0);
  const auto side = static_cast<size_t>(engine.info().geometry.inner);
  for (size_t i = 0; i < visual.size(); ++i) {
    const size_t x = i % side;
    const size_t y = i / side % side;
    visual[i] = static_cast<uint8_t>(40 + (x + y) * 160 / (2 * side) + (x * 7 + y * 13) % 16);
  }
  std::ranges::fill(engine.audio(0, 0), 0.0F);
  engine.Start(0, 1);
  engine.Wait(0);
  CheckAnswer(engine.prediction(0, 0), visual, engine.info().model);
}

}  // namespace mouthpiece

#include "render/engine_fit.h"

#include <string>

#include "mouthpiece/error.h"

namespace mouthpiece {

void CheckEngineFits(const EngineInfo& engine, const Package& package, int64_t row_size) {
  if (engine.geometry.inner != package.geometry.inner) {
    throw Error(ErrorCode::kBadPackage, package.generator.string() + ": expected pictures of " +
                                            std::to_string(package.geometry.inner) +
                                            " pixels a side, as in " +
                                            package.rois.path.filename().string() + ", found " +
                                            std::to_string(engine.geometry.inner));
  }
  const auto& [a, b, c] = engine.audio_shape;
  const int64_t window = int64_t{a} * b * c;
  if (window % (2 * row_size) != 0) {
    throw Error(ErrorCode::kBadPackage,
                package.generator.string() + ": expected an audio input of an even number of " +
                    "feature rows of " + std::to_string(row_size) + " values, found " +
                    std::to_string(a) + "x" + std::to_string(b) + "x" + std::to_string(c));
  }
}

}  // namespace mouthpiece

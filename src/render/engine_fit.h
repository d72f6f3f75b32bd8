// Whether a generator, a package and a feature table belong together.
#ifndef MOUTHPIECE_RENDER_ENGINE_FIT_H_
#define MOUTHPIECE_RENDER_ENGINE_FIT_H_

#include <cstdint>

#include "avatar/package.h"
#include "infer/engine.h"

namespace mouthpiece {

/// Throws Error (kBadPackage) when the model's pictures are of another size than the package's,
/// or its audio input is no even number of feature rows of `row_size` values.
void CheckEngineFits(const EngineInfo& engine, const Package& package, int64_t row_size);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_RENDER_ENGINE_FIT_H_

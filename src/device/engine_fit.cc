#include "device/engine_fit.h"

#include <string>

#include "mouthpiece/error.h"

namespace mouthpiece {

void CheckEngineFits(const EngineInfo& engine, const Package& package) {
  if (engine.geometry.inner != package.geometry.inner) {
    throw Error(ErrorCode::kBadPackage, engine.model.string() + ": expected pictures of " +
                                            std::to_string(package.geometry.inner) +
                                            " pixels a side, as in " +
                                            package.rois.path.filename().string() + ", found " +
                                            std::to_string(engine.geometry.inner));
  }
}

void CheckFeatureRows(const EngineInfo& engine, const FeatureOrigin& features) {
  CheckFeatureContract(engine.audio_shape, engine.model, features);
}

std::unique_ptr<Engine> OpenGenerator(const Package& package, EngineOptions options,
                                      const FeatureOrigin& features) {
  options.model = package.generator;
  std::unique_ptr<Engine> engine = CreateEngine(options);
  CheckEngineFits(engine->info(), package);
  CheckFeatureRows(engine->info(), features);
  return engine;
}

}  // namespace mouthpiece

// Whether a generator, a package and a feature table belong together.
#ifndef MOUTHPIECE_DEVICE_ENGINE_FIT_H_
#define MOUTHPIECE_DEVICE_ENGINE_FIT_H_

#include <memory>

#include "avatar/feature_contract.h"
#include "avatar/package.h"
#include "infer/engine.h"

namespace mouthpiece {

/// Throws Error (kBadPackage) when the model's pictures are of another size than the package's.
void CheckEngineFits(const EngineInfo& engine, const Package& package);

/// Holds features to the model's audio input: CheckFeatureContract.
void CheckFeatureRows(const EngineInfo& engine, const FeatureOrigin& features);

/// Loads the package's generator and makes sure that it fits both; `options.model` is set here.
/// Throws Error, also as CreateEngine does.
std::unique_ptr<Engine> OpenGenerator(const Package& package, EngineOptions options,
                                      const FeatureOrigin& features);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_DEVICE_ENGINE_FIT_H_

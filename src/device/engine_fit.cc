#include "device/engine_fit.h"

#include <string>

#include "avatar/file_access.h"
#include "avatar/sha256.h"
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
  if (engine.precision != Precision::kInt8) return;
  const std::string expected = Sha256OfFile(package.generator);
  if (engine.made_from != expected) {
    const auto shown = [](const std::string& digest) {
      return digest.empty() ? std::string("nothing") : "sha256 " + digest.substr(0, 12) + "...";
    };
    throw Error(ErrorCode::kBadPackage, engine.model.string() + ": was not made from " +
                                            package.generator.filename().string() + ": expected " +
                                            shown(expected) + ", found " + shown(engine.made_from) +
                                            "; make it anew with tools/models/quantize.py");
  }
}

void CheckFeatureRows(const EngineInfo& engine, const FeatureOrigin& features) {
  CheckFeatureContract(engine.audio_shape, engine.model, features);
}

std::unique_ptr<Engine> OpenGenerator(const Package& package, EngineOptions options,
                                      const FeatureOrigin& features) {
  options.model = package.generator;
  const std::filesystem::path int8 = Int8ModelOf(package.generator);
  if (options.precision == Precision::kInt8 && NameExists(int8)) {
    RequireFile(InsidePackage(package.root, int8.lexically_relative(package.root)));
  }
  std::unique_ptr<Engine> engine = CreateEngine(options);
  CheckEngineFits(engine->info(), package);
  CheckFeatureRows(engine->info(), features);
  return engine;
}

}  // namespace mouthpiece

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

void CheckFeatureRows(const EngineInfo& engine, int64_t row_size) {
  const auto& [a, b, c] = engine.audio_shape;
  const int64_t window = int64_t{a} * b * c;
  if (window % (2 * row_size) != 0) {
    throw Error(ErrorCode::kBadPackage,
                engine.model.string() + ": expected an audio input of an even number of " +
                    "feature rows of " + std::to_string(row_size) + " values, found " +
                    std::to_string(a) + "x" + std::to_string(b) + "x" + std::to_string(c));
  }
}

std::unique_ptr<Engine> OpenGenerator(const Package& package, EngineOptions options,
                                      int64_t row_size) {
  options.model = package.generator;
  const std::filesystem::path int8 = Int8ModelOf(package.generator);
  if (options.precision == Precision::kInt8 && NameExists(int8)) {
    RequireFile(InsidePackage(package.root, int8.lexically_relative(package.root)));
  }
  std::unique_ptr<Engine> engine = CreateEngine(options);
  CheckEngineFits(engine->info(), package);
  CheckFeatureRows(engine->info(), row_size);
  return engine;
}

}  // namespace mouthpiece

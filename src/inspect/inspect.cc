#include "avatar/inspect.h"

#include <memory>
#include <string>

#include "avatar/package.h"
#include "device/engine_fit.h"
#include "device/generator_answer.h"
#include "infer/audio_encoder.h"
#include "infer/engine.h"
#include "mouthpiece/error.h"
#include "mouthpiece/prepare.h"
#include "mouthpiece/types.h"
#include "store/frame_store.h"

namespace mouthpiece {
namespace {

void CheckGenerator(const Package& package, PackageReport& report) {
  try {
    const int64_t row_size = report.features ? report.features->row_size : 0;
    const std::unique_ptr<Engine> engine =
        OpenGenerator(package, {.model = {}, .batch = 1, .requests = 1}, row_size);
    CheckGeneratorAnswers(*engine);
  } catch (const Error& error) {
    report.problems.emplace_back(error.what());
    report.frame_count = 0;
  }
}

/// A package without a good encoder still renders features that are given.
void CheckAudioEncoder(const Package& package, PackageReport& report) {
  if (package.audio_encoder.empty()) return;
  try {
    CreateAudioEncoder({.model = package.audio_encoder, .batch = 1});
  } catch (const Error& error) {
    report.warnings.push_back(std::string(error.what()) + "; speech cannot move this mouth");
  }
}

void AddCacheCosts(const Avatar& avatar, PackageReport& report) {
  const StoreOptions options = StoreOptionsFor(avatar, Machine());
  const int64_t frames = avatar.frame_count();
  for (const CacheMode mode :
       {CacheMode::kRam, CacheMode::kChunk, CacheMode::kStream, CacheMode::kDisk}) {
    const StoreCost cost = EstimateStoreCost(avatar, mode, options, frames);
    report.cache_costs.push_back({ToString(mode), cost.bytes, cost.bytes_per_frame, ""});
  }
  const CacheChoice choice = ChooseCacheMode(avatar, options, frames);
  for (CacheCost& cost : report.cache_costs) {
    if (cost.mode == ToString(choice.mode)) cost.note = "what auto takes with 2 GiB";
  }
}

}  // namespace

PackageReport InspectPackage(const std::filesystem::path& path) {
  PackageReport report = InspectFiles(path);
  if (!report.problems.empty()) return report;
  const std::shared_ptr<const Avatar> avatar = Avatar::Open(path);
  CheckGenerator(PackageOf(*avatar), report);
  CheckAudioEncoder(PackageOf(*avatar), report);
  if (report.problems.empty()) {
    AddCacheCosts(*avatar, report);
    const Prepared prepared = FindPrepared(*avatar);
    report.prepared = {prepared.file.lexically_proximate(path),
                       prepared.bytes,
                       prepared.is_there,
                       prepared.weights,
                       prepared.weights_bytes,
                       {}};
    for (const std::filesystem::path& file : prepared.backgrounds) {
      report.prepared->backgrounds.push_back(file.lexically_proximate(path));
    }
  }
  return report;
}

}  // namespace mouthpiece

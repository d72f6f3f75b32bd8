#include "mouthpiece/prepare.h"

#include <unistd.h>

#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "avatar/package.h"
#include "infer/packed_weights.h"
#include "mouthpiece/error.h"
#include "prepare/prepare_for.h"
#include "store/frame_layout.h"
#include "store/prepared_frames.h"

namespace mouthpiece {
namespace {

/// What was made of the package by whatever version and of whatever pictures.
std::vector<std::filesystem::path> AllPrepared(const Package& package) {
  std::vector<std::filesystem::path> found;
  for (const PreparedPlace& place : PreparedPlaces(package)) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(place.folder, ignored)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(place.prefix) && name.ends_with(kPreparedSuffix)) {
        found.push_back(place.folder / name);
      }
    }
  }
  return found;
}

/// Throws Error (kIo).
bool Remove(const std::filesystem::path& path) {
  std::error_code error;
  const bool removed = std::filesystem::remove(path, error);
  if (error) throw Error(ErrorCode::kIo, path.string() + ": " + error.message());
  return removed;
}

bool IsWritable(const std::filesystem::path& folder) {
  return access(folder.c_str(), W_OK | X_OK) == 0;
}

/// Where Prepare writes to.
std::filesystem::path PlaceFor(const Package& package, const std::string& digest) {
  const std::vector<std::filesystem::path> paths = PreparedPaths(package, digest);
  if (IsWritable(package.root) || paths.size() == 1) return paths.front();
  return paths.back();
}

/// And removes those of the same package before it changed.
void DecodeFrames(const Package& package, const std::filesystem::path& file, int threads,
                  const CancelToken& cancel, const Hooks& hooks) {
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  if (error) {
    throw Error(ErrorCode::kIo, file.parent_path().string() + ": " + error.message());
  }
  WritePreparedFrames(package, file, threads, cancel, [&](int done) {
    if (!hooks.progress) return;
    hooks.progress({Progress::Phase::kPreparing, done, package.frame_count});
  });
  for (const std::filesystem::path& old : AllPrepared(package)) {
    std::error_code in_use;  // one in a package that cannot be written to stays
    if (old != file) std::filesystem::remove(old, in_use);
  }
}

void FindWeights(const Package& package, Precision precision, Prepared& prepared) {
  const std::optional<PackedWeights> weights = FindPackedWeights(package.generator, precision);
  if (!weights) return;
  prepared.weights = weights->file;
  prepared.weights_bytes = weights->bytes;
}

}  // namespace

Prepared FindPrepared(const Avatar& avatar, Precision precision) {
  const Package& package = PackageOf(avatar);
  const FrameLayout layout(package);
  Prepared prepared;
  prepared.bytes = PreparedBytes(layout, package.frame_count);
  if (const auto frames = PreparedFrames::Find(package, layout)) {
    prepared.file = frames->path();
    prepared.is_there = true;
  } else {
    prepared.file = PlaceFor(package, PreparedDigest(package, layout));
  }
  FindWeights(package, precision, prepared);
  return prepared;
}

namespace {

Prepared Make(const Avatar& avatar, const PrepareOptions& options, bool wants_weights,
              const CancelToken& cancel, const Hooks& hooks) {
  const Package& package = PackageOf(avatar);
  Prepared prepared = FindPrepared(avatar, options.precision);
  if (wants_weights && (prepared.weights.empty() || options.remake)) {
    prepared.without_weights = PackWeights(package.generator, options.precision);
    if (!prepared.without_weights.empty() && options.precision != Precision::kAuto) {
      throw Error(ErrorCode::kUnsupported,
                  package.generator.string() +
                      ": its weights cannot be packed: " + prepared.without_weights);
    }
    FindWeights(package, options.precision, prepared);
  }
  if (!prepared.is_there || options.remake) {
    DecodeFrames(package, prepared.file, options.threads, cancel, hooks);
    prepared.is_there = true;
  }
  return prepared;
}

}  // namespace

Prepared Prepare(const Avatar& avatar, const PrepareOptions& options, const Hooks& hooks) {
  return Make(avatar, options, true, CancelToken(hooks.cancel), hooks);
}

void PrepareFor(const Avatar& avatar, const Machine& machine, const CancelToken& cancel,
                const Hooks& hooks) {
  if (!machine.prepare) return;
  const bool is_for_cpu = (machine.device == "cpu" || machine.device == "auto") &&
                          machine.engine != EngineKind::kOpenVino &&
                          machine.precision != Precision::kF16;
  Make(avatar, {.threads = machine.threads, .precision = machine.precision}, is_for_cpu, cancel,
       hooks);
}
bool RemovePrepared(const Avatar& avatar) {
  const std::vector<std::filesystem::path> files = AllPrepared(PackageOf(avatar));
  bool removed = RemovePackedWeights(PackageOf(avatar).generator);
  for (const std::filesystem::path& file : files) removed |= Remove(file);
  return removed;
}

}  // namespace mouthpiece

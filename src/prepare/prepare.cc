#include "mouthpiece/prepare.h"

#include <unistd.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "avatar/package.h"
#include "infer/packed_weights.h"
#include "mouthpiece/error.h"
#include "prepare/prepare_for.h"
#include "sink/output_plan.h"
#include "sink/sink.h"
#include "store/frame_layout.h"
#include "store/prepared_backgrounds.h"
#include "store/prepared_frames.h"

namespace mouthpiece {
namespace {

/// Files of all places whose names end like that, of whatever version and pictures.
std::vector<std::filesystem::path> FilesOf(const Package& package, std::string_view suffix) {
  std::vector<std::filesystem::path> found;
  for (const PreparedPlace& place : PreparedPlaces(package)) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(place.folder, ignored)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(place.prefix) && name.ends_with(suffix)) {
        found.push_back(place.folder / name);
      }
    }
  }
  return found;
}

/// Those of backgrounds that are of the frames as they are.
std::vector<std::filesystem::path> BackgroundsOf(const Package& package) {
  std::vector<std::filesystem::path> found = FilesOf(package, kBackgroundsSuffix);
  std::erase_if(found, [prefix = BackgroundsPrefix(package)](const std::filesystem::path& file) {
    return file.filename().string().find(prefix) == std::string::npos;
  });
  std::ranges::sort(found);
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

/// Of names in the package and in the cache folder, the one that Prepare writes to.
std::filesystem::path Choose(const Package& package,
                             const std::vector<std::filesystem::path>& paths) {
  return IsWritable(package.root) ? paths.front() : paths.back();
}

void MakeFolderOf(const std::filesystem::path& file) {
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  if (error) {
    throw Error(ErrorCode::kIo, file.parent_path().string() + ": " + error.message());
  }
}

/// Tells `hooks` of frames that are done.
std::function<void(int)> Teller(const Package& package, const Hooks& hooks) {
  return [&hooks, frames = package.frame_count](int done) {
    if (hooks.progress) hooks.progress({Progress::Phase::kPreparing, done, frames});
  };
}

/// And removes those of the same package before it changed.
void DecodeFrames(const Package& package, const std::filesystem::path& file, int threads,
                  const CancelToken& cancel, const Hooks& hooks) {
  MakeFolderOf(file);
  WritePreparedFrames(package, file, threads, cancel, Teller(package, hooks));
  std::vector<std::filesystem::path> old = FilesOf(package, kPreparedSuffix);
  std::erase(old, file);
  const std::vector<std::filesystem::path> current = BackgroundsOf(package);
  std::ranges::copy_if(FilesOf(package, kBackgroundsSuffix), std::back_inserter(old),
                       [&](const std::filesystem::path& backgrounds) {
                         return std::ranges::find(current, backgrounds) == current.end();
                       });
  for (const std::filesystem::path& path : old) {
    std::error_code in_use;  // one in a package that cannot be written to stays
    std::filesystem::remove(path, in_use);
  }
}

void EncodeFrames(const Package& package, const PrepareOptions& options, const CancelToken& cancel,
                  const Hooks& hooks) {
  // All of a stream that decides over segments.
  StreamFormat format;
  format.width = package.full_body.width;
  format.height = package.full_body.height;
  format.color = package.color;
  Output output{.name = "%d.jpg"};
  output.encode.quality = options.jpeg_quality;
  const auto keeper = MakeBackgroundKeeper(PlanOutput(output), format);
  if (!options.remake && PreparedBackgrounds::Find(package, keeper->FormName())) return;
  const std::filesystem::path file = Choose(package, BackgroundsPaths(package, keeper->FormName()));
  MakeFolderOf(file);
  WritePreparedBackgrounds(package, *keeper, file, options.threads, cancel, Teller(package, hooks));
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
    prepared.file = Choose(package, PreparedPaths(package, PreparedDigest(package, layout)));
  }
  FindWeights(package, precision, prepared);
  prepared.backgrounds = BackgroundsOf(package);
  return prepared;
}

namespace {

enum class Weights {
  kNone,
  kWherePossible,
  kRequired,  ///< In a precision other than kAuto
};

Prepared Make(const Avatar& avatar, const PrepareOptions& options, Weights weights,
              const CancelToken& cancel, const Hooks& hooks) {
  if (options.jpeg_quality < 0 || options.jpeg_quality > 100) {
    throw Error(ErrorCode::kInvalidArgument,
                "JPEG quality: expected 1 to 100, found " + std::to_string(options.jpeg_quality));
  }
  const Package& package = PackageOf(avatar);
  Prepared prepared = FindPrepared(avatar, options.precision);
  if (weights != Weights::kNone && (prepared.weights.empty() || options.remake)) {
    prepared.without_weights = PackWeights(package.generator, options.precision);
    if (!prepared.without_weights.empty() && weights == Weights::kRequired &&
        options.precision != Precision::kAuto) {
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
  if (options.jpeg_quality > 0) {
    EncodeFrames(package, options, cancel, hooks);
    prepared.backgrounds = BackgroundsOf(package);
  }
  return prepared;
}

}  // namespace

Prepared Prepare(const Avatar& avatar, const PrepareOptions& options, const Hooks& hooks) {
  return Make(avatar, options, Weights::kRequired, CancelToken(hooks.cancel), hooks);
}

void PrepareFor(const Avatar& avatar, const Machine& machine, const CancelToken& cancel,
                const Hooks& hooks) {
  if (!machine.prepare) return;
  const bool is_for_cpu = (machine.device == "cpu" || machine.device == "auto") &&
                          machine.engine != EngineKind::kOpenVino &&
                          machine.precision != Precision::kF16;
  Make(avatar, {.threads = machine.threads, .precision = machine.precision},
       is_for_cpu ? Weights::kWherePossible : Weights::kNone, cancel, hooks);
}

bool RemovePrepared(const Avatar& avatar) {
  const Package& package = PackageOf(avatar);
  bool removed = RemovePackedWeights(package.generator);
  for (const char* const suffix : {kPreparedSuffix, kBackgroundsSuffix}) {
    for (const std::filesystem::path& file : FilesOf(package, suffix)) removed |= Remove(file);
  }
  return removed;
}

}  // namespace mouthpiece

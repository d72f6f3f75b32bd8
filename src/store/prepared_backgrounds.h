// What an output keeps of an avatar's frames (image/background_keeper.h), made once: a file that
// every process maps.
#ifndef MOUTHPIECE_STORE_PREPARED_BACKGROUNDS_H_
#define MOUTHPIECE_STORE_PREPARED_BACKGROUNDS_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "avatar/package.h"
#include "base/cancel.h"
#include "image/background_keeper.h"

namespace mouthpiece {

inline constexpr const char* kBackgroundsSuffix = ".backgrounds";

/// Names of the files with the backgrounds of that name (BackgroundKeeper::FormName), one a place
/// (PreparedPlaces).
std::vector<std::filesystem::path> BackgroundsPaths(const Package& package,
                                                    const std::string& form_name);

/// How the names of all files begin that are of these frames, whatever the form; in every place.
std::string BackgroundsPrefix(const Package& package);

/// A mapping of the file. Thread-safe.
class PreparedBackgrounds {
 public:
  /// Those of a package, or null when there are none that fit it.
  static std::shared_ptr<const PreparedBackgrounds> Find(const Package& package,
                                                         const std::string& form_name);
  ~PreparedBackgrounds();
  PreparedBackgrounds(const PreparedBackgrounds&) = delete;
  PreparedBackgrounds& operator=(const PreparedBackgrounds&) = delete;

  const std::filesystem::path& path() const { return path_; }
  uint64_t bytes() const { return size_; }
  /// What BackgroundKeeper::Form gave for a frame, compared with its checksum; empty: damaged.
  std::span<const uint8_t> Of(int frame) const;

 private:
  PreparedBackgrounds(std::filesystem::path path, const uint8_t* data, size_t size)
      : path_(std::move(path)), data_(data), size_(size) {}
  static std::shared_ptr<const PreparedBackgrounds> Open(const std::filesystem::path& path,
                                                         const std::string& digest,
                                                         int frame_count);

  const std::filesystem::path path_;
  const uint8_t* const data_;
  const size_t size_;
};

/// Makes the file of all frames with so many threads (0: all cores), best of frames that are
/// prepared. It gets its name when it is complete. `progress` gets the frames that are done, in the
/// caller's thread. Throws Error: kBadPackage, kCancelled, kIo.
void WritePreparedBackgrounds(const Package& package, BackgroundKeeper& keeper,
                              const std::filesystem::path& path, int threads,
                              const CancelToken& cancel, const std::function<void(int)>& progress);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_PREPARED_BACKGROUNDS_H_

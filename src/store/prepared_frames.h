// An avatar's frames decoded once in its life: one file that every process maps.
#ifndef MOUTHPIECE_STORE_PREPARED_FRAMES_H_
#define MOUTHPIECE_STORE_PREPARED_FRAMES_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "avatar/package.h"
#include "image/image.h"
#include "store/frame_layout.h"
#include "store/part_reader.h"

namespace mouthpiece {

/// Names what the frames of a package are made from: this version of Mouthpiece, the pictures'
/// files with their sizes and times, and how a frame lies in memory. 64 hexadecimal digits; other
/// frames have another one.
std::string PreparedDigest(const Package& package, const FrameLayout& layout);

/// Where files of a package's prepared frames may be, and how their names begin: in the package,
/// else in the user's cache folder (XDG_CACHE_HOME, else ~/.cache).
struct PreparedPlace {
  std::filesystem::path folder;
  std::string prefix;  ///< Of no other package's in that folder
};
std::vector<PreparedPlace> PreparedPlaces(const Package& package);

/// Those of that digest, one a place.
std::vector<std::filesystem::path> PreparedPaths(const Package& package, const std::string& digest);

inline constexpr const char* kPreparedSuffix = ".frames";

/// Bytes of the file.
uint64_t PreparedBytes(const FrameLayout& layout, int frame_count);

/// A mapping of the file. All mappings share the system's pages of it; a page that is written to,
/// with a part that is damaged in the file, becomes this mapping's own. Reading is thread-safe.
class PreparedFrames {
 public:
  /// The prepared frames of a package, or null when there are none that fit it.
  static std::unique_ptr<PreparedFrames> Find(const Package& package, const FrameLayout& layout);

  /// Maps `path`; null when it is no whole file of frames with this digest, made of so many.
  static std::unique_ptr<PreparedFrames> Open(const std::filesystem::path& path,
                                              const std::string& digest, const FrameLayout& layout,
                                              int frame_count);

  ~PreparedFrames();
  PreparedFrames(const PreparedFrames&) = delete;
  PreparedFrames& operator=(const PreparedFrames&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Who hears of the first part that is found damaged, a line. Before anything is read.
  void TellOfDamage(std::function<void(const std::string&)> tell) { tell_ = std::move(tell); }
  /// A frame in the layout that it was opened with. Check its parts before they are used.
  uint8_t* block(int frame) const;
  /// Whether a part holds what was once written to the file, by its checksum, which is computed
  /// the first time. Ask before anything is written to the frame.
  bool IsWhole(int frame, FramePart part) const;

 private:
  PreparedFrames(std::filesystem::path path, const FrameLayout& layout, int frame_count,
                 uint8_t* data, size_t size);

  const std::filesystem::path path_;
  const FrameLayout layout_;
  const int frame_count_;
  uint8_t* const data_;
  const size_t size_;
  std::function<void(const std::string&)> tell_;
  mutable std::atomic<bool> told_{false};
  mutable std::vector<std::atomic<uint8_t>> checked_;  ///< By frame and part: 0, kWhole, kDamaged
};

/// Of frames that may be null: then empty.
inline std::filesystem::path PathOf(const PreparedFrames* prepared) {
  return prepared == nullptr ? std::filesystem::path() : prepared->path();
}

/// Decodes all frames into a file of that name, with so many threads (0: all cores). It gets its
/// name when it is complete. `progress` gets the frames that are done, in the caller's thread.
/// Throws Error: kBadPackage, kCancelled, kIo.
void WritePreparedFrames(const Package& package, const std::filesystem::path& path, int threads,
                         const CancelToken& cancel, const std::function<void(int)>& progress);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_PREPARED_FRAMES_H_

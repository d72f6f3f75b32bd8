// An avatar package on disk, opened and checked once, then immutable and shared.
#ifndef MOUTHPIECE_AVATAR_H_
#define MOUTHPIECE_AVATAR_H_

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "mouthpiece/export.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

struct Package;  // src/avatar/package.h

/// One talking-head avatar: where its pictures, rectangles, features and model are, all checked.
/// Immutable after Open, safe to share between threads and sessions.
class MOUTHPIECE_EXPORT Avatar {
 public:
  /// Opens the package folder `path` (SyncTalk_2D v2.0: videos or image folders) and checks
  /// everything that can be checked without decoding. Throws Error (kBadPackage) that names the
  /// file, what was expected and what was found.
  static std::shared_ptr<const Avatar> Open(const std::filesystem::path& path);

  ~Avatar();
  Avatar(const Avatar&) = delete;
  Avatar& operator=(const Avatar&) = delete;

  const std::filesystem::path& path() const;
  /// Frames usable for rendering: the smallest count that all parts of the package share.
  int frame_count() const;
  /// Size of the full frame in pixels.
  int width() const;
  int height() const;
  /// Frames a second of the full-body video (25/1 for image packages).
  Rational frame_rate() const;
  /// One rectangle a frame, inside the frame, not empty; size() == frame_count().
  std::span<const Rect> rectangles() const;
  /// Every file and folder of the package that may be read, and the names at which one would be
  /// read if it were there: what no output may replace.
  std::vector<std::filesystem::path> files() const;
  /// What was odd but could be worked with, one line each.
  std::span<const std::string> warnings() const;

 private:
  friend struct AvatarAccess;  // src/avatar/package.h
  explicit Avatar(std::unique_ptr<const Package> package);

  std::unique_ptr<const Package> package_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AVATAR_H_

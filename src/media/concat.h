// Joins video files that were written in parts, without encoding anything again.
#ifndef MOUTHPIECE_MEDIA_CONCAT_H_
#define MOUTHPIECE_MEDIA_CONCAT_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// One of the files, by VideoWriter, in the container of the result.
struct VideoPart {
  std::filesystem::path path;
  int64_t frames = 0;  ///< That it must hold, > 0
};

struct ConcatOptions {
  std::filesystem::path name;    ///< Decides the container, and is what messages call the file
  std::filesystem::path path;    ///< The file that is written
  std::vector<VideoPart> parts;  ///< In order, at least one; the first brings the sound of all
  Rational frame_rate{25, 1};
  CancelToken cancel;
};

/// Writes the parts' packets one after the other, frame n of the result at time n. Throws Error:
/// kBadMedia naming the part that is cut short, holds another number of frames or was encoded in
/// another way than the first; kIo; kCancelled.
void ConcatVideos(const ConcatOptions& options);

/// VideoWriterOptions::comment of a file; empty when it has none. Throws Error (kBadMedia).
std::string ReadComment(const std::filesystem::path& path);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_MEDIA_CONCAT_H_

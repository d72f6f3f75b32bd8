// Finds the parts of an avatar package and checks them: the one way in for Avatar::Open, which
// stops at the first problem, and InspectPackage, which collects them all.
#ifndef MOUTHPIECE_AVATAR_PACKAGE_READER_H_
#define MOUTHPIECE_AVATAR_PACKAGE_READER_H_

#include <cstdint>
#include <filesystem>
#include <functional>

#include "avatar/package.h"
#include "mouthpiece/error.h"
#include "mouthpiece/inspect.h"

namespace mouthpiece {

/// Where the rectangles are, relative to the package.
inline constexpr const char* kRectanglesFile = "cache/crop_rectangles.json";

/// Which pixels of the rectangles stay as they are, if any do.
inline constexpr const char* kKeptSpansFile = "cache/kept_spans.npy";

struct PackageContents {
  Package package;  ///< Parts that cannot be read are empty
  int64_t feature_rows = 0;
  int64_t feature_row_size = 0;
  DigestStatus generator_digest = DigestStatus::kNotGiven;
  DigestStatus audio_encoder_digest = DigestStatus::kNotGiven;
};

/// Called with each problem, a kBadPackage Error; may throw to stop.
using ProblemHandler = std::function<void(const Error&)>;

PackageContents ReadPackage(const std::filesystem::path& root, const ProblemHandler& on_problem);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AVATAR_PACKAGE_READER_H_

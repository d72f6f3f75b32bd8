// What is in an avatar package, and what is wrong with it.
#ifndef MOUTHPIECE_INSPECT_H_
#define MOUTHPIECE_INSPECT_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "mouthpiece/export.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// One of the four picture sequences. Paths of reports are relative to the package.
struct PicturesReport {
  std::string name;  ///< "full body", "crops", "rois", "model inputs"
  std::filesystem::path path;
  std::string kind;  ///< "video" or "images"
  int width = 0;
  int height = 0;
  int frames = 0;
  Rational frame_rate;  ///< 0/1 for images
  int keyframes = 0;    ///< 0 for images
  uint64_t bytes = 0;   ///< On disk
};

struct RectanglesReport {
  std::filesystem::path path;
  int count = 0;
  Rect smallest;  ///< By area
  Rect largest;
};

/// Pixels inside rectangles that stay as they are.
struct KeptReport {
  std::filesystem::path path;
  int frames = 0;  ///< Usable frames that keep any
};

struct FeaturesReport {
  std::filesystem::path path;
  int64_t rows = 0;
  int64_t row_size = 0;
};

enum class DigestStatus { kNotGiven, kMatches, kDiffers };

struct ModelReport {
  std::string name;  ///< "generator", "audio encoder"
  std::filesystem::path path;
  uint64_t bytes = 0;
  DigestStatus digest = DigestStatus::kNotGiven;
};

/// Memory that rendering in one cache mode would hold.
struct CacheCost {
  std::string mode;
  uint64_t bytes = 0;
  double bytes_per_frame = 0;
  std::string note;
};

/// Parts that are missing or damaged are left out and named in `problems`.
struct PackageReport {
  std::filesystem::path path;
  int frame_count = 0;  ///< Frames usable for rendering; 0 if there are problems
  std::vector<PicturesReport> pictures;
  std::optional<RectanglesReport> rectangles;
  std::optional<KeptReport> kept;  ///< Empty if the package keeps none
  std::optional<FeaturesReport> features;
  std::vector<ModelReport> models;
  std::vector<CacheCost> cache_costs;  ///< Empty if there are problems
  std::vector<std::string> warnings;   ///< One line each
  std::vector<std::string> problems;   ///< One line each; empty if Avatar::Open succeeds
};

/// Checks the package `path` as Avatar::Open and Render do, but goes on after a problem, and
/// computes what each cache mode would hold for one pass over its frames. Does not throw for
/// anything that is wrong with the package.
MOUTHPIECE_EXPORT PackageReport InspectPackage(const std::filesystem::path& path);

/// The report as lines of text for people.
MOUTHPIECE_EXPORT std::string ReportToText(const PackageReport& report);

/// The report as a JSON document (schema "mouthpiece.inspect/1").
MOUTHPIECE_EXPORT std::string ReportToJson(const PackageReport& report);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_INSPECT_H_

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
  int keyframes = 0;    ///< At which decoding can start; 0 for images
  uint64_t bytes = 0;   ///< On disk

  // What the files say of their pictures, in words; "not given" where they say nothing.
  std::string codec;        ///< FFmpeg's name
  std::string orientation;  ///< "upright", "turned by 90 degrees" ...: pictures are made upright
  Rational sample_aspect{1, 1};  ///< Width over height of a pixel
  std::string pixel_format;      ///< FFmpeg's name, or "colour", "grey", "palette", "CMYK"
  int bit_depth = 8;
  bool has_alpha = false;
  std::string range;           ///< "limited" or "full"
  std::string matrix;          ///< "BT.601", "BT.709" ...
  std::string transfer;        ///< "BT.709", "HLG", "PQ" ...
  std::string primaries;       ///< "BT.709", "BT.2020" ...
  std::string field_order;     ///< "progressive", "top field first", "bottom field first"
  int uneven_frames = 0;       ///< Shown for longer or shorter than the others
  int hidden_frames = 0;       ///< Left out because an edit list says so
  int undecodable_frames = 0;  ///< Left out because what they refer to was cut off
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
  uint64_t bytes = 0;  ///< With those of its weights that are in other files
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

// What is in an avatar package, or in a file of speech, and what is wrong with it.
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
  int video_tracks = 0;        ///< Of the file, of which one is taken; 0 for images
  int audio_tracks = 0;        ///< Which are not used
  int other_tracks = 0;        ///< Covers, subtitles, time codes ...
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

/// The files that `mouthpiece prepare` makes (prepare.h).
struct PreparedReport {
  std::filesystem::path path;     ///< Of decoded frames: where it is, or would be
  uint64_t bytes = 0;             ///< Of it, there or not
  bool is_there = false;          ///< And fits the package
  std::filesystem::path weights;  ///< Of packed weights; empty: not there
  uint64_t weights_bytes = 0;
  std::vector<std::filesystem::path> backgrounds;  ///< Of what JPEG files take over
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
  std::vector<CacheCost> cache_costs;      ///< Empty if there are problems
  std::optional<PreparedReport> prepared;  ///< Empty likewise
  std::vector<std::string> warnings;       ///< One line each
  std::vector<std::string> problems;       ///< One line each; empty if Avatar::Open succeeds
};

/// Checks the package `path` as Avatar::Open and Render do, but goes on after a problem, and
/// computes what each cache mode would hold for one pass over its frames. Does not throw for
/// anything that is wrong with the package.
MOUTHPIECE_EXPORT PackageReport InspectPackage(const std::filesystem::path& path);

/// The report as lines of text for people.
MOUTHPIECE_EXPORT std::string ReportToText(const PackageReport& report);

/// The report as a JSON document (schema "mouthpiece.inspect/1").
MOUTHPIECE_EXPORT std::string ReportToJson(const PackageReport& report);

/// One of a file's audio tracks, as the file describes it.
struct AudioTrackReport {
  int number = 0;     ///< From 1, as --audio-track counts
  std::string codec;  ///< FFmpeg's name
  int sample_rate = 0;
  int channels = 0;
  std::string layout;    ///< FFmpeg's name: "mono", "stereo", "5.1", "3 channels" ...
  std::string language;  ///< Empty: not given, as is the title
  std::string title;
  double start_s = 0;     ///< How much later than the file it begins
  double duration_s = 0;  ///< 0: not given
  bool is_heard = false;  ///< It moves the mouth
};

struct SoundReport {
  std::filesystem::path path;
  std::vector<AudioTrackReport> tracks;
  int64_t speech_samples = 0;         ///< At 16 kHz, of the track that is heard
  int64_t frame_count = 0;            ///< That a render of it has at 25 frames a second
  std::vector<std::string> warnings;  ///< Those of a render, one line each
  std::vector<std::string> problems;  ///< One line each; empty if it can be heard
};

/// Decodes the sound of a file to its end, of its audio track `track`, from 1, or of the one that
/// FFmpeg calls the best (0). Does not throw for anything that is wrong with it.
MOUTHPIECE_EXPORT SoundReport InspectSound(const std::filesystem::path& path, int track = 0);

/// The report as lines of text for people.
MOUTHPIECE_EXPORT std::string ReportToText(const SoundReport& report);

/// The report as a JSON document (schema "mouthpiece.inspect_sound/1").
MOUTHPIECE_EXPORT std::string ReportToJson(const SoundReport& report);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_INSPECT_H_

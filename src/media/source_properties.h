// What a video's stream says of its pictures beside their number: read once, in one place, for all
// that must be done or said about it.
#ifndef MOUTHPIECE_MEDIA_SOURCE_PROPERTIES_H_
#define MOUTHPIECE_MEDIA_SOURCE_PROPERTIES_H_

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "image/frame.h"
#include "image/orientation.h"
#include "image/tone_curve.h"
#include "mouthpiece/types.h"

struct AVFormatContext;  // FFmpeg's
struct AVFrame;

namespace mouthpiece {

struct SourceProperties {
  std::string codec;         ///< FFmpeg's name
  std::string pixel_format;  ///< FFmpeg's name; empty: not known before decoding
  int stored_width = 0;      ///< As decoded, before they are turned
  int stored_height = 0;
  Orientation orientation;
  bool is_turned_oddly = false;  ///< By something other than quarter turns, which is not done
  Rational sample_aspect{1, 1};  ///< Width over height of a pixel as shown
  int bit_depth = 8;
  bool has_alpha = false;
  bool is_rgb = false;
  ColorTags color;  ///< As the file gives them
  FieldOrder field_order = FieldOrder::kUnknown;
  int dolby_vision_profile = 0;  ///< 0: none
  bool has_two_views = false;    ///< Stereoscopic
  bool is_panorama = false;      ///< Of a sphere, or a part of one
  bool is_encrypted = false;
  std::string clean_aperture;  ///< What QuickTime shows of the pictures: "180x140"; empty: all
  bool is_joined = false;      ///< Another file follows byte by byte
  int video_streams = 1;       ///< Cover pictures left aside
  int audio_streams = 0;
  int other_streams = 0;  ///< Covers, subtitles, time codes ...

  Rational stated_rate;        ///< What the file says, before time stamps are looked at
  int uneven_frames = 0;       ///< Shown for longer or shorter than one over the frame rate
  int hidden_frames = 0;       ///< Left out because the container's edit list says so
  int undecodable_frames = 0;  ///< Left out, since they refer to frames that the file lacks

  DynamicRange dynamic_range() const;
};

/// Reads the properties of stream `number` except for those of its time stamps and frames.
SourceProperties ReadSourceProperties(const AVFormatContext& input, int number);

/// Adds what its first picture says: what the stream leaves open, and colours as they are decoded.
void AddFrameProperties(const AVFrame& frame, SourceProperties& properties);

/// The tags that pictures have once they are 8-bit YUV 4:2:0 in the standard range.
ColorTags TagsWhenDecoded(const SourceProperties& properties);

/// The order of fields once pictures are upright: unknown where turning mixes them.
FieldOrder FieldsWhenDecoded(const SourceProperties& properties);

/// The rate of frames that are shown at `times`, ascending and at most 2^62 from 0, in units of
/// `time_base` seconds: that at which three in four of them are shown, `stated` if it is that, else
/// their mean. Sets `uneven` to the number of frames that are shown for longer or shorter by more
/// than a tenth.
Rational RateOf(std::span<const int64_t> times, Rational time_base, Rational stated, int& uneven);

/// For people and programs: "BT.709", "limited", "top field first" ...
std::string MatrixName(int matrix);
std::string TransferName(int transfer);
std::string PrimariesName(int primaries);
const char* RangeName(ColorRange range);
const char* FieldOrderName(FieldOrder order);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_MEDIA_SOURCE_PROPERTIES_H_

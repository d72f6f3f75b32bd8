#include "media/source_properties.h"

#include <string_view>
extern "C" {
#include <libavutil/display.h>
#include <libavutil/dovi_meta.h>
#include <libavutil/spherical.h>
#include <libavutil/stereo3d.h>
}

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <span>

#include "media/ffmpeg.h"
#include "media/ffmpeg_lists.h"

namespace mouthpiece {
namespace {

// Code points of ITU-T H.273.
constexpr int kRgb = 0;
constexpr int kBt709 = 1;
constexpr int kNotGiven = 2;
constexpr int kBt601Wide = 5;
constexpr int kBt601 = 6;
constexpr int kPqTransfer = 16;
constexpr int kHlgTransfer = 18;

template <typename T>
const T* SideData(const AVStream& stream, AVPacketSideDataType type) {
  const std::span<const uint8_t> data = media::SideDataOf(stream, type);
  return data.size() >= sizeof(T) ? reinterpret_cast<const T*>(data.data()) : nullptr;
}

struct DisplayMatrix {
  int32_t values[9];
};

/// The matrix takes a stored pixel (x, y) to (a x + c y, b x + d y).
void ReadOrientation(const DisplayMatrix& matrix, SourceProperties& properties) {
  const int32_t a = matrix.values[0];
  const int32_t b = matrix.values[1];
  const int32_t c = matrix.values[3];
  const int32_t d = matrix.values[4];
  if (b == 0 && c == 0 && a != 0 && d != 0) {
    properties.orientation = {false, a < 0, d < 0};
  } else if (a == 0 && d == 0 && b != 0 && c != 0) {
    properties.orientation = {true, c < 0, b < 0};
  } else {
    properties.is_turned_oddly = true;
  }
}

template <typename T>
const T* SideData(const AVFrame& frame, AVFrameSideDataType type) {
  const AVFrameSideData* data = av_frame_get_side_data(&frame, type);
  return data != nullptr && data->size >= sizeof(T) ? reinterpret_cast<const T*>(data->data)
                                                    : nullptr;
}

void ReadAspect(AVRational aspect, SourceProperties& properties) {
  if (aspect.num <= 0 || aspect.den <= 0) return;
  properties.sample_aspect = properties.orientation.is_transposed
                                 ? Rational{aspect.den, aspect.num}
                                 : Rational{aspect.num, aspect.den};
}

/// VP8 and VP9 have alpha in a second stream, which only the container tells of.
bool HasAlphaMode(const AVStream& stream) {
  const AVDictionaryEntry* const mode = av_dict_get(stream.metadata, "alpha_mode", nullptr, 0);
  return mode != nullptr && std::string_view(mode->value) == "1";
}

void ReadPixelFormat(int number, SourceProperties& properties) {
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(number));
  if (description == nullptr) return;
  properties.pixel_format = description->name;
  properties.bit_depth = description->comp[0].depth;
  properties.is_rgb = (description->flags & AV_PIX_FMT_FLAG_RGB) != 0;
  properties.has_alpha |= (description->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
}

void CountStreams(const AVFormatContext& input, SourceProperties& properties) {
  properties.video_streams = 0;
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    const AVStream& stream = *input.streams[i];
    const bool is_cover = (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    if (stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_cover) {
      ++properties.video_streams;
    } else if (stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO) {
      ++properties.audio_streams;
    } else {
      ++properties.other_streams;
    }
  }
}

FieldOrder ReadFieldOrder(AVFieldOrder order) {
  switch (order) {
    case AV_FIELD_PROGRESSIVE:
      return FieldOrder::kProgressive;
    case AV_FIELD_TT:
    case AV_FIELD_BT:  // Coded bottom first, shown top first
      return FieldOrder::kTopFirst;
    case AV_FIELD_BB:
    case AV_FIELD_TB:
      return FieldOrder::kBottomFirst;
    case AV_FIELD_UNKNOWN:
      break;
  }
  return FieldOrder::kUnknown;
}

/// Ticks of `time_base` a frame takes; 0 if there is no rate.
double TicksAFrame(Rational rate, Rational time_base) {
  return rate.num > 0 && rate.den > 0 ? 1 / rate.value() / time_base.value() : 0;
}

struct Steps {
  int64_t count = 0;
  int64_t ticks = 0;  ///< Of all of them
};

/// Those of `shown` that are as long as `ticks` but for a tenth or, since stamps are rounded, one.
Steps StepsLike(const std::vector<int64_t>& shown, double ticks) {
  const double allowed = std::max(0.1 * ticks, 1.0) + 1e-6;
  Steps steps;
  for (const int64_t step : shown) {
    if (std::abs(static_cast<double>(step) - ticks) > allowed) continue;
    ++steps.count;
    steps.ticks += step;
  }
  return steps;
}

/// `stated`, or else a rate in common use, at which `steps` take as long but for half a frame and
/// `share` of the whole; 0/1 if there is none.
Rational NearestCommon(const Steps& steps, Rational time_base, Rational stated, double share) {
  constexpr Rational kCommon[] = {{25, 1}, {30, 1}, {24, 1},       {30000, 1001}, {24000, 1001},
                                  {50, 1}, {60, 1}, {60000, 1001}, {15, 1},       {20, 1}};
  std::vector<Rational> rates{stated};
  rates.insert(rates.end(), std::begin(kCommon), std::end(kCommon));
  for (const Rational rate : rates) {
    const double ticks = TicksAFrame(rate, time_base);
    const double off =
        std::abs(static_cast<double>(steps.ticks) - static_cast<double>(steps.count) * ticks);
    const double whole = static_cast<double>(steps.count) * ticks;
    if (ticks > 0 && off <= std::min(std::max(0.5 * ticks, 1.0), share * whole + 1)) return rate;
  }
  return {0, 1};
}

}  // namespace

DynamicRange SourceProperties::dynamic_range() const {
  if (color.transfer == kHlgTransfer) return DynamicRange::kHlg;
  return color.transfer == kPqTransfer ? DynamicRange::kPq : DynamicRange::kStandard;
}

SourceProperties ReadSourceProperties(const AVFormatContext& input, int number) {
  const AVStream& stream = *input.streams[number];
  const AVCodecParameters& parameters = *stream.codecpar;
  SourceProperties properties;
  properties.codec = avcodec_get_name(parameters.codec_id);
  properties.stored_width = parameters.width;
  properties.stored_height = parameters.height;
  if (const auto* matrix = SideData<DisplayMatrix>(stream, AV_PKT_DATA_DISPLAYMATRIX)) {
    ReadOrientation(*matrix, properties);
  }
  // The container's word comes before the codec's, as in players.
  const AVRational container = stream.sample_aspect_ratio;
  ReadAspect(container.num > 0 ? container : parameters.sample_aspect_ratio, properties);
  ReadPixelFormat(parameters.format, properties);
  properties.color = media::ColorTagsOf(parameters);
  properties.color.matrix = parameters.color_space;
  properties.field_order = ReadFieldOrder(parameters.field_order);
  if (const auto* dolby =
          SideData<AVDOVIDecoderConfigurationRecord>(stream, AV_PKT_DATA_DOVI_CONF)) {
    properties.dolby_vision_profile = dolby->dv_profile;
  }
  if (const auto* views = SideData<AVStereo3D>(stream, AV_PKT_DATA_STEREO3D)) {
    properties.has_two_views = views->type != AV_STEREO3D_2D;
  }
  properties.is_panorama = SideData<AVSphericalMapping>(stream, AV_PKT_DATA_SPHERICAL) != nullptr;
  properties.is_encrypted = !media::SideDataOf(stream, AV_PKT_DATA_ENCRYPTION_INIT_INFO).empty();
  CountStreams(input, properties);
  properties.has_alpha |= HasAlphaMode(*input.streams[number]);
  return properties;
}

void AddFrameProperties(const AVFrame& frame, SourceProperties& properties) {
  if (properties.orientation.is_upright() && !properties.is_turned_oddly) {
    if (const auto* matrix = SideData<DisplayMatrix>(frame, AV_FRAME_DATA_DISPLAYMATRIX)) {
      ReadOrientation(*matrix, properties);
      ReadAspect({properties.sample_aspect.num, properties.sample_aspect.den}, properties);
    }
  }
  if (properties.sample_aspect == Rational{1, 1}) {
    ReadAspect(frame.sample_aspect_ratio, properties);
  }
  if (properties.pixel_format.empty()) ReadPixelFormat(frame.format, properties);
  // Containers count in two ways: what they call "top first" may mean how fields are stored.
  const FieldOrder fields = media::FieldsOf(frame);
  if (fields != FieldOrder::kUnknown) properties.field_order = fields;
  ColorTags& color = properties.color;
  if (frame.color_range == AVCOL_RANGE_JPEG) color.range = ColorRange::kFull;
  if (frame.color_range == AVCOL_RANGE_MPEG) color.range = ColorRange::kLimited;
  // Players take the decoder's word where it has one: an MJPEG is BT.601 whatever its container
  // says, and H.264 may name another curve than the one for players of old.
  if (frame.color_primaries != AVCOL_PRI_UNSPECIFIED) color.primaries = frame.color_primaries;
  if (frame.colorspace != AVCOL_SPC_UNSPECIFIED) color.matrix = frame.colorspace;
  if (frame.color_trc != AVCOL_TRC_UNSPECIFIED) color.transfer = frame.color_trc;
  if (properties.is_rgb && color.matrix == kNotGiven) color.matrix = kRgb;
  if (const auto* views = SideData<AVStereo3D>(frame, AV_FRAME_DATA_STEREO3D)) {
    properties.has_two_views |= views->type != AV_STEREO3D_2D;
  }
}

ColorTags TagsWhenDecoded(const SourceProperties& properties) {
  ColorTags tags = properties.color;
  if (properties.is_rgb || tags.matrix == kRgb) tags.matrix = kBt601Wide;  // see ToYuv420
  if (properties.dynamic_range() != DynamicRange::kStandard) tags.transfer = kBt709;
  if (!properties.orientation.is_upright()) tags.chroma_location = 0;
  return tags;
}

FieldOrder FieldsWhenDecoded(const SourceProperties& properties) {
  const Orientation& orientation = properties.orientation;
  const bool mixes = orientation.is_transposed || orientation.flips_y;
  return mixes && IsInterlaced(properties.field_order) ? FieldOrder::kUnknown
                                                       : properties.field_order;
}

Rational RateOf(std::span<const int64_t> times, Rational time_base, Rational stated, int& uneven) {
  uneven = 0;
  if (times.size() < 2 || time_base.num <= 0 || time_base.den <= 0) return stated;
  std::vector<int64_t> shown;
  for (size_t i = 1; i < times.size(); ++i) shown.push_back(times[i] - times[i - 1]);
  const auto frames = static_cast<int64_t>(shown.size());

  Steps steps = StepsLike(shown, TicksAFrame(stated, time_base));
  if (4 * steps.count < 3 * frames) {
    std::vector<int64_t> sorted = shown;
    const auto middle = sorted.begin() + frames / 2;
    std::nth_element(sorted.begin(), middle, sorted.end());
    steps = StepsLike(shown, static_cast<double>(*middle));
  }
  double share = 0.02;
  if (4 * steps.count < 3 * frames) {
    steps = {frames, times.back() - times.front()};
    share = 1;  // how long the last frame is shown is not known
  }

  Rational rate = NearestCommon(steps, time_base, stated, share);
  if (rate.num <= 0 || rate.den <= 0) {
    int64_t duration = 0;  // in units of one over time_base.den seconds
    if (__builtin_mul_overflow(steps.ticks, int64_t{time_base.num}, &duration)) {
      rate = stated;
    } else {
      av_reduce(&rate.num, &rate.den, steps.count * time_base.den, duration, 1 << 20);
    }
  }
  uneven = static_cast<int>(frames - StepsLike(shown, TicksAFrame(rate, time_base)).count);
  return rate;
}

std::string MatrixName(int matrix) {
  switch (matrix) {
    case kRgb:
      return "RGB";
    case kBt709:
      return "BT.709";
    case kNotGiven:
      return "not given";
    case kBt601Wide:
    case kBt601:
      return "BT.601";
    case AVCOL_SPC_BT2020_NCL:
      return "BT.2020";
    default:
      break;
  }
  const char* name = av_color_space_name(static_cast<AVColorSpace>(matrix));
  return name != nullptr ? name : std::to_string(matrix);
}

std::string TransferName(int transfer) {
  switch (transfer) {
    case kBt709:
      return "BT.709";
    case kNotGiven:
      return "not given";
    case kBt601:
      return "BT.601";
    case kPqTransfer:
      return "PQ";
    case kHlgTransfer:
      return "HLG";
    default:
      break;
  }
  const char* name = av_color_transfer_name(static_cast<AVColorTransferCharacteristic>(transfer));
  return name != nullptr ? name : std::to_string(transfer);
}

std::string PrimariesName(int primaries) {
  switch (primaries) {
    case kBt709:
      return "BT.709";
    case kNotGiven:
      return "not given";
    case kBt601Wide:
    case kBt601:
      return "BT.601";
    case AVCOL_PRI_BT2020:
      return "BT.2020";
    case AVCOL_PRI_SMPTE431:
      return "DCI-P3";
    case AVCOL_PRI_SMPTE432:
      return "Display P3";
    default:
      break;
  }
  const char* name = av_color_primaries_name(static_cast<AVColorPrimaries>(primaries));
  return name != nullptr ? name : std::to_string(primaries);
}

const char* RangeName(ColorRange range) { return range == ColorRange::kFull ? "full" : "limited"; }

const char* FieldOrderName(FieldOrder order) {
  switch (order) {
    case FieldOrder::kProgressive:
      return "progressive";
    case FieldOrder::kTopFirst:
      return "top field first";
    case FieldOrder::kBottomFirst:
      return "bottom field first";
    case FieldOrder::kUnknown:
      break;
  }
  return "not given";
}

}  // namespace mouthpiece

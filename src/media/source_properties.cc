#include "media/source_properties.h"

extern "C" {
#include <libavutil/display.h>
#include <libavutil/dovi_meta.h>
#include <libavutil/stereo3d.h>
}

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "media/ffmpeg.h"

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
  size_t size = 0;
  const uint8_t* data = av_stream_get_side_data(&stream, type, &size);
  return data != nullptr && size >= sizeof(T) ? reinterpret_cast<const T*>(data) : nullptr;
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

std::string RateText(Rational rate) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.6g", rate.value());
  return text;
}

/// Ticks of `time_base` a frame takes.
double TicksAFrame(Rational rate, Rational time_base) {
  return 1 / rate.value() / time_base.value();
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
  const AVRational aspect = container.num > 0 ? container : parameters.sample_aspect_ratio;
  if (aspect.num > 0 && aspect.den > 0) {
    properties.sample_aspect = properties.orientation.is_transposed
                                   ? Rational{aspect.den, aspect.num}
                                   : Rational{aspect.num, aspect.den};
  }
  const auto format = static_cast<AVPixelFormat>(parameters.format);
  if (const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format)) {
    properties.pixel_format = description->name;
    properties.bit_depth = description->comp[0].depth;
    properties.is_rgb = (description->flags & AV_PIX_FMT_FLAG_RGB) != 0;
    properties.has_alpha = (description->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
  }
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
  properties.video_streams = 0;
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    const bool is_cover = (input.streams[i]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    if (input.streams[i]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_cover) {
      ++properties.video_streams;
    }
  }
  return properties;
}

ColorTags TagsWhenDecoded(const SourceProperties& properties) {
  ColorTags tags = properties.color;
  if (properties.is_rgb || tags.matrix == kRgb) tags.matrix = kBt601Wide;  // see ToYuv420
  if (properties.dynamic_range() != DynamicRange::kStandard) tags.transfer = kBt709;
  if (!properties.orientation.is_upright()) tags.chroma_location = 0;
  return tags;
}

Rational RateOf(std::span<const int64_t> times, Rational time_base, Rational stated, int& uneven) {
  uneven = 0;
  if (times.size() < 2 || time_base.num <= 0 || time_base.den <= 0) return stated;
  const auto steps = static_cast<double>(times.size() - 1);
  const auto span = static_cast<double>(times.back() - times.front());
  const auto fits = [&](Rational rate) {
    if (rate.num <= 0 || rate.den <= 0) return false;
    const double ticks = TicksAFrame(rate, time_base);
    return std::abs(span - steps * ticks) <= std::max(0.5 * ticks, 1.0);
  };
  Rational rate = stated;
  if (!fits(rate)) {
    int num = 0;
    int den = 1;
    const auto frames = static_cast<int64_t>(times.size() - 1);
    av_reduce(&num, &den, frames * time_base.den, (times.back() - times.front()) * time_base.num,
              1 << 20);
    rate = {num, den};
    for (const Rational common : {Rational{25, 1},
                                  {30, 1},
                                  {24, 1},
                                  {30000, 1001},
                                  {24000, 1001},
                                  {50, 1},
                                  {60, 1},
                                  {60000, 1001},
                                  {15, 1},
                                  {20, 1}}) {
      if (fits(common)) {
        rate = common;
        break;
      }
    }
  }
  if (rate.num <= 0 || rate.den <= 0) return rate;
  const double ticks = TicksAFrame(rate, time_base);
  const double allowed = std::max(0.1 * ticks, 1.0) + 1e-6;  // stamps are rounded to ticks
  for (size_t i = 1; i < times.size(); ++i) {
    const auto shown = static_cast<double>(times[i] - times[i - 1]);
    if (std::abs(shown - ticks) > allowed) ++uneven;
  }
  return rate;
}

std::vector<std::string> WarningsOf(const std::filesystem::path& path,
                                    const SourceProperties& properties, Rational rate) {
  const SourceProperties& p = properties;
  std::vector<std::string> warnings;
  const auto warn = [&](const std::string& what) {
    warnings.push_back(path.string() + ": " + what);
  };
  if (p.undecodable_frames > 0) {
    warn("its first " + std::to_string(p.undecodable_frames) +
         " frames refer to frames that were cut off before them: they are left out");
  }
  if (p.is_turned_oddly) warn("asks to be turned by no quarter turn: it is shown as it is stored");
  if (p.uneven_frames > 0) {
    warn(std::to_string(p.uneven_frames) +
         " frames are shown for longer or shorter than the others: all are played evenly, at " +
         RateText(rate) + " frames a second");
  }
  if (p.sample_aspect.num != p.sample_aspect.den) {
    warn("its pixels are " + std::to_string(p.sample_aspect.num) + ":" +
         std::to_string(p.sample_aspect.den) +
         " as wide as high: they are shown as squares; scale it to square pixels before");
  }
  if (p.field_order == FieldOrder::kTopFirst || p.field_order == FieldOrder::kBottomFirst) {
    warn(std::string("is interlaced (") + FieldOrderName(p.field_order) +
         "): both fields of a frame are shown at once; deinterlace it before");
  }
  if (p.has_alpha) warn("has transparency: it is left out");
  if (p.dynamic_range() != DynamicRange::kStandard) {
    warn("has a high dynamic range (" + TransferName(p.color.transfer) +
         "): it is mapped to the standard range");
  }
  if (p.dolby_vision_profile == 5) {
    warn("is Dolby Vision of profile 5, whose colours are not known here: they will be wrong");
  }
  if (p.has_two_views) warn("is stereoscopic: both views are shown as they are stored");
  if (p.video_streams > 1) {
    warn("holds " + std::to_string(p.video_streams) + " videos: the best of them is taken");
  }
  const int matrix = TagsWhenDecoded(p).matrix;
  if (matrix != kNotGiven && matrix != kBt601Wide && matrix != kBt601) {
    warn(
        "is " + MatrixName(matrix) +
        ": videos and y4m keep that, but PNG, JPEG and BGR pictures are made as if it were BT.601, "
        "so that their colours differ a little");
  }
  return warnings;
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

#include "media/clean_start.h"

#include <algorithm>
#include <new>
#include <vector>

namespace mouthpiece::media {
namespace {

using Bytes = std::span<const uint8_t>;

/// Takes the next NAL unit off `data`; empty at the end.
Bytes TakeNalUnit(Bytes& data, int length_bytes) {
  if (length_bytes > 0) {
    const auto prefix = static_cast<size_t>(length_bytes);
    if (data.size() < prefix) return {};
    size_t size = 0;
    for (size_t i = 0; i < prefix; ++i) size = size << 8 | data[i];
    data = data.subspan(prefix);
    const Bytes unit = data.first(std::min(size, data.size()));
    data = data.subspan(unit.size());
    return unit;
  }
  constexpr uint8_t kStartCode[] = {0, 0, 1};
  const auto at =
      std::search(data.begin(), data.end(), std::begin(kStartCode), std::end(kStartCode));
  if (data.end() - at <= 3) return {};
  const auto begin = at + 3;
  const auto end = std::search(begin, data.end(), std::begin(kStartCode), std::end(kStartCode));
  const Bytes unit(begin, end);
  data = Bytes(end, data.end());
  return unit;
}

/// `unit` without the bytes that keep start codes out of it.
std::vector<uint8_t> Unescaped(Bytes unit) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < unit.size(); ++i) {
    const size_t n = bytes.size();
    if (unit[i] == 3 && n >= 2 && i >= 2 && unit[i - 1] == 0 && unit[i - 2] == 0) continue;
    bytes.push_back(unit[i]);
  }
  return bytes;
}

/// recovery_frame_cnt, coded as ue(v), is 0 when the first bit is set; then come exact_match_flag
/// and broken_link_flag (H.264, D.1.8).
bool IsExactAtOnce(Bytes payload) {
  constexpr uint8_t kFirstThree = 0xe0;
  constexpr uint8_t kZeroExactWhole = 0xc0;
  return !payload.empty() && (payload[0] & kFirstThree) == kZeroExactWhole;
}

/// Whether a supplemental unit of H.264 holds a recovery point that is exact at once.
bool HasExactRecoveryPoint(Bytes unit) {
  constexpr size_t kRecoveryPoint = 6;
  const std::vector<uint8_t> bytes = Unescaped(unit);
  Bytes left = Bytes(bytes).subspan(1);
  const auto take_number = [&left] {
    size_t number = 0;
    while (!left.empty()) {
      const uint8_t byte = left.front();
      left = left.subspan(1);
      number += byte;
      if (byte != 0xff) break;
    }
    return number;
  };
  while (left.size() > 2) {
    const size_t type = take_number();
    const size_t stated = take_number();  // first: it shortens what is left
    const size_t size = std::min(stated, left.size());
    if (type == kRecoveryPoint) return IsExactAtOnce(left.first(size));
    left = left.subspan(size);
  }
  return false;
}

bool IsCleanH264(Bytes data, int length_bytes) {
  constexpr int kSlice = 1;
  constexpr int kIdrSlice = 5;
  constexpr int kSupplement = 6;
  bool is_exact = false;
  for (Bytes unit = TakeNalUnit(data, length_bytes); !unit.empty();
       unit = TakeNalUnit(data, length_bytes)) {
    const int type = unit[0] & 31;
    if (type == kIdrSlice) return true;
    if (type == kSupplement) is_exact = is_exact || HasExactRecoveryPoint(unit);
    if (type >= kSlice && type < kIdrSlice) return is_exact;
  }
  return false;
}

bool IsCleanHevc(Bytes data, int length_bytes) {
  constexpr int kFirstRandomAccess = 16;
  constexpr int kLastRandomAccess = 21;
  constexpr int kLastSlice = 31;
  for (Bytes unit = TakeNalUnit(data, length_bytes); !unit.empty();
       unit = TakeNalUnit(data, length_bytes)) {
    const int type = unit[0] >> 1 & 63;
    if (type <= kLastSlice) return type >= kFirstRandomAccess && type <= kLastRandomAccess;
  }
  return false;
}

/// Of the configuration that MP4 and Matroska keep apart, the size of lengths; raw streams have
/// none and start with zeros.
int LengthBytes(const AVCodecParameters& parameters, int at) {
  if (parameters.extradata_size <= at || parameters.extradata[0] != 1) return 0;
  return (parameters.extradata[at] & 3) + 1;
}

}  // namespace

CleanStarts::CleanStarts(const AVCodecParameters& parameters) : codec_(parameters.codec_id) {
  constexpr int kAvcLengthAt = 4;
  constexpr int kHevcLengthAt = 21;
  if (codec_ == AV_CODEC_ID_H264) length_bytes_ = LengthBytes(parameters, kAvcLengthAt);
  if (codec_ == AV_CODEC_ID_HEVC) length_bytes_ = LengthBytes(parameters, kHevcLengthAt);
  const AVCodecDescriptor* descriptor = avcodec_descriptor_get(codec_);
  // FFV1 calls itself intra-only, but may carry its statistics from frame to frame.
  is_intra_only_ = descriptor != nullptr && (descriptor->props & AV_CODEC_PROP_INTRA_ONLY) != 0 &&
                   codec_ != AV_CODEC_ID_FFV1;
  parser_.reset(av_parser_init(codec_));
  context_.reset(avcodec_alloc_context3(nullptr));
  if (!context_) throw std::bad_alloc();
  if (avcodec_parameters_to_context(context_.get(), &parameters) < 0) throw std::bad_alloc();
  if (parser_) parser_->flags |= PARSER_FLAG_COMPLETE_FRAMES;
}

bool CleanStarts::IsClean(const AVPacket& packet) {
  const Bytes data(packet.data, static_cast<size_t>(packet.size));
  if (codec_ == AV_CODEC_ID_H264) return IsCleanH264(data, length_bytes_);
  if (codec_ == AV_CODEC_ID_HEVC) return IsCleanHevc(data, length_bytes_);
  if (is_intra_only_) return true;
  if (!parser_) return false;
  uint8_t* frame = nullptr;
  int size = 0;
  parser_->pict_type = AV_PICTURE_TYPE_NONE;
  parser_->key_frame = -1;
  av_parser_parse2(parser_.get(), context_.get(), &frame, &size, packet.data, packet.size,
                   packet.pts, packet.dts, packet.pos);
  return parser_->key_frame == 1 ||
         (parser_->key_frame == -1 && parser_->pict_type == AV_PICTURE_TYPE_I);
}

}  // namespace mouthpiece::media

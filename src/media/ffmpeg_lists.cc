#include "media/ffmpeg_lists.h"

namespace mouthpiece::media {
namespace {

#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)  // FFmpeg 7.1

template <typename T>
std::span<const T> Supported(const AVCodec& codec, AVCodecConfig config) {
  const void* values = nullptr;
  int count = 0;
  if (avcodec_get_supported_config(nullptr, &codec, config, 0, &values, &count) < 0) return {};
  return {static_cast<const T*>(values), values == nullptr ? 0 : static_cast<size_t>(count)};
}

#else

template <typename T>
std::span<const T> UpTo(const T* values, T end) {
  size_t count = 0;
  while (values != nullptr && values[count] != end) ++count;
  return {values, count};
}

#endif

}  // namespace

#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)

std::span<const int> SampleRatesOf(const AVCodec& codec) {
  return Supported<int>(codec, AV_CODEC_CONFIG_SAMPLE_RATE);
}

std::span<const AVSampleFormat> SampleFormatsOf(const AVCodec& codec) {
  return Supported<AVSampleFormat>(codec, AV_CODEC_CONFIG_SAMPLE_FORMAT);
}

std::span<const AVPixelFormat> PixelFormatsOf(const AVCodec& codec) {
  return Supported<AVPixelFormat>(codec, AV_CODEC_CONFIG_PIX_FORMAT);
}

#else

std::span<const int> SampleRatesOf(const AVCodec& codec) {
  return UpTo(codec.supported_samplerates, 0);
}

std::span<const AVSampleFormat> SampleFormatsOf(const AVCodec& codec) {
  return UpTo(codec.sample_fmts, AV_SAMPLE_FMT_NONE);
}

std::span<const AVPixelFormat> PixelFormatsOf(const AVCodec& codec) {
  return UpTo(codec.pix_fmts, AV_PIX_FMT_NONE);
}

#endif

#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)  // FFmpeg 6.1

FieldOrder FieldsOf(const AVFrame& frame) {
  if ((frame.flags & AV_FRAME_FLAG_INTERLACED) == 0) return FieldOrder::kUnknown;
  return (frame.flags & AV_FRAME_FLAG_TOP_FIELD_FIRST) != 0 ? FieldOrder::kTopFirst
                                                            : FieldOrder::kBottomFirst;
}

void SetFields(FieldOrder order, AVFrame& frame) {
  frame.flags &= ~(AV_FRAME_FLAG_INTERLACED | AV_FRAME_FLAG_TOP_FIELD_FIRST);
  if (IsInterlaced(order)) frame.flags |= AV_FRAME_FLAG_INTERLACED;
  if (order == FieldOrder::kTopFirst) frame.flags |= AV_FRAME_FLAG_TOP_FIELD_FIRST;
}

#else

FieldOrder FieldsOf(const AVFrame& frame) {
  if (frame.interlaced_frame == 0) return FieldOrder::kUnknown;
  return frame.top_field_first != 0 ? FieldOrder::kTopFirst : FieldOrder::kBottomFirst;
}

void SetFields(FieldOrder order, AVFrame& frame) {
  frame.interlaced_frame = IsInterlaced(order) ? 1 : 0;
  frame.top_field_first = order == FieldOrder::kTopFirst ? 1 : 0;
}

#endif

std::span<const uint8_t> SideDataOf(const AVStream& stream, AVPacketSideDataType type) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102)  // FFmpeg 6.1
  const AVPacketSideData* data = av_packet_side_data_get(stream.codecpar->coded_side_data,
                                                         stream.codecpar->nb_coded_side_data, type);
  return data == nullptr ? std::span<const uint8_t>() : std::span(data->data, data->size);
#else
  size_t size = 0;
  const uint8_t* data = av_stream_get_side_data(&stream, type, &size);
  return {data, data == nullptr ? 0 : size};
#endif
}

}  // namespace mouthpiece::media

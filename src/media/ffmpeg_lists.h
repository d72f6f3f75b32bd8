// What newer versions of FFmpeg's libraries tell in another way than 5.1 does. Only files of
// src/media include this.
#ifndef MOUTHPIECE_MEDIA_FFMPEG_LISTS_H_
#define MOUTHPIECE_MEDIA_FFMPEG_LISTS_H_

#include <cstdint>
#include <span>

#include "media/ffmpeg.h"

namespace mouthpiece::media {

/// What an encoder takes; empty when it says nothing, and perhaps takes all.
std::span<const int> SampleRatesOf(const AVCodec& codec);
std::span<const AVSampleFormat> SampleFormatsOf(const AVCodec& codec);
std::span<const AVPixelFormat> PixelFormatsOf(const AVCodec& codec);

/// The order of a picture's fields; unknown where they were taken at once.
FieldOrder FieldsOf(const AVFrame& frame);
void SetFields(FieldOrder order, AVFrame& frame);

/// Side data of a stream; empty when it has none of that type.
std::span<const uint8_t> SideDataOf(const AVStream& stream, AVPacketSideDataType type);

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_FFMPEG_LISTS_H_

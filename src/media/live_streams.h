// What live outputs are made of: H.264 and AAC in ticks of 48 kHz.
#ifndef MOUTHPIECE_MEDIA_LIVE_STREAMS_H_
#define MOUTHPIECE_MEDIA_LIVE_STREAMS_H_

#include <cstdint>

#include "media/ffmpeg.h"
#include "media/h264_headers.h"
#include "media/live_encoder.h"

namespace mouthpiece::media {

/// Numbers of the streams.
inline constexpr int kLiveVideo = 0;
inline constexpr int kLiveSound = 1;
inline constexpr AVRational kLiveTicks = {1, 48000};

/// Adds both to an output that has none.
void AddLiveStreams(AVFormatContext& output, const H264Headers& headers,
                    const AVCodecContext& sound);

/// Makes of an empty packet one that shows the access unit at `pts`, for `duration`.
void FillPacket(AVPacket& packet, const AccessUnit& unit, int64_t pts, int64_t duration);

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_LIVE_STREAMS_H_

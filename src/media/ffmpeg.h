// FFmpeg's C handles, each wrapped once. Only files of src/media include this.
#ifndef MOUTHPIECE_MEDIA_FFMPEG_H_
#define MOUTHPIECE_MEDIA_FFMPEG_H_

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/cancel.h"
#include "image/frame.h"
#include "mouthpiece/types.h"

namespace mouthpiece::media {

template <typename T, void (*Free)(T**)>
struct FreeByPointer {
  void operator()(T* p) const { Free(&p); }
};

using PacketPtr = std::unique_ptr<AVPacket, FreeByPointer<AVPacket, av_packet_free>>;
using FramePtr = std::unique_ptr<AVFrame, FreeByPointer<AVFrame, av_frame_free>>;
using CodecContextPtr =
    std::unique_ptr<AVCodecContext, FreeByPointer<AVCodecContext, avcodec_free_context>>;
using InputPtr =
    std::unique_ptr<AVFormatContext, FreeByPointer<AVFormatContext, avformat_close_input>>;
using ResamplerPtr = std::unique_ptr<SwrContext, FreeByPointer<SwrContext, swr_free>>;

struct FreeScaler {
  void operator()(SwsContext* p) const { sws_freeContext(p); }
};
using ScalerPtr = std::unique_ptr<SwsContext, FreeScaler>;

/// Sets two things of FFmpeg's that exist once a process; OpenInput does it. Its log becomes
/// silent: a library must not write to the caller's stderr, demuxers and decoders have no switch of
/// their own, and whatever goes wrong comes back as a return value that ends in an Error. And it
/// takes no block of 256 MiB or more: a few damaged bytes may claim gigabytes, no plane of a
/// picture needs them. A program that wants otherwise says so to FFmpeg after the first file was
/// opened.
void TameFfmpeg();

/// FFmpeg's own words for a negative return value.
std::string ErrorText(int code);

/// Opens a media file and reads its streams' parameters. Only local files: `path` is never taken
/// as a URL. `cancel`, which may be null and else outlives the input, ends waits for a pipe, once a
/// signal interrupts them. Throws Error: kBadMedia naming the file, kCancelled.
InputPtr OpenInput(const std::filesystem::path& path, const CancelToken* cancel = nullptr);

/// The same with bytes [start, end) of a file.
InputPtr OpenPartOfFile(const std::filesystem::path& path, int64_t start, int64_t end,
                        const CancelToken* cancel);

/// The same with what comes through standard input.
InputPtr OpenStandardInput(const CancelToken* cancel);

/// What users call standard input where a file is expected.
inline constexpr const char* kStandardInput = "-";

/// What messages call an input.
std::string NameOfInput(const std::filesystem::path& path);

/// The open decoder of a video stream of the file `path`, with `threads` >= 1 of frames each.
/// Throws Error naming the file: kBadMedia, kUnsupported when FFmpeg has none.
CodecContextPtr OpenVideoDecoder(const std::filesystem::path& path, const AVStream& stream,
                                 int threads, bool with_alpha = false);

/// avcodec_open2 without options, which no fork interrupts: it locks a list of the process.
int OpenCodec(AVCodecContext& context, const AVCodec& codec);

/// The tags that pictures of this stream have as 8-bit YUV 4:2:0.
ColorTags ColorTagsOf(const AVCodecParameters& parameters);

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_FFMPEG_H_

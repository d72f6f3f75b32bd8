// Every sink but that of image files: video, y4m, checksums, none.
#ifndef MOUTHPIECE_SINK_STREAM_SINKS_H_
#define MOUTHPIECE_SINK_STREAM_SINKS_H_

#include <memory>

#include "sink/sink.h"

namespace mouthpiece {

/// Video files, through media/video_writer.h.
std::unique_ptr<Sink> OpenVideoSink(const SinkOptions& options, const StreamFormat& format);

/// YUV4MPEG2: on standard output for "-", else a file.
std::unique_ptr<Sink> OpenY4mSink(const SinkOptions& options, const StreamFormat& format);

/// "hash:" or "hash:FILE": a line "output_index source_index md5" a frame (see media/frame_hash.h).
std::unique_ptr<Sink> OpenHashSink(const SinkOptions& options);

/// Drops everything.
std::unique_ptr<Sink> OpenNullSink();

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_STREAM_SINKS_H_

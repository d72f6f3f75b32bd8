// What a file of video is written with.
#ifndef MOUTHPIECE_SINK_WRITER_OPTIONS_H_
#define MOUTHPIECE_SINK_WRITER_OPTIONS_H_

#include "media/video_writer.h"
#include "sink/output_plan.h"
#include "sink/sink.h"

namespace mouthpiece {

/// What plan, job and format say of the pictures: no path, no sound, nothing of shards.
inline VideoWriterOptions WriterOptionsOf(const OutputPlan& plan, const SinkJob& job,
                                          const StreamFormat& format) {
  VideoWriterOptions writer;
  writer.name = plan.name;
  writer.width = format.width;
  writer.height = format.height;
  writer.frame_rate = format.frame_rate;
  writer.color = format.color;
  writer.has_alpha = format.has_alpha;
  writer.encode = plan.encode;
  writer.threads = job.threads;
  writer.cancel = job.cancel;
  return writer;
}

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_WRITER_OPTIONS_H_

#include <optional>
#include <utility>

#include "media/video_writer.h"
#include "sink/partial_output.h"
#include "sink/stream_sinks.h"

namespace mouthpiece {
namespace {

class VideoSink : public Sink {
 public:
  VideoSink(const SinkOptions& options, const StreamFormat& format)
      : file_(options.output, options.overwrite) {
    VideoWriterOptions writer;
    writer.name = options.output;
    writer.path = file_.path();
    writer.width = format.width;
    writer.height = format.height;
    writer.frame_rate = format.frame_rate;
    writer.color = format.color;
    writer.frame_count = options.frame_count;
    writer.encode = options.encode;
    writer.threads = options.threads;
    writer.audio = options.audio;
    writer.audio_start_s = options.audio_start_s;
    writer.audio_duration_s = options.audio_duration_s;
    writer.comment = options.comment;
    writer_.emplace(writer);
  }

  void Write(Frame frame) override { writer_->Write(std::move(frame)); }
  void Finish() override {
    writer_->Finish();
    file_.Commit();
  }
  int frames_held() const override { return VideoWriter::kMostLent; }
  SinkTimes times() const override {
    // The encoder has threads of its own.
    return {{writer_->encode_seconds(), {}}, {writer_->write_seconds(), {}}};
  }

 private:
  PartialFile file_;
  std::optional<VideoWriter> writer_;
};

}  // namespace

std::unique_ptr<Sink> OpenVideoSink(const SinkOptions& options, const StreamFormat& format) {
  return std::make_unique<VideoSink>(options, format);
}

}  // namespace mouthpiece

#include <optional>
#include <string>
#include <utility>

#include "base/partial_output.h"
#include "sink/sink.h"
#include "sink/sink_kinds.h"
#include "sink/writer_options.h"

namespace mouthpiece {
namespace {

/// Frames that encoders keep: libx264's lookahead, references and threads; some 90 were measured,
/// and some 35 more while one segment's encoder is emptied and the next one's fills.
constexpr int kEncoderFrames = 128;

VideoWriterOptions OptionsOf(const OutputPlan& plan, const SinkJob& job,
                             const StreamFormat& format) {
  VideoWriterOptions writer = WriterOptionsOf(plan, job, format);
  writer.sample_aspect = format.sample_aspect;
  writer.field_order = format.field_order;
  writer.frame_count = job.frame_count;
  return writer;
}

class VideoSink : public Sink {
 public:
  VideoSink(const OutputPlan& plan, const SinkJob& job, const StreamFormat& format)
      : file_(plan.file, {plan.overwrite, job.inputs}) {
    VideoWriterOptions writer = OptionsOf(plan, job, format);
    writer.path = file_.path();
    writer.audio = job.sound;
    writer.sound = job.decoded_sound;
    writer.audio_start_s = job.sound_start_s;
    writer.audio_duration_s = job.sound_duration_s;
    writer.metadata = plan.metadata;
    if (!job.comment.empty()) writer.metadata.emplace_back("comment", job.comment);
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

std::unique_ptr<Sink> Open(const OutputPlan& plan, const SinkJob& job, const StreamFormat& format) {
  return std::make_unique<VideoSink>(plan, job, format);
}

void Check(const OutputPlan& plan, const SinkJob& job, const StreamFormat& format) {
  const PartialFile file(plan.file, {plan.overwrite, job.inputs});
  CheckVideoEncoder(OptionsOf(plan, job, format));
}

std::string Describe(const OutputPlan& plan, int threads) {
  return DescribeEncoding(plan.name, plan.encode, threads);
}

bool IsTransparent(const OutputPlan& plan) { return CarriesAlpha(plan.name, plan.encode); }

}  // namespace

std::optional<OutputPlan> PlanVideo(const OutputName& name) {
  const std::string container = VideoSuffixOf(name.path);
  if (container.empty() || !name.path.has_filename()) return std::nullopt;
  if (name.is_folder) RefuseFolder(name, "a video");
  OutputPlan plan;
  plan.kind = "video";
  plan.container = container;
  plan.takes_sound = true;
  plan.takes_encoder = true;
  plan.takes_comment = true;
  plan.segment_frames = VideoWriter::kSegmentFrames;
  plan.encoder_frames = kEncoderFrames;
  plan.file = name.path;
  plan.open = Open;
  plan.check = Check;
  plan.carries_alpha = IsTransparent;
  plan.describe_encoding = Describe;
  return plan;
}

}  // namespace mouthpiece

#include <string>

#include "base/timing.h"
#include "mouthpiece/error.h"
#include "sink/image_encoder.h"
#include "sink/image_pattern.h"
#include "sink/sink.h"
#include "sink/sink_kinds.h"
#include "sink/target_file.h"

namespace mouthpiece {
namespace {

/// Throws Error when there is more than the one frame that the file can show.
void CheckCount(const OutputPlan& plan, const SinkJob& job) {
  if (job.frame_count <= 1 && !job.may_be_more) return;
  throw Error(ErrorCode::kInvalidArgument,
              plan.name + ": names one image, and every frame needs its own: " +
                  NumberedName(plan.file) + "; --frames A:B of one frame is one image");
}

/// The one frame of a job as an image.
class StillSink : public Sink {
 public:
  StillSink(const OutputPlan& plan, const SinkJob& job, const StreamFormat& format)
      : nothing_kept_(0),
        encoder_(CreateImageEncoder(*ImageFormatOf(plan.file), format, plan.encode.quality,
                                    nothing_kept_)),
        file_(plan.file, {plan.overwrite, job.inputs}, job.cancel) {
    CheckCount(plan, job);
  }

  void Write(Frame frame) override {
    std::span<const std::span<const uint8_t>> pieces;
    {
      StageTimer::Scope timed(encoding_);
      pieces = encoder_->Encode(frame);
    }
    StageTimer::Scope timed(writing_);
    file_.writer().Write(pieces);
    is_written_ = true;
  }
  /// Of a shard without frames nothing is left.
  void Finish() override {
    if (is_written_) file_.Finish();
  }
  SinkTimes times() const override { return {encoding_.time(), writing_.time()}; }
  int frames_held() const override { return 0; }

 private:
  JpegCache nothing_kept_;
  const std::unique_ptr<ImageEncoder> encoder_;
  TargetFile file_;
  bool is_written_ = false;
  StageTimer encoding_;
  StageTimer writing_;
};

std::unique_ptr<Sink> Open(const OutputPlan& plan, const SinkJob& job, const StreamFormat& format) {
  return std::make_unique<StillSink>(plan, job, format);
}

void Check(const OutputPlan& plan, const SinkJob& job, const StreamFormat& /*format*/) {
  CheckCount(plan, job);
  PartialFile(plan.file, {plan.overwrite, job.inputs});
}

bool CarriesAlpha(const OutputPlan& plan) { return ImageFormatOf(plan.file) == ImageFormat::kPng; }

}  // namespace

std::optional<OutputPlan> PlanStill(const OutputName& name) {
  const bool is_pattern = name.path.filename().string().find('%') != std::string::npos;
  if (name.is_folder || is_pattern || !ImageFormatOf(name.path)) return std::nullopt;
  OutputPlan plan;
  plan.kind = "image";
  plan.file = name.path;
  plan.open = Open;
  plan.check = Check;
  plan.carries_alpha = CarriesAlpha;
  return plan;
}

}  // namespace mouthpiece

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/partial_output.h"
#include "image/color.h"
#include "image/palette.h"
#include "sink/sink.h"
#include "sink/sink_kinds.h"
#include "sink/writer_options.h"

namespace mouthpiece {
namespace {

/// Frames whose colours a GIF shows: a second of speech has opened the mouth.
constexpr int kPaletteFrames = 25;
/// One of 256 is for what does not change.
constexpr int kColors = 255;
/// Frames that the encoders keep, and those above.
constexpr int kEncoderFrames = 4 + kPaletteFrames;

VideoWriterOptions OptionsOf(const OutputPlan& plan, const SinkJob& job,
                             const StreamFormat& format) {
  VideoWriterOptions writer = WriterOptionsOf(plan, job, format);
  // Of one frame it makes a picture that more programs read than an animation.
  if (plan.container == ".webp" && job.frame_count == 1) writer.encode.codec = "libwebp";
  return writer;
}

/// An animated picture: WebP as the frames come; GIF of a palette that the first ones give.
class AnimationSink : public Sink {
 public:
  AnimationSink(const OutputPlan& plan, const SinkJob& job, const StreamFormat& format)
      : file_(plan.file, {plan.overwrite, job.inputs}), options_(OptionsOf(plan, job, format)) {
    options_.path = file_.path();
    if (plan.container != ".gif") writer_.emplace(options_);
  }

  void Write(Frame frame) override {
    if (writer_) {
      writer_->Write(std::move(frame));
      return;
    }
    StageTimer::Scope timed(counting_);
    const ConstPictureView picture = frame.picture();
    Picture& copy =
        first_.emplace_back(picture.format, picture.range, picture.width(), picture.height());
    CopyPicture(picture, copy.view());
    if (bgr_.empty()) {
      bgr_ = Picture(PixelFormat::kBgrPlanar, ColorRange::kFull, picture.width(), picture.height());
    }
    YuvToBgr(picture, bgr_.view(), MatrixOf(options_.color.matrix));
    colors_.Add(bgr_.view());
    frame.Reset();
    if (first_.size() == kPaletteFrames) WriteFirst();
  }
  void Finish() override {
    if (!writer_) WriteFirst();
    writer_->Finish();
    file_.Commit();
  }
  int frames_held() const override { return VideoWriter::kMostLent; }
  SinkTimes times() const override {
    const double written = writer_ ? writer_->write_seconds() : 0;
    const double encoded = writer_ ? writer_->encode_seconds() : 0;
    return {{encoded + counting_.wall_seconds(), {}}, {written, {}}};
  }

 private:
  void WriteFirst() {
    options_.palette = colors_.Choose(kColors);
    writer_.emplace(options_);
    for (Picture& picture : first_) writer_->Write(Frame(picture.view(), nullptr, 0));
    first_.clear();
    bgr_ = {};
  }

  PartialFile file_;
  VideoWriterOptions options_;
  ColorCount colors_;
  Picture bgr_;
  std::vector<Picture> first_;
  StageTimer counting_;
  std::optional<VideoWriter> writer_;  ///< Null until a GIF's palette is known
};

std::unique_ptr<Sink> Open(const OutputPlan& plan, const SinkJob& job, const StreamFormat& format) {
  return std::make_unique<AnimationSink>(plan, job, format);
}

void Check(const OutputPlan& plan, const SinkJob& job, const StreamFormat& format) {
  const PartialFile file(plan.file, {plan.overwrite, job.inputs});
  CheckVideoEncoder(OptionsOf(plan, job, format));
}

bool IsTransparent(const OutputPlan& plan) { return CarriesAlpha(plan.name, plan.encode); }

}  // namespace

std::optional<OutputPlan> PlanAnimation(const OutputName& name) {
  if (name.suffix != ".gif" && name.suffix != ".webp") return std::nullopt;
  if (!name.path.has_filename() || name.path.filename().string().find('%') != std::string::npos) {
    return std::nullopt;
  }
  if (name.is_folder) RefuseFolder(name, "an animation");
  OutputPlan plan;
  plan.kind = "animation";
  plan.container = name.suffix;
  plan.encoder_frames = kEncoderFrames;
  plan.file = name.path;
  plan.open = Open;
  plan.check = Check;
  plan.carries_alpha = IsTransparent;
  return plan;
}

}  // namespace mouthpiece

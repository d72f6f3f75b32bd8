#include <string>
#include <utility>

#include "mouthpiece/error.h"
#include "sink/output_plan.h"
#include "sink/sink.h"

namespace mouthpiece {
namespace {

void CheckFormat(const StreamFormat& format) {
  if (format.width <= 0 || format.height <= 0 || format.frame_rate.num <= 0 ||
      format.frame_rate.den <= 0) {
    throw Error(ErrorCode::kInvalidArgument,
                "frames of " + std::to_string(format.width) + "x" + std::to_string(format.height) +
                    " at " + std::to_string(format.frame_rate.num) + "/" +
                    std::to_string(format.frame_rate.den) + " a second cannot be written");
  }
}

/// The frames as the sink of the plan's kind gets them.
StreamFormat Taken(const OutputPlan& plan, const StreamFormat& format) {
  StreamFormat taken = plan.shape ? Shaped(format, *plan.shape) : format;
  taken.has_alpha = plan.matte && plan.matte->gives_alpha();
  return taken;
}

/// The sink of the plan's kind, for the frames as they are before anything is done to them.
std::unique_ptr<Sink> OpenShaped(const OutputPlan& plan, const SinkJob& job,
                                 const StreamFormat& format) {
  std::unique_ptr<Sink> sink = plan.open(plan, job, Taken(plan, format));
  if (!plan.shape && !plan.matte) return sink;
  const Rect whole{0, 0, format.width, format.height};
  const Rect part = plan.shape ? plan.shape->crop : whole;
  // Cut first, scaled last: less is blended, and the background covers what is shown.
  const Shape cut{part, part.width(), part.height(), format.sample_aspect};
  StreamFormat cut_format = Shaped(format, cut);
  cut_format.has_alpha = plan.matte && plan.matte->gives_alpha();
  if (plan.shape && plan.shape->scales()) {
    Shape scaled = *plan.shape;
    scaled.crop = {0, 0, part.width(), part.height()};
    sink = OpenShapingSink(std::move(sink), scaled, cut_format);
  }
  if (plan.matte) {
    sink = OpenMatteSink(std::move(sink), *plan.matte, job, cut_format, part, whole);
  }
  if (part != whole) sink = OpenShapingSink(std::move(sink), cut, format);
  return sink;
}

void CheckSound(const OutputPlan& plan, const SinkJob& job) {
  if ((job.decoded_sound || !job.sound.empty()) && !plan.takes_sound) {
    throw Error(ErrorCode::kInvalidArgument, plan.name + ": takes no audio; a video file does");
  }
}

/// Holds every frame to the format that the sink was opened for and to what its kind takes.
class CheckedSink : public Sink {
 public:
  CheckedSink(const OutputPlan& plan, const SinkJob& job, const StreamFormat& format)
      : sink_(OpenShaped(plan, job, format)),
        name_(plan.name),
        format_(format),
        takes_parts_(plan.takes_parts && job.backgrounds != nullptr) {}

  void Write(Frame frame) override {
    const bool is_part = frame.part != Rect{};
    if (is_part && !takes_parts_) {
      throw Error(ErrorCode::kInternal, name_ + ": takes whole frames, but output frame " +
                                            std::to_string(frame.output_index) + " came in part");
    }
    const PictureView picture = frame.picture();
    if (picture.format != PixelFormat::kYuv420 ||
        picture.width() != (is_part ? frame.part.width() : format_.width) ||
        picture.height() != (is_part ? frame.part.height() : format_.height) ||
        picture.range != format_.color.range) {
      throw Error(ErrorCode::kInternal,
                  "output frame " + std::to_string(frame.output_index) + " is " +
                      std::to_string(picture.width()) + "x" + std::to_string(picture.height()) +
                      " or of another kind than the stream of " + std::to_string(format_.width) +
                      "x" + std::to_string(format_.height));
    }
    sink_->Write(std::move(frame));
  }
  void Finish() override { sink_->Finish(); }
  SinkTimes times() const override { return sink_->times(); }
  int frames_held() const override { return sink_->frames_held(); }

 private:
  const std::unique_ptr<Sink> sink_;
  const std::string name_;
  const StreamFormat format_;
  const bool takes_parts_;
};

}  // namespace

void CheckSink(const OutputPlan& plan, const SinkJob& job, const StreamFormat& format) {
  CheckFormat(format);
  CheckSound(plan, job);
  if (plan.check != nullptr) plan.check(plan, job, Taken(plan, format));
}

std::unique_ptr<Sink> OpenSink(const OutputPlan& plan, const SinkJob& job,
                               const StreamFormat& format) {
  CheckFormat(format);
  CheckSound(plan, job);
  return std::make_unique<CheckedSink>(plan, job, format);
}

}  // namespace mouthpiece

#include <cstdint>
#include <string>

#include "base/timing.h"
#include "image/image.h"
#include "mouthpiece/error.h"
#include "sink/sink.h"
#include "sink/sink_kinds.h"
#include "sink/target_file.h"

namespace mouthpiece {
namespace {

constexpr char kFrameMarker[] = "FRAME\n";

/// Names of 4:2:0 by where chroma lies; unspecified means left, as it does in H.264.
const char* ChromaName(int location) {
  constexpr int kCenter = 2;
  constexpr int kTopLeft = 3;
  if (location == kCenter) return "420jpeg";
  if (location == kTopLeft) return "420paldv";
  return "420mpeg2";
}

const char* FieldsName(FieldOrder order) {
  if (order == FieldOrder::kTopFirst) return "t";
  return order == FieldOrder::kBottomFirst ? "b" : "p";
}

std::string Header(const StreamFormat& format) {
  return "YUV4MPEG2 W" + std::to_string(format.width) + " H" + std::to_string(format.height) +
         " F" + std::to_string(format.frame_rate.num) + ":" +
         std::to_string(format.frame_rate.den) + " I" + FieldsName(format.field_order) + " A" +
         std::to_string(format.sample_aspect.num) + ":" + std::to_string(format.sample_aspect.den) +
         " C" + ChromaName(format.color.chroma_location) +
         " XCOLORRANGE=" + (format.color.range == ColorRange::kFull ? "FULL" : "LIMITED") + "\n";
}

class Y4mSink : public Sink {
 public:
  Y4mSink(const OutputPlan& plan, const SinkJob& job, const StreamFormat& format)
      : file_(plan.file, {plan.overwrite, job.inputs}, job.cancel) {
    const std::string header = Header(format);
    const uint64_t frame =
        sizeof(kFrameMarker) - 1 + PictureBytes(PixelFormat::kYuv420, format.width, format.height);
    file_.RequireRoom(header.size() + frame * static_cast<uint64_t>(job.frame_count));
    file_.writer().Write(header);
  }

  void Write(Frame frame) override {
    StageTimer::Scope timed(writing_);
    file_.writer().Write(kFrameMarker, frame.picture());
  }
  void Finish() override {
    StageTimer::Scope timed(writing_);
    file_.Finish();
  }
  SinkTimes times() const override { return {{}, writing_.time()}; }
  int frames_held() const override { return 0; }

 private:
  TargetFile file_;
  StageTimer writing_;
};

std::unique_ptr<Sink> Open(const OutputPlan& plan, const SinkJob& job, const StreamFormat& format) {
  return std::make_unique<Y4mSink>(plan, job, format);
}

void Check(const OutputPlan& plan, const SinkJob& job, const StreamFormat& /*format*/) {
  if (!plan.file.empty()) {
    PartialFile(plan.file, {plan.overwrite, job.inputs});
  } else if (ByteWriter::StandardOutput(job.cancel).is_terminal()) {
    throw Error(ErrorCode::kInvalidArgument,
                "-: standard output is a terminal; pipe it into something that takes y4m");
  }
}

}  // namespace

std::optional<OutputPlan> PlanY4m(const OutputName& name) {
  const bool is_standard_output = name.text == "-";
  if (!is_standard_output) {
    if (name.suffix != ".y4m") return std::nullopt;
    if (name.is_folder) RefuseFolder(name, "a video");
  }
  OutputPlan plan;
  plan.kind = "raw";
  if (!is_standard_output) plan.file = name.path;
  plan.open = Open;
  plan.check = Check;
  return plan;
}

}  // namespace mouthpiece

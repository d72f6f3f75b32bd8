#include <string>
#include <string_view>

#include "base/timing.h"
#include "media/frame_hash.h"
#include "sink/sink.h"
#include "sink/sink_kinds.h"
#include "sink/target_file.h"

namespace mouthpiece {
namespace {

constexpr std::string_view kPrefix = "hash:";

class HashSink : public Sink {
 public:
  HashSink(const OutputPlan& plan, const SinkJob& job)
      : file_(plan.file, {plan.overwrite, job.inputs}, job.cancel) {}

  void Write(Frame frame) override {
    std::string line =
        std::to_string(frame.output_index) + ' ' + std::to_string(frame.source_index) + ' ';
    {
      StageTimer::Scope timed(hashing_);
      line += FrameMd5(frame.picture());
    }
    frame.Reset();
    StageTimer::Scope timed(writing_);
    file_.writer().Write(line + '\n');
  }
  void Finish() override { file_.Finish(); }
  SinkTimes times() const override { return {hashing_.time(), writing_.time()}; }
  int frames_held() const override { return 0; }

 private:
  TargetFile file_;
  StageTimer hashing_;
  StageTimer writing_;
};

std::unique_ptr<Sink> Open(const OutputPlan& plan, const SinkJob& job,
                           const StreamFormat& /*format*/) {
  return std::make_unique<HashSink>(plan, job);
}

void Check(const OutputPlan& plan, const SinkJob& job, const StreamFormat& /*format*/) {
  if (!plan.file.empty()) PartialFile(plan.file, {plan.overwrite, job.inputs});
}

}  // namespace

std::optional<OutputPlan> PlanHash(const OutputName& name) {
  if (!name.text.starts_with(kPrefix)) return std::nullopt;
  OutputPlan plan;
  plan.kind = "hash";
  plan.file = name.text.substr(kPrefix.size());
  plan.open = Open;
  plan.check = Check;
  return plan;
}

}  // namespace mouthpiece

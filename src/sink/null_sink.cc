#include "sink/sink.h"
#include "sink/sink_kinds.h"

namespace mouthpiece {
namespace {

/// Drops everything.
class NullSink : public Sink {
 public:
  void Write(Frame /*frame*/) override {}
  void Finish() override {}
  SinkTimes times() const override { return {}; }
  int frames_held() const override { return 0; }
};

std::unique_ptr<Sink> Open(const OutputPlan& /*plan*/, const SinkJob& /*job*/,
                           const StreamFormat& /*format*/) {
  return std::make_unique<NullSink>();
}

}  // namespace

std::optional<OutputPlan> PlanNull(const OutputName& name) {
  if (name.text != "null:") return std::nullopt;
  OutputPlan plan;
  plan.kind = "null";
  plan.open = Open;
  return plan;
}

}  // namespace mouthpiece

#include "sink/stream_sinks.h"

namespace mouthpiece {
namespace {

class NullSink : public Sink {
 public:
  void Write(Frame /*frame*/) override {}
  void Finish() override {}
  SinkTimes times() const override { return {}; }
  int frames_held() const override { return 0; }
};

}  // namespace

std::unique_ptr<Sink> OpenNullSink() { return std::make_unique<NullSink>(); }

}  // namespace mouthpiece

#include <string>

#include "base/timing.h"
#include "media/frame_hash.h"
#include "sink/stream_sinks.h"
#include "sink/target_file.h"

namespace mouthpiece {
namespace {

class HashSink : public Sink {
 public:
  HashSink(const std::filesystem::path& file, const SinkOptions& options)
      : file_(file, options.overwrite) {
    file_.writer().StopWhen(options.cancel);
  }

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

}  // namespace

std::unique_ptr<Sink> OpenHashSink(const SinkOptions& options) {
  return std::make_unique<HashSink>(options.output.substr(std::string("hash:").size()), options);
}

}  // namespace mouthpiece

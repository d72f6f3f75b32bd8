#include "render/pipeline.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/bounded_queue.h"
#include "base/timing.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

/// One request and the frames it was filled for.
struct Batch {
  int request = 0;
  int count = 0;
  bool is_running = false;
  std::vector<SourceFrame> frames;
};

class Pipeline {
 public:
  explicit Pipeline(const PipelineParts& parts)
      : parts_(parts),
        batches_(static_cast<size_t>(parts.device->info().requests)),
        free_(batches_.size()),
        running_(batches_.size()),
        finished_(kSinkQueueFrames) {
    for (size_t i = 0; i < batches_.size(); ++i) {
      batches_[i].request = static_cast<int>(i);
      batches_[i].frames.resize(static_cast<size_t>(parts.device->info().batch));
      free_.Push(&batches_[i]);
    }
  }

  PipelineTimes Run() {
    {
      std::jthread feeder([this] { Guard([this] { Feed(); }); });
      std::jthread compositor([this] { Guard([this] { Composite(); }); });
      Guard([this] { Drain(); });
    }
    if (error_) {
      WaitForAll();
      std::rethrow_exception(error_);
    }
    return {prepare_.time(), composite_.time(), frames_};
  }

 private:
  /// Runs a stage; its first error stops all the others.
  template <typename Stage>
  void Guard(Stage stage) {
    try {
      stage();
    } catch (...) {
      {
        std::lock_guard lock(error_mutex_);
        if (!error_) error_ = std::current_exception();
      }
      parts_.windows->Stop();
      free_.Abort();
      running_.Abort();
      finished_.Abort();
    }
  }

  /// Leaves the device as it was, for the next run.
  void WaitForAll() {
    for (const Batch& batch : batches_) {
      if (!batch.is_running) continue;
      try {
        parts_.device->Wait(batch.request);
      } catch (const Error&) {  // the first one is told
      }
    }
  }

  void Feed() {
    while (frames_ < parts_.frame_count) {
      std::optional<Batch*> batch = free_.Pop();
      if (!batch) return;
      FillBatch(**batch);
      if ((*batch)->count == 0) break;
      parts_.device->Start((*batch)->request, (*batch)->count);
      (*batch)->is_running = true;
      if (!running_.Push(*batch)) return;
    }
    running_.Close();
  }

  /// With the next frames: with less than it holds at the end, and where the sound of the next one
  /// is still to come.
  void FillBatch(Batch& batch) {
    const int64_t left = parts_.frame_count - frames_;
    const auto most = static_cast<int>(std::min<int64_t>(left, parts_.device->info().batch));
    for (batch.count = 0; batch.count < most; ++batch.count, ++frames_) {
      const int64_t frame = parts_.first_frame + frames_;
      if (batch.count > 0 && parts_.windows->IsComing(frame)) return;
      if (parts_.ends_with_speech && !parts_.windows->Lasts(frame)) return;
      FillSlot(batch, batch.count, frames_);
    }
  }

  void FillSlot(Batch& batch, int i, int64_t output_index) {
    parts_.cancel.ThrowIfCancelled();
    SourceFrame source = parts_.reader->Next();
    source.frame.output_index = output_index;
    const int index = source.frame.source_index;
    const Rect& rect = parts_.rectangles[static_cast<size_t>(index)];
    if (parts_.kept != nullptr) source.kept = parts_.kept->Of(index);
    source.frame.changed = rect;
    std::span<float> window;
    {
      const StageTimer::Scope scope(prepare_);
      window = parts_.device->Fill(batch.request, i, source, {rect, parts_.resample});
    }
    parts_.windows->Window(parts_.first_frame + output_index, parts_.audio_window, window);
    batch.frames[static_cast<size_t>(i)] = std::move(source);
  }

  void Composite() {
    while (std::optional<Batch*> batch = running_.Pop()) {
      (*batch)->is_running = false;
      parts_.device->Wait((*batch)->request);
      const std::span<SourceFrame> frames =
          std::span((*batch)->frames).first(static_cast<size_t>((*batch)->count));
      {
        const StageTimer::Scope scope(composite_);
        parts_.device->Composite((*batch)->request, frames);
      }
      for (SourceFrame& source : frames) {
        if (!finished_.Push(std::move(source.frame))) return;
      }
      free_.Push(*batch);
    }
    finished_.Close();
  }

  void Drain() {
    int64_t done = 0;
    while (std::optional<Frame> frame = finished_.Pop()) {
      parts_.cancel.ThrowIfCancelled();
      parts_.sink->Write(std::move(*frame));
      if (parts_.progress) parts_.progress(++done);
    }
  }

  const PipelineParts& parts_;
  std::vector<Batch> batches_;
  int64_t frames_ = 0;  ///< Given to batches
  BoundedQueue<Batch*> free_;
  BoundedQueue<Batch*> running_;
  BoundedQueue<Frame> finished_;
  StageTimer prepare_;
  StageTimer composite_;
  std::mutex error_mutex_;
  std::exception_ptr error_;
};

}  // namespace

PipelineTimes RunPipeline(const PipelineParts& parts) { return Pipeline(parts).Run(); }

int FramesInFlight(const Device& device, const Sink& sink) {
  // Those in batches, those queued, one at the compositor, one at the sink, those it keeps.
  return device.info().requests * device.info().batch + kSinkQueueFrames + 2 + sink.frames_held();
}

}  // namespace mouthpiece

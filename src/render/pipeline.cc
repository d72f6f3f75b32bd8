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
        batches_(static_cast<size_t>(parts.backend->info().requests)),
        free_(batches_.size()),
        running_(batches_.size()),
        finished_(kSinkQueueFrames) {
    for (size_t i = 0; i < batches_.size(); ++i) {
      batches_[i].request = static_cast<int>(i);
      batches_[i].frames.resize(static_cast<size_t>(parts.backend->info().batch));
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
    return {prepare_.time(), composite_.time()};
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
      free_.Abort();
      running_.Abort();
      finished_.Abort();
    }
  }

  /// Leaves the backend as it was, for the next run.
  void WaitForAll() {
    for (const Batch& batch : batches_) {
      if (!batch.is_running) continue;
      try {
        parts_.backend->Wait(batch.request);
      } catch (const Error&) {  // the first one is told
      }
    }
  }

  void Feed() {
    int64_t next = 0;
    while (next < parts_.frame_count) {
      std::optional<Batch*> batch = free_.Pop();
      if (!batch) return;
      const int64_t left = parts_.frame_count - next;
      (*batch)->count = static_cast<int>(std::min<int64_t>(left, parts_.backend->info().batch));
      for (int i = 0; i < (*batch)->count; ++i) FillSlot(**batch, i, next++);
      parts_.backend->Start((*batch)->request, (*batch)->count);
      (*batch)->is_running = true;
      if (!running_.Push(*batch)) return;
    }
    running_.Close();
  }

  void FillSlot(Batch& batch, int i, int64_t output_index) {
    parts_.cancel.ThrowIfCancelled();
    SourceFrame source = parts_.reader->Next();
    source.frame.output_index = output_index;
    const StageTimer::Scope scope(prepare_);
    parts_.backend->SetFace(batch.request, i, source);
    CopyAudioWindow(*parts_.features, parts_.first_frame + output_index, parts_.audio_window,
                    parts_.backend->audio(batch.request, i));
    batch.frames[static_cast<size_t>(i)] = std::move(source);
  }

  void Composite() {
    while (std::optional<Batch*> batch = running_.Pop()) {
      (*batch)->is_running = false;
      parts_.backend->Wait((*batch)->request);
      for (int i = 0; i < (*batch)->count; ++i) {
        SourceFrame source = std::move((*batch)->frames[static_cast<size_t>(i)]);
        {
          const StageTimer::Scope scope(composite_);
          const Rect& rect = parts_.rectangles[static_cast<size_t>(source.frame.source_index)];
          if (parts_.kept != nullptr) source.kept = parts_.kept->Of(source.frame.source_index);
          parts_.backend->Composite((*batch)->request, i, rect, source);
          source.frame.changed = rect;
        }
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

int FramesInFlight(const Backend& backend, const Sink& sink) {
  // Those in batches, those queued, one at the compositor, one at the sink, those it keeps.
  return backend.info().requests * backend.info().batch + kSinkQueueFrames + 2 + sink.frames_held();
}

}  // namespace mouthpiece

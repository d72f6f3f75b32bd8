#include "mouthpiece/frame_stream.h"

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "mouthpiece/error.h"
#include "render/lent_frame.h"
#include "render/render_into.h"

namespace mouthpiece {
namespace {

// Frames that wait for Next(), beside those that the pipeline keeps ready.
constexpr size_t kReady = 2;

constexpr std::chrono::milliseconds kWaitInterval{50};

}  // namespace

struct FrameStream::State {
  /// Finished frames on their way from the pipeline to Next().
  class PullSink : public Sink {
   public:
    explicit PullSink(State& state) : state_(state) {}

    void Write(Frame frame) override {
      std::unique_lock lock(state_.mutex);
      while (!state_.changed.wait_for(
          lock, kWaitInterval, [&] { return state_.stop || state_.ready.size() < kReady; })) {
        state_.cancel.ThrowIfCancelled();
      }
      if (state_.stop) throw Error(ErrorCode::kCancelled, "cancelled");
      state_.ready.push_back(std::move(frame));
      lock.unlock();
      state_.changed.notify_all();
    }
    void Finish() override {}
    SinkTimes times() const override { return {}; }
    int frames_held() const override { return static_cast<int>(kReady) + kMostLent + 1; }

   private:
    State& state_;
  };

  void Run(RenderContext& context, const Job& job, const Hooks& hooks) {
    std::optional<RenderStats> made;
    std::exception_ptr error;
    try {
      const auto open = [this](const OutputPlan& output, const SinkJob& sink_job,
                               const StreamFormat& format) {
        OpenSink(output, sink_job, format);  // for its checks
        return std::make_unique<PullSink>(*this);
      };
      made = RenderInto(context, job, {.name = "null:"}, hooks,
                        {.cancel = cancel, .arriving = Arriving::kHear}, open, *origin);
    } catch (...) {
      error = std::current_exception();
    }
    {
      std::lock_guard lock(mutex);
      stats = std::move(made);
      failure = std::move(error);  // the last reference is not to be this thread's
      is_done = true;
    }
    changed.notify_all();
  }

  /// By a process that was forked off: nothing of it runs, and its lock may be held.
  bool is_inherited() const { return process != getpid(); }

  const pid_t process = getpid();
  // Frames that are ready go before their origin.
  std::shared_ptr<FrameOrigin> origin = std::make_shared<FrameOrigin>();
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Frame> ready;  ///< This and what follows: guarded by mutex
  std::optional<RenderStats> stats;
  std::exception_ptr failure;
  bool is_done = false;    ///< Rendering is over
  bool has_ended = false;  ///< Next() has said so
  std::atomic<bool> stop = false;
  CancelToken cancel;  ///< `stop`, or the renderer's
  std::jthread thread;
};

FrameStream::FrameStream(std::shared_ptr<Renderer> renderer, Job job, Hooks hooks)
    : state_(std::make_unique<State>()) {
  RenderContext* const context = renderer->context_.get();  // which the lambda keeps alive
  state_->cancel = CancelToken(&state_->stop, &context->cancellations);
  state_->thread = std::jthread([state = state_.get(), context, renderer = std::move(renderer),
                                 job = std::move(job),
                                 hooks = std::move(hooks)] { state->Run(*context, job, hooks); });
}

FrameStream::~FrameStream() {
  if (state_->is_inherited()) {
    state_.release();  // NOLINT(bugprone-unused-return-value): there is no thread to wait for
    return;
  }
  Stop();
  state_->thread.join();
}

VideoFrame FrameStream::Next(const std::function<void()>& while_waiting) {
  State& state = *state_;
  if (state.is_inherited()) {
    throw Error(ErrorCode::kInvalidArgument,
                "frames: expected a stream of this process, found one that was begun before it was "
                "forked off");
  }
  std::unique_lock lock(state.mutex);
  const auto can_go_on = [&] { return state.stop || state.is_done || !state.ready.empty(); };
  while (!state.changed.wait_for(lock, kWaitInterval, can_go_on)) {
    if (!while_waiting) continue;
    lock.unlock();
    while_waiting();
    lock.lock();
  }
  if (state.stop) return {};
  if (state.ready.empty()) {
    state.has_ended = true;
    if (state.failure) std::rethrow_exception(std::exchange(state.failure, nullptr));
    return {};
  }
  Frame frame = std::move(state.ready.front());
  state.ready.pop_front();
  lock.unlock();
  state.changed.notify_all();
  return LendFrame(std::move(frame), state.origin);
}

void FrameStream::Stop() {
  if (state_->is_inherited()) return;
  std::deque<Frame> dropped;  // after the lock: they go back to the frame store
  {
    std::lock_guard lock(state_->mutex);
    state_->stop = true;
    dropped.swap(state_->ready);
  }
  state_->changed.notify_all();
}

const RenderStats* FrameStream::stats() const {
  if (state_->is_inherited()) return nullptr;
  std::lock_guard lock(state_->mutex);
  return state_->has_ended && state_->stats ? &*state_->stats : nullptr;
}

}  // namespace mouthpiece

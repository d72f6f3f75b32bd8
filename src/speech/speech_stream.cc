#include "mouthpiece/speech_stream.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "media/memory_sound.h"
#include "mouthpiece/error.h"
#include "speech/speech_stream_end.h"

namespace mouthpiece {
namespace {

constexpr std::chrono::milliseconds kInterval{50};

}  // namespace

struct SpeechStream::State {
  int sample_rate = 0;
  size_t most_waiting = 0;
  std::mutex mutex;
  std::condition_variable arrived;  ///< Samples, their end or an error; or nobody listens
  std::condition_variable room;
  std::deque<float> waiting;  ///< This and what follows: guarded by mutex
  bool is_heard = false;      ///< A render has it
  bool is_over = false;
  bool is_left = false;
  std::exception_ptr error;
};

SpeechStream::SpeechStream(int sample_rate, double most_waiting_s)
    : state_(std::make_unique<State>()) {
  media::CheckSampleRate(sample_rate);
  state_->sample_rate = sample_rate;
  state_->most_waiting = static_cast<size_t>(std::max(most_waiting_s * sample_rate, 1.0));
}
SpeechStream::~SpeechStream() = default;

int SpeechStream::sample_rate() const { return state_->sample_rate; }

bool SpeechStream::Push(std::span<const float> samples,
                        const std::function<void()>& while_waiting) {
  media::CheckScale(samples);
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  while (!samples.empty() || state.is_over || state.error) {
    if (state.is_over || state.error) {
      throw Error(ErrorCode::kInvalidArgument,
                  "speech: expected no samples after its end, found some");
    }
    if (state.is_left) return false;
    if (state.waiting.size() >= state.most_waiting) {
      state.room.wait_for(lock, kInterval);
      if (!while_waiting || state.waiting.size() < state.most_waiting) continue;
      lock.unlock();
      while_waiting();
      lock.lock();
      continue;
    }
    const size_t count = std::min(samples.size(), state.most_waiting - state.waiting.size());
    state.waiting.insert(state.waiting.end(), samples.begin(),
                         samples.begin() + static_cast<std::ptrdiff_t>(count));
    samples = samples.subspan(count);
    state.arrived.notify_all();
  }
  return !state.is_left;
}

bool SpeechStream::Push(std::span<const int16_t> samples,
                        const std::function<void()>& while_waiting) {
  std::vector<float> scaled(samples.size());
  std::ranges::transform(samples, scaled.begin(),
                         [](int16_t sample) { return static_cast<float>(sample) / 32768.0F; });
  return Push(std::span<const float>(scaled), while_waiting);
}

void SpeechStream::End() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_over = true;
  }
  state_->arrived.notify_all();
}

void SpeechStream::Fail(std::exception_ptr error) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->error = std::move(error);
  }
  state_->arrived.notify_all();
}

std::shared_ptr<SpeechStream> SpeechStreamEnd::Listen(std::shared_ptr<SpeechStream> stream) {
  SpeechStream* const heard = stream.get();
  {
    const std::lock_guard lock(heard->state_->mutex);
    if (std::exchange(heard->state_->is_heard, true)) {
      throw Error(
          ErrorCode::kInvalidArgument,
          "speech: expected a stream that no render has heard yet, found one that was heard");
    }
  }
  return {heard, [kept = std::move(stream)](SpeechStream* left) { Leave(*left); }};
}

size_t SpeechStreamEnd::Take(SpeechStream& stream, std::span<float> samples, CancelToken cancel) {
  SpeechStream::State& state = *stream.state_;
  std::unique_lock lock(state.mutex);
  while (state.waiting.empty() && !state.is_over && !state.error && !state.is_left) {
    state.arrived.wait_for(lock, kInterval);
    cancel.ThrowIfCancelled();
  }
  if (state.is_left) throw Error(ErrorCode::kCancelled, "cancelled");
  if (state.error) std::rethrow_exception(state.error);
  const size_t count = std::min(samples.size(), state.waiting.size());
  const auto end = state.waiting.begin() + static_cast<std::ptrdiff_t>(count);
  std::copy(state.waiting.begin(), end, samples.begin());
  state.waiting.erase(state.waiting.begin(), end);
  lock.unlock();
  state.room.notify_all();
  return count;
}

bool SpeechStreamEnd::is_ready(const SpeechStream& stream) {
  const std::lock_guard lock(stream.state_->mutex);
  return !stream.state_->waiting.empty();
}

void SpeechStreamEnd::Leave(SpeechStream& stream) {
  {
    const std::lock_guard lock(stream.state_->mutex);
    stream.state_->is_left = true;
  }
  stream.state_->arrived.notify_all();
  stream.state_->room.notify_all();
}

}  // namespace mouthpiece

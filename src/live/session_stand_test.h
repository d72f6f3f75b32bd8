// A session on a virtual clock, in one thread, of which everything is looked at as it comes.
#ifndef MOUTHPIECE_LIVE_SESSION_STAND_TEST_H_
#define MOUTHPIECE_LIVE_SESSION_STAND_TEST_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "live/fake_performer.h"
#include "live/session_core.h"

namespace mouthpiece::live {

inline std::string UtteranceName(int64_t number) {
  return std::string("u").append(std::to_string(number));
}

constexpr Ticks kSecond = kTickRate;

inline std::vector<int16_t> Sound(Ticks ticks, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::vector<int16_t> samples(static_cast<size_t>(ticks));
  std::ranges::generate(
      samples, [&] { return static_cast<int16_t>(1000 + static_cast<int>(random() % 20000)); });
  return samples;
}

/// A session on a virtual clock without threads, and what comes of it, which is checked as it
/// comes.
class Stand {
 public:
  explicit Stand(SessionOptions options = {}, SchedulerOptions scheduling = {.threads = -1})
      : performer_(std::make_shared<FakePerformer>()),
        scheduler_(std::make_shared<Scheduler::State>(scheduling)),
        clock_(std::make_shared<VirtualClock>(987654321)),
        core_(std::make_shared<SessionCore>(performer_, scheduler_, clock_, std::move(options))) {}
  ~Stand() {
    core_->Close();
    scheduler_->StopAll();  // as a Scheduler does: what it holds holds it
  }

  SessionCore& core() { return *core_; }
  FakePerformer& performer() { return *performer_; }
  Scheduler::State& scheduler() { return *scheduler_; }
  VirtualClock& clock() { return *clock_; }
  Ticks now() const {
    return clock_->Now() - 987654321 + kFirstFrame * kFrameTicks - Milliseconds(80);
  }

  void Speak(const std::string& name, int rate = kTickRate) {
    ASSERT_EQ(core_->Speak(name, rate), Speaking::kYes);
    ++spoken_;
  }
  size_t Push(const std::vector<int16_t>& samples) {
    return core_->Push(std::span<const int16_t>(samples));
  }

  void Drain(bool work = true) {
    do {
      while (std::optional<Output> output = core_->Poll()) Take(std::move(*output));
    } while (work && scheduler_->RunOne());
  }
  /// Polls when the session says so.
  void Run(Ticks ticks, bool work = true) {
    const Ticks end = clock_->Now() + ticks;
    for (;;) {
      Drain(work);
      const Ticks next = std::max(core_->next_poll(), clock_->Now() + 1);
      if (next > end) break;
      clock_->Advance(next - clock_->Now());
    }
    clock_->Advance(end - clock_->Now());
    Drain(work);
  }
  void RunUntilFinished(size_t count) {
    for (int i = 0; i < 10000 && finished.size() < count; ++i) Run(kFrameTicks);
    ASSERT_EQ(finished.size(), count);
  }

  void Take(Output output) {
    if (auto* const piece = std::get_if<Piece>(&output)) {
      EXPECT_EQ(piece->epoch, epoch);
      EXPECT_EQ(piece->seq, seq++);
      EXPECT_EQ(piece->pts, next_pts);
      EXPECT_EQ(piece->frame, piece->pts / kFrameTicks);
      EXPECT_EQ(piece->pts + piece->duration, (piece->frame + 1) * kFrameTicks);
      EXPECT_LE(piece->pts, now() + SessionOptions{}.ahead);
      EXPECT_TRUE(piece->sound.empty() ||
                  static_cast<Ticks>(piece->sound.size()) == piece->duration);
      next_pts = piece->pts + piece->duration;
      if (!keep_sound) return;
      if (piece->sound.empty()) piece->sound.resize(static_cast<size_t>(piece->duration));
      for (size_t i = 0; i < piece->sound.size(); ++i) {
        sound[piece->pts + static_cast<Ticks>(i)] = piece->sound[i];
      }
      pieces.push_back(std::move(*piece));
    } else if (const auto* const start = std::get_if<Started>(&output)) {
      EXPECT_FALSE(started.contains(start->utterance));
      EXPECT_FALSE(finished.contains(start->utterance));
      started[start->utterance] = start->pts;
    } else if (const auto* const end = std::get_if<Finished>(&output)) {
      EXPECT_FALSE(finished.contains(end->utterance)) << end->utterance;
      finished[end->utterance] = *end;
      if (!end->interrupted && started.contains(end->utterance)) {
        EXPECT_GE(now(), started[end->utterance] + end->played);
      }
    } else if (const auto* const flush = std::get_if<Flush>(&output)) {
      EXPECT_EQ(flush->epoch, epoch + 1);
      epoch = flush->epoch;
      EXPECT_LE(flush->pts, next_pts);
      next_pts = flush->pts;
      flushes.push_back(*flush);
      if (keep_sound) sound.erase(sound.lower_bound(flush->pts), sound.end());
    } else {
      ++busy;
    }
  }

  int spoken() const { return spoken_; }

  bool keep_sound = true;
  uint32_t epoch = 0;
  uint32_t seq = 0;
  Ticks next_pts = kFirstFrame * kFrameTicks;
  std::map<Ticks, int16_t> sound;
  std::vector<Piece> pieces;
  std::map<std::string, Ticks> started;
  std::map<std::string, Finished> finished;
  std::vector<Flush> flushes;
  int busy = 0;

 private:
  const std::shared_ptr<FakePerformer> performer_;
  const std::shared_ptr<Scheduler::State> scheduler_;
  const std::shared_ptr<VirtualClock> clock_;
  const std::shared_ptr<SessionCore> core_;
  int spoken_ = 0;
};

}  // namespace mouthpiece::live

#endif  // MOUTHPIECE_LIVE_SESSION_STAND_TEST_H_

#include "live/session_core.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "live/session_stand_test.h"
#include "mouthpiece/error.h"
#include "support/errors.h"

namespace mouthpiece::live {
namespace {

TEST(SessionCore, ListensFromTheFirstFrameOn) {
  Stand stand;
  stand.Drain();
  ASSERT_EQ(stand.pieces.size(), 1U);
  EXPECT_EQ(stand.pieces[0].frame, kFirstFrame);
  stand.Run(kSecond);
  EXPECT_EQ(stand.pieces.size(), 26U);
  for (const Piece& piece : stand.pieces) {
    EXPECT_TRUE(piece.idle);
    EXPECT_TRUE(piece.picture);
  }
  EXPECT_EQ(stand.performer().painted, 0);
}

TEST(SessionCore, GivesTheSoundThatWasPushedAndSaysWhenItWasHeard) {
  Stand stand;
  stand.Run(kSecond);
  const std::vector<int16_t> sound = Sound(kSecond);
  const Ticks before = stand.now();
  stand.Speak("a");
  EXPECT_EQ(stand.Push(sound), sound.size());
  stand.core().End();
  stand.RunUntilFinished(1);
  const Ticks begin = stand.started["a"];
  EXPECT_LT(begin - before, Milliseconds(620));  // look-ahead, margin, settled ahead, a frame
  for (size_t i = 0; i < sound.size(); ++i) {
    ASSERT_EQ(stand.sound[begin + static_cast<Ticks>(i)], sound[i]) << i;
  }
  EXPECT_EQ(stand.finished["a"].played, kSecond);
  EXPECT_FALSE(stand.finished["a"].interrupted);
  EXPECT_EQ(std::ranges::count_if(stand.pieces, &Piece::first), 1);
  EXPECT_EQ(std::ranges::count_if(stand.pieces, &Piece::last), 1);
  EXPECT_EQ(stand.core().stats().late_frames, 0);
}

TEST(SessionCore, AShorterLookaheadIsHeardSooner) {
  Ticks last = kForever;
  for (const int lookahead : {7, 4, 0}) {
    Stand stand({.lookahead = lookahead});
    stand.Speak("a");
    stand.Push(Sound(4800));
    stand.core().End();
    stand.RunUntilFinished(1);
    EXPECT_LT(stand.started["a"], last);
    last = stand.started["a"];
  }
}

TEST(SessionCore, UtterancesFollowEachOtherWithoutAGap) {
  Stand stand;
  const std::vector<int16_t> sound = Sound(3000);
  for (const char* name : {"a", "b", "c"}) {
    stand.Speak(name);
    stand.Push(sound);
  }
  stand.core().End();
  stand.RunUntilFinished(3);
  EXPECT_EQ(stand.started["b"], stand.started["a"] + 3000);
  EXPECT_EQ(stand.started["c"], stand.started["b"] + 3000);
}

TEST(SessionCore, AnUtteranceWithoutSoundIsFinishedAtOnce) {
  Stand stand;
  stand.Speak("a");
  stand.Drain();
  EXPECT_TRUE(stand.finished.empty());
  stand.core().End();
  stand.Drain();
  EXPECT_EQ(stand.finished["a"].played, 0);
  EXPECT_FALSE(stand.finished["a"].interrupted);
  EXPECT_TRUE(stand.started.empty());
}

TEST(SessionCore, SoundThatComesTooLateIsHeardLater) {
  Stand stand;
  const std::vector<int16_t> sound = Sound(9600);
  stand.Speak("a");
  stand.Push({sound.begin(), sound.begin() + 4800});
  stand.Run(kSecond);
  stand.Push({sound.begin() + 4800, sound.end()});
  stand.core().End();
  stand.RunUntilFinished(1);
  EXPECT_EQ(stand.core().stats().gaps, 1);
  EXPECT_GT(stand.core().stats().gap_ticks, Milliseconds(500));
  EXPECT_EQ(stand.finished["a"].played, 9600);
  std::vector<int16_t> heard;
  for (const auto& [pts, sample] : stand.sound) {
    if (sample != 0) heard.push_back(sample);
  }
  EXPECT_EQ(heard, sound);
}

TEST(SessionCore, AFrameThatIsLateIsSkippedAndSoundDoesNotWait) {
  Stand stand;
  const std::vector<int16_t> sound = Sound(kSecond);
  stand.Speak("a");
  stand.Push(sound);
  stand.core().End();
  stand.Run(2 * kSecond, false);
  EXPECT_EQ(stand.finished.size(), 1U);
  const SessionStats stats = stand.core().stats();
  EXPECT_GT(stats.late_frames, 25);
  EXPECT_EQ(stats.speaking_frames, 0);
  EXPECT_EQ(std::ranges::count_if(stand.pieces, &Piece::skipped), stats.late_frames);
  for (size_t i = 0; i < sound.size(); ++i) {
    ASSERT_EQ(stand.sound[stand.started["a"] + static_cast<Ticks>(i)], sound[i]) << i;
  }
}

TEST(SessionCore, NoMoreIsRenderedAheadThanItMay) {
  Stand stand({.most_rendered_ahead = 5});
  stand.Speak("a");
  stand.Push(Sound(20 * kSecond));
  for (int i = 0; i < 1000; ++i) stand.scheduler().RunOne();
  EXPECT_LE(stand.performer().painted, 5);
  stand.Run(kSecond);
  EXPECT_LE(stand.performer().painted, 25 + 5 + 4);
}

TEST(SessionCore, SpeechIsTakenUpToTheBoundAndThenSaysBusy) {
  int wakes = 0;
  Stand stand({.wake = [&] { ++wakes; }});
  stand.Speak("a", 16000);
  const std::vector<int16_t> sound = Sound(100 * 16000);
  const size_t taken = stand.Push(sound);
  EXPECT_LE(taken, size_t{60 * 16000 + 160});  // some wait in the resampler
  EXPECT_GE(taken, size_t{59 * 16000});
  EXPECT_EQ(stand.Push(sound), 0U);
  stand.Drain();
  EXPECT_EQ(stand.busy, 1);
  EXPECT_LT(stand.core().stats().bytes, uint64_t{64} << 20);
  stand.Run(kSecond);
  wakes = 0;
  stand.Run(kSecond);
  EXPECT_GT(stand.Push(sound), 0U);
  EXPECT_EQ(stand.Push(sound), 0U);
  stand.Run(kSecond);
  EXPECT_EQ(stand.busy, 2);
  EXPECT_GT(wakes, 0);
}

TEST(SessionCore, WhatWasHeardIsLetGo) {
  Stand stand;
  stand.keep_sound = false;
  stand.Speak("a");
  uint64_t most = 0;
  for (int i = 0; i < 120; ++i) {
    stand.Push(Sound(kSecond));
    stand.Run(kSecond);
    most = std::max(most, stand.core().stats().bytes);
  }
  EXPECT_LT(most, uint64_t{2} << 20);
}

TEST(SessionCore, InEightHoursNothingDriftsThoughTheSpeakersClockIsOff) {
  for (const int ppm : {-100, 100}) {
    Stand stand;
    stand.keep_sound = false;
    const std::vector<int16_t> sound = Sound(960);
    Ticks most_latency = 0;
    int64_t gaps = 0;
    for (int minute = 0; minute < 8 * 60; ++minute) {
      const std::string name = UtteranceName(minute);
      const Ticks before = stand.now();
      stand.Speak(name);
      // 20 ms at a time of a speaker whose 20 ms are not quite ours.
      for (int i = 0; i < 100; ++i) {
        stand.Push(sound);
        stand.Run(960 + ((i + minute) % 10 == 0 ? (ppm > 0 ? -1 : 1) : 0));
      }
      stand.core().End();
      stand.Run(minute * kTickRate * 60 + 60 * kTickRate -
                (stand.now() - kFirstFrame * kFrameTicks));
      ASSERT_EQ(stand.finished[name].played, 96000);
      // Neither sooner nor later than in the first minute, whatever was said before.
      most_latency = std::max(most_latency, stand.started[name] - before);
      gaps = std::max(gaps, stand.core().stats().gaps);
    }
    EXPECT_LT(most_latency, Milliseconds(620));
    EXPECT_LT(stand.core().stats().gap_ticks, 8 * 60 * Milliseconds(40));
    EXPECT_EQ(stand.core().stats().late_frames, 0);
    // All that the clock went is there as pieces: not a tick more or less.
    EXPECT_EQ(stand.next_pts / kFrameTicks, (stand.now() + Milliseconds(80)) / kFrameTicks + 1);
  }
}

TEST(SessionCore, TimeIsPromisedAsLongAsThereIsSome) {
  const auto performer = std::make_shared<FakePerformer>(10);
  const auto scheduler =
      std::make_shared<Scheduler::State>(SchedulerOptions{.threads = -1, .budget = 0.8});
  const auto clock = std::make_shared<VirtualClock>();
  std::vector<std::shared_ptr<SessionCore>> sessions;
  const auto open = [&](Admission admission) {
    SessionOptions options;
    options.admission = admission;
    sessions.push_back(std::make_shared<SessionCore>(performer, scheduler, clock, options));
  };
  for (int i = 0; i < 3; ++i) open(Admission::kAtOpen);  // 30 of 32 ms of a frame's 40
  testing::ExpectError(ErrorCode::kUnsupported, {"promised"}, [&] { open(Admission::kAtOpen); });
  open(Admission::kAtSpeech);
  EXPECT_EQ(sessions.back()->Speak("a", 16000), Speaking::kRefused);
  sessions.front()->Close();
  EXPECT_EQ(sessions.back()->Speak("a", 16000), Speaking::kYes);
  sessions.back()->End();
  while (sessions.back()->Poll()) {
  }
  open(Admission::kAtOpen);  // the utterance is over
  open(Admission::kNever);
  for (const auto& session : sessions) session->Close();
  EXPECT_EQ(scheduler->promised, 0);
  scheduler->StopAll();
}

TEST(SessionCore, WhoHasSpokenLeavesTheTimeToOthersBeforeItIsTold) {
  const auto performer = std::make_shared<FakePerformer>(30);
  const auto scheduler =
      std::make_shared<Scheduler::State>(SchedulerOptions{.threads = -1, .budget = 0.8});
  const auto clock = std::make_shared<VirtualClock>();
  const auto open = [&] {
    SessionOptions options;
    options.admission = Admission::kAtSpeech;
    return std::make_shared<SessionCore>(performer, scheduler, clock, options);
  };
  const auto one = open();
  const auto other = open();
  EXPECT_EQ(one->Speak("a", 16000), Speaking::kYes);
  EXPECT_EQ(other->Speak("a", 16000), Speaking::kRefused);
  one->End();
  bool has_finished = false;
  while (!has_finished) {
    const std::optional<Output> output = one->Poll();
    ASSERT_TRUE(output);
    has_finished = std::holds_alternative<Finished>(*output);
  }
  EXPECT_EQ(other->Speak("b", 16000), Speaking::kYes);
  one->Close();
  other->Close();
  scheduler->StopAll();
}

TEST(SessionCore, TheSessionThatIsDueFirstIsServedFirst) {
  const auto performer = std::make_shared<FakePerformer>(1);
  const auto scheduler = std::make_shared<Scheduler::State>(SchedulerOptions{.threads = -1});
  const auto clock = std::make_shared<VirtualClock>();
  const auto early = std::make_shared<SessionCore>(performer, scheduler, clock, SessionOptions{});
  clock->Advance(kFrameTicks / 2);
  const auto late = std::make_shared<SessionCore>(performer, scheduler, clock, SessionOptions{});
  for (const auto& session : {late, early}) {
    session->Speak("a", kTickRate);
    session->Push(std::span<const int16_t>(Sound(10 * kSecond)));
  }
  // Each is offered as often as a session may be worked for at a time, in turns by deadline.
  std::vector<Ticks> deadlines;
  for (const auto& [key, worker] : scheduler->queue) deadlines.push_back(key.first);
  EXPECT_EQ(scheduler->queue.begin()->second, early);
  EXPECT_LE(scheduler->queue.size(), 4U);
  EXPECT_TRUE(std::ranges::is_sorted(deadlines));
  for (const auto& session : {late, early}) session->Close();
  scheduler->StopAll();
}

TEST(SessionCore, WhatIsWrongIsSaid) {
  Stand stand;
  testing::ExpectError(ErrorCode::kInvalidArgument, {"sample rate"},
                       [&] { stand.core().Speak("a", 10); });
  testing::ExpectError(ErrorCode::kInvalidArgument, {"open utterance"},
                       [&] { stand.Push(Sound(10)); });
  stand.Speak("a");
  testing::ExpectError(ErrorCode::kInvalidArgument, {"\"a\""},
                       [&] { stand.core().Speak("a", 16000); });
  testing::ExpectError(ErrorCode::kInvalidArgument, {"lookahead", "8"},
                       [] { Stand({.lookahead = 8}); });
  stand.Speak("b");
  const std::vector<float> loud{30000};
  testing::ExpectError(ErrorCode::kInvalidArgument, {"32768"},
                       [&] { stand.core().Push(std::span<const float>(loud)); });
}

TEST(SessionCore, SpeaksWithThreadsWhileOthersPushInterruptAndLeave) {
  const auto performer = std::make_shared<FakePerformer>(0.01);
  const auto scheduler = std::make_shared<Scheduler>(SchedulerOptions{.threads = 2});
  const auto clock = SteadyClock();
  std::vector<std::jthread> threads;
  for (unsigned number = 0; number < 2; ++number) {
    threads.emplace_back([&] {
      const auto core =
          std::make_shared<SessionCore>(performer, scheduler->state(), clock, SessionOptions{});
      std::jthread speaker([&](const std::stop_token& stop) {
        for (int i = 0; !stop.stop_requested(); ++i) {
          core->Speak(UtteranceName(i), 16000);
          for (int k = 0; k < 5; ++k) {
            core->Push(std::span<const int16_t>(Sound(1600)));
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
          }
          if (i % 3 == 2) core->Interrupt(std::nullopt, std::nullopt);
        }
      });
      uint32_t epoch = 0;
      int pieces = 0;
      for (int i = 0; i < 80; ++i) {
        std::optional<Output> output = core->Wait(std::chrono::milliseconds(100));
        if (!output) continue;
        if (const auto* const flush = std::get_if<Flush>(&*output)) epoch = flush->epoch;
        if (const auto* const piece = std::get_if<Piece>(&*output)) {
          EXPECT_EQ(piece->epoch, epoch);
          ++pieces;
        }
      }
      EXPECT_GT(pieces, 20);
      speaker.request_stop();
      speaker.join();
      core->Close();  // amid speech
    });
  }
}

}  // namespace
}  // namespace mouthpiece::live

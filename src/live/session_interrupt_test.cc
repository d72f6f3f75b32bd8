#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "live/session_stand_test.h"
#include "support/rounds.h"

namespace mouthpiece::live {
namespace {

TEST(SessionCore, AnInterruptReportsWhatWasHeardAndFades) {
  Stand stand;
  stand.Speak("a");
  stand.Push(Sound(5 * kSecond));
  stand.core().End();
  stand.Speak("b");
  stand.Push(Sound(kSecond));
  stand.Run(2 * kSecond + 777);
  const Ticks now = stand.now();
  const Interrupted cut = stand.core().Interrupt(std::nullopt, std::nullopt);
  EXPECT_EQ(cut.utterance, "a");
  EXPECT_EQ(cut.epoch, 1U);
  const Ticks at = (now + 2) / 3 * 3;
  EXPECT_EQ(cut.played, at - stand.started["a"]);
  EXPECT_FALSE(stand.core().is_open());
  stand.performer().painted = 0;
  stand.Drain();
  ASSERT_EQ(stand.flushes.size(), 1U);
  EXPECT_EQ(stand.flushes[0].pts, at);
  EXPECT_EQ(stand.finished["a"].played, cut.played);
  EXPECT_TRUE(stand.finished["a"].interrupted);
  EXPECT_EQ(stand.finished["b"].played, 0);
  EXPECT_TRUE(stand.finished["b"].interrupted);
  EXPECT_FALSE(stand.started.contains("b"));

  stand.Run(kSecond);
  EXPECT_GT(stand.performer().painted, 5);  // the mouth closes by the network's own windows
  EXPECT_TRUE(stand.pieces.back().idle);
  for (Ticks t = at; t < at + 240; ++t) EXPECT_LE(stand.sound[t], 21000 * (240 - (t - at)) / 240);
  for (Ticks t = at + 240; t < stand.next_pts; ++t) ASSERT_EQ(stand.sound[t], 0);
}

TEST(SessionCore, AnInterruptGoesBackToWhatAListenerHeard) {
  Stand stand;
  stand.Speak("a");
  stand.Push(Sound(5 * kSecond));
  stand.Run(2 * kSecond);
  const Ticks heard = stand.now() - Milliseconds(200);
  const Interrupted cut = stand.core().Interrupt(std::nullopt, heard);
  stand.Run(kSecond);
  EXPECT_EQ(stand.flushes.at(0).pts, (heard + 2) / 3 * 3);
  EXPECT_EQ(cut.played, stand.flushes[0].pts - stand.started["a"]);
}

TEST(SessionCore, WhatWasNotHeardYetIsTakenOutWithoutANewEpoch) {
  Stand stand;
  const std::vector<int16_t> sound = Sound(kSecond);
  for (const char* name : {"a", "b", "c"}) {
    stand.Speak(name);
    stand.Push(sound);
  }
  stand.core().End();
  stand.Run(kSecond / 2);
  const Interrupted cut = stand.core().Interrupt("b", std::nullopt);
  EXPECT_EQ(cut.utterance, "");
  EXPECT_EQ(cut.epoch, 0U);
  stand.RunUntilFinished(3);
  EXPECT_TRUE(stand.finished["b"].interrupted);
  EXPECT_EQ(stand.started["c"], stand.started["a"] + kSecond);
  EXPECT_EQ(stand.finished["c"].played, kSecond);
}

TEST(SessionCore, OneOfSeveralIsCutOffAndTheNextFollows) {
  Stand stand;
  stand.Speak("a");
  stand.Push(Sound(3 * kSecond, 1));
  stand.Speak("b");
  const std::vector<int16_t> sound = Sound(kSecond, 2);
  stand.Push(sound);
  stand.core().End();
  stand.Run(kSecond);
  stand.core().Interrupt("a", std::nullopt);
  stand.RunUntilFinished(2);
  EXPECT_LT(stand.started["b"] - stand.flushes.at(0).pts, Milliseconds(620));
  for (size_t i = 0; i < sound.size(); ++i) {
    ASSERT_EQ(stand.sound[stand.started["b"] + static_cast<Ticks>(i)], sound[i]) << i;
  }
  EXPECT_FALSE(stand.finished["b"].interrupted);
}

TEST(SessionCore, WithoutSpeechAnInterruptDoesNothing) {
  Stand stand;
  stand.Run(kSecond);
  EXPECT_EQ(stand.core().Interrupt(std::nullopt, std::nullopt).epoch, 0U);
  EXPECT_EQ(stand.core().Interrupt("x", std::nullopt).utterance, "");
  stand.Run(kSecond);
  EXPECT_TRUE(stand.flushes.empty());
}

TEST(SessionCore, WhatIsPushedToSomethingThatWasCutOffIsDropped) {
  Stand stand;
  stand.Speak("a");
  stand.Push(Sound(kSecond));
  stand.Run(kSecond);
  stand.core().Interrupt(std::nullopt, std::nullopt);
  EXPECT_EQ(stand.Push(Sound(100 * kSecond)), static_cast<size_t>(100 * kSecond));
  stand.core().End();
  stand.Run(kSecond);
  EXPECT_EQ(stand.finished.size(), 1U);
  EXPECT_EQ(stand.core().stats().queued, 0);
}

TEST(SessionCore, InterruptsAtAnyTimeLeaveNothingOfBefore) {
  std::mt19937 random(42);
  const auto draw = [&](int64_t most) { return static_cast<Ticks>(random() % (most + 1)); };
  Stand stand;
  stand.keep_sound = false;
  const std::vector<int16_t> sound = Sound(2 * kSecond);
  int interrupts = 0;
  int64_t flushes = 0;
  while (interrupts < testing::Rounds(10'000)) {
    if (draw(2) > 0) {
      const std::string name = UtteranceName(stand.spoken());
      stand.Speak(name, draw(1) == 0 ? kTickRate : 16000);
      stand.Push({sound.begin(), sound.begin() + 1 + draw(20000)});
      if (draw(2) == 0) stand.core().End();
    }
    // Not always polled up to the moment, and not always rendered.
    const Ticks ticks = draw(2) == 0 ? draw(60000) : draw(4000);
    if (draw(3) > 0) {
      stand.Run(ticks, draw(3) > 0);
    } else {
      stand.clock().Advance(ticks);
      if (draw(1) == 0) stand.scheduler().RunOne();
    }
    std::optional<std::string> which;
    if (draw(4) == 0) which = UtteranceName(stand.spoken() - 1 - draw(2));
    std::optional<Ticks> heard;
    if (draw(3) == 0) heard = stand.now() - draw(30000);
    const uint32_t before = stand.core().stats().epoch;
    const Interrupted cut = stand.core().Interrupt(which, heard);
    ++interrupts;
    flushes += cut.epoch - before;
    ASSERT_LE(cut.epoch - before, 1U);
    // From here on all pieces are of this epoch: Take holds them to it.
    stand.Drain(draw(1) == 0);
    ASSERT_EQ(stand.epoch, cut.epoch);
    if (::testing::Test::HasFailure()) break;
  }
  EXPECT_GT(flushes, testing::Rounds(800));
  EXPECT_GT(stand.core().stats().held_frames, 0);
  stand.core().End();
  stand.RunUntilFinished(static_cast<size_t>(stand.spoken()));
}

}  // namespace
}  // namespace mouthpiece::live

#include "serve/settled_track.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace mouthpiece::serve {
namespace {

constexpr live::Ticks kFrame = live::kFrameTicks;

std::shared_ptr<const media::AccessUnit> Unit(bool key) {
  auto unit = std::make_shared<media::AccessUnit>();
  unit->bytes.resize(100);
  unit->key = key;
  return unit;
}

live::Piece PieceAt(live::Ticks pts, live::Ticks duration = kFrame, int16_t sound = 0) {
  live::Piece piece;
  piece.pts = pts;
  piece.duration = duration;
  if (sound != 0) piece.sound.assign(static_cast<size_t>(duration), sound);
  return piece;
}

TEST(SettledTrack, GivesWhatHasPassedFromAKeyOn) {
  SettledTrack track;
  track.Add(PieceAt(0), Unit(false));
  track.Add(PieceAt(kFrame), nullptr);
  EXPECT_FALSE(track.due());
  track.Add(PieceAt(2 * kFrame), Unit(true));
  track.Add(PieceAt(3 * kFrame), nullptr);
  EXPECT_EQ(track.due(), 3 * kFrame);
  EXPECT_TRUE(track.Take(3 * kFrame - 1).empty());
  const std::vector<Settled> first = track.Take(3 * kFrame);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].pts, 2 * kFrame);
  EXPECT_TRUE(first[0].unit->key);
  const std::vector<Settled> second = track.Take(9 * kFrame);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].unit, nullptr);
  EXPECT_FALSE(track.due());
}

TEST(SettledTrack, DropsWhatIsVoid) {
  SettledTrack track;
  track.Add(PieceAt(0, kFrame, 1), Unit(true));
  track.Add(PieceAt(kFrame, kFrame, 1), Unit(false));
  track.Add(PieceAt(2 * kFrame, kFrame, 1), Unit(false));
  track.Flush(kFrame + 100);
  track.Add(PieceAt(kFrame + 100, kFrame - 100, 2), nullptr);
  const std::vector<Settled> taken = track.Take(9 * kFrame);
  ASSERT_EQ(taken.size(), 3U);
  EXPECT_EQ(taken[1].duration, 100);
  EXPECT_EQ(taken[1].sound.size(), 100U);
  EXPECT_EQ(taken[2].pts, kFrame + 100);
  EXPECT_EQ(taken[2].sound[0], 2);
}

TEST(SettledTrack, TakesNothingBack) {
  SettledTrack track;
  track.Add(PieceAt(0, kFrame, 1), Unit(true));
  ASSERT_EQ(track.Take(kFrame).size(), 1U);
  track.Flush(kFrame - 50);
  track.Add(PieceAt(kFrame - 50, 50, 2), nullptr);          // all of it was given
  track.Add(PieceAt(kFrame - 20, kFrame, 3), Unit(false));  // some of it
  track.Add(PieceAt(kFrame - 20, 20, 3), Unit(true));       // only its picture is news
  const std::vector<Settled> taken = track.Take(9 * kFrame);
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0].pts, kFrame);
  EXPECT_EQ(taken[0].duration, kFrame - 20);
  EXPECT_EQ(taken[0].sound.size(), static_cast<size_t>(kFrame - 20));
  EXPECT_EQ(taken[1].pts, 2 * kFrame - 20);
  EXPECT_EQ(taken[1].duration, 1);
}

TEST(SettledTrack, SaysWhereItHasGaps) {
  SettledTrack track;
  track.Add(PieceAt(0), Unit(true));
  track.Add(PieceAt(3 * kFrame), Unit(false));
  const std::vector<Settled> taken = track.Take(9 * kFrame);
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0].gap, 0);
  EXPECT_EQ(taken[1].gap, 2 * kFrame);
}

}  // namespace
}  // namespace mouthpiece::serve

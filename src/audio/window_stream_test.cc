#include "audio/window_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace mouthpiece {
namespace {

/// Value of band b in row m.
float Value(int64_t m, int64_t b) { return static_cast<float>(m * 100 + b); }

std::vector<float> Rows(int64_t first, int64_t count) {
  std::vector<float> rows;
  for (int64_t m = first; m < first + count; ++m) {
    for (int64_t b = 0; b < kMelBands; ++b) rows.push_back(Value(m, b));
  }
  return rows;
}

std::vector<float> PullAll(WindowStream& stream) {
  std::vector<float> windows(static_cast<size_t>(stream.ready()) * kWindowValues);
  EXPECT_EQ(stream.Pull(windows), static_cast<int64_t>(windows.size() / kWindowValues));
  EXPECT_EQ(stream.ready(), 0);
  return windows;
}

std::vector<float> Windows(int64_t rows) {
  WindowStream stream;
  stream.Push(Rows(0, rows));
  stream.Finish();
  return PullAll(stream);
}

TEST(WindowCount, IsTheTrainingCodes) {
  for (int64_t rows = 16; rows < 500; ++rows) {
    EXPECT_EQ(WindowCount(rows),
              static_cast<int64_t>(static_cast<double>((rows - 16) * 25) / 80) + 2)
        << rows;
  }
  EXPECT_EQ(WindowCount(1674), 520);  // with both ends doubled, the 522 rows of 334,739 samples
  EXPECT_EQ(WindowCount(1), 2);
}

TEST(WindowStream, WindowsBeginAtTheirFrameAndTheLastFits) {
  for (int64_t rows = 16; rows < 90; ++rows) {
    const std::vector<float> windows = Windows(rows);
    const int64_t count = WindowCount(rows);
    ASSERT_EQ(windows.size(), static_cast<size_t>(count) * kWindowValues);
    for (int64_t f = 0; f < count; ++f) {
      int64_t first = static_cast<int64_t>(80.0 * static_cast<double>(f) / 25);
      if (first + 16 > rows) {
        EXPECT_EQ(f, count - 1) << "only the last window is moved";
        first = rows - 16;
      }
      const float* window = windows.data() + static_cast<size_t>(f) * kWindowValues;
      for (int64_t band = 0; band < kMelBands; ++band) {
        for (int64_t t = 0; t < 16; ++t) {
          ASSERT_EQ(window[band * 16 + t], Value(first + t, band)) << rows << " rows, window " << f;
        }
      }
    }
  }
}

TEST(WindowStream, DoesNotCareHowRowsArrive) {
  const int64_t rows = 3001;
  const std::vector<float> expected = Windows(rows);
  std::mt19937 random(3);
  for (const int64_t most : {1, 3, 40, 1500}) {
    WindowStream stream;
    std::vector<float> windows;
    const auto pull = [&] {
      const std::vector<float> part = PullAll(stream);
      windows.insert(windows.end(), part.begin(), part.end());
    };
    for (int64_t at = 0; at < rows;) {
      const int64_t count = std::min(rows - at, 1 + static_cast<int64_t>(random()) % most);
      stream.Push(Rows(at, count));
      at += count;
      if (random() % 3 != 0) pull();
    }
    stream.Finish();
    pull();
    EXPECT_EQ(windows, expected) << "pieces of up to " << most;
  }
}

TEST(WindowStream, AWindowIsReadyWithItsLastRow) {
  WindowStream stream;
  int64_t windows = 0;
  for (int64_t rows = 0; rows < 400; ++rows) {
    EXPECT_EQ(stream.ready(), windows) << rows;
    stream.Push(Rows(rows, 1));
    const int64_t first_of_next = windows * 80 / 25;
    if (first_of_next + 16 == rows + 1) ++windows;
  }
  EXPECT_EQ(windows, 121);
}

TEST(WindowStream, LessThanAWindowIsFollowedBySilence) {
  for (const int64_t rows : {0, 1, 9, 15}) {
    const std::vector<float> windows = Windows(rows);
    ASSERT_EQ(windows.size(), 2 * kWindowValues);
    for (int64_t band = 0; band < kMelBands; ++band) {
      for (int64_t t = 0; t < 16; ++t) {
        const float expected = t < rows ? Value(t, band) : -4.0F;
        EXPECT_EQ(windows[static_cast<size_t>(band * 16 + t)], expected);
        EXPECT_EQ(windows[kWindowValues + static_cast<size_t>(band * 16 + t)], expected);
      }
    }
  }
}

}  // namespace
}  // namespace mouthpiece

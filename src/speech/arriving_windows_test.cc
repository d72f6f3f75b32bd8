#include "speech/arriving_windows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "mouthpiece/error.h"
#include "speech/feature_encoder.h"
#include "support/errors.h"
#include "support/sound.h"
#include "support/speaker.h"

namespace mouthpiece {
namespace {

using testing::ExpectError;

constexpr AudioWindowMode kModes[] = {AudioWindowMode::kZero, AudioWindowMode::kEdge};

FeatureTable Numbered(int64_t rows, int64_t row_size) {
  FeatureTable table{rows, row_size, {}};
  for (int64_t i = 0; i < rows * row_size; ++i) {
    table.values.push_back(static_cast<float>(i + 1));
  }
  return table;
}

std::vector<float> WindowOf(WindowSource& source, int64_t frame, AudioWindowMode mode,
                            int64_t values) {
  std::vector<float> window(static_cast<size_t>(values), -1.0F);
  source.Window(frame, mode, window);
  return window;
}

/// Brings `rows` of `table` in pieces of up to `most` rows.
void Bring(const FeatureTable& table, int64_t from, int64_t most, ArrivingWindows& windows) {
  std::mt19937 random(3);
  for (int64_t row = from; row < table.rows;) {
    const int64_t count = std::min(table.rows - row, static_cast<int64_t>(random()) % (most + 1));
    const auto rows = std::span(table.values)
                          .subspan(static_cast<size_t>(row * table.row_size),
                                   static_cast<size_t>(count * table.row_size));
    ASSERT_TRUE(windows.Append(rows));
    row += count;
  }
  windows.Finish();
}

TEST(ArrivingWindows, AreThoseOfTheFinishedTable) {
  constexpr int64_t kRowSize = 3;
  for (const int64_t rows : {1, 2, 15, 16, 17, 400}) {
    const auto table = std::make_shared<const FeatureTable>(Numbered(rows, kRowSize));
    TableWindows expected(table);
    for (const AudioWindowMode mode : kModes) {
      for (const int64_t half : {1, 8}) {
        for (const int64_t most_ahead : {0, 1, 30}) {
          ArrivingWindows windows(kRowSize, most_ahead);
          std::jthread speaker([&] { Bring(*table, 0, 40, windows); });
          for (int64_t frame = 0; frame < rows + 20; ++frame) {
            ASSERT_EQ(WindowOf(windows, frame, mode, 2 * half * kRowSize),
                      WindowOf(expected, frame, mode, 2 * half * kRowSize))
                << rows << " rows, frame " << frame;
          }
        }
      }
    }
  }
}

TEST(ArrivingWindows, MayBeginLater) {
  const auto table = std::make_shared<const FeatureTable>(Numbered(100, 2));
  TableWindows expected(table);
  for (const int64_t first : {0, 5, 92, 99}) {
    ArrivingWindows windows(2, 10);
    windows.Skip(first);
    std::jthread speaker([&] { Bring(*table, first, 7, windows); });
    for (int64_t frame = first == 0 ? 0 : first + 8; frame < 130; ++frame) {
      ASSERT_EQ(WindowOf(windows, frame, AudioWindowMode::kEdge, 32),
                WindowOf(expected, frame, AudioWindowMode::kEdge, 32))
          << "from " << first << ", frame " << frame;
    }
  }
}

TEST(ArrivingWindows, AreAskedForInOrder) {
  ArrivingWindows windows(1);
  windows.Append(std::vector<float>(100));
  WindowOf(windows, 80, AudioWindowMode::kZero, 16);
  ExpectError(ErrorCode::kInternal, {"frame 3 "},
              [&] { WindowOf(windows, 3, AudioWindowMode::kZero, 16); });
}

TEST(ArrivingWindows, KeepNoMoreThanIsSaid) {
  ArrivingWindows windows(1, 50);
  std::atomic<int> brought = 0;
  std::jthread speaker([&] {
    while (windows.Append(std::vector<float>(10))) brought += 10;
  });
  for (int64_t frame = 0; frame < 300; frame += 10) {
    WindowOf(windows, frame, AudioWindowMode::kZero, 16);
    EXPECT_LE(brought, frame + 8 + 50 + 10);
  }
  windows.Stop();
}

TEST(ArrivingWindows, PassErrorsOn) {
  ArrivingWindows windows(1);
  std::jthread speaker([&] {
    windows.Append(std::vector<float>(10));
    windows.Fail(std::make_exception_ptr(Error(ErrorCode::kBadPackage, "no finite features")));
  });
  ExpectError(ErrorCode::kBadPackage, {"no finite features"},
              [&] { WindowOf(windows, 5, AudioWindowMode::kZero, 16); });
}

TEST(ArrivingWindows, StopWakesEverybody) {
  ArrivingWindows windows(1, 1);
  bool is_wanted = true;
  std::jthread speaker([&] {
    while (windows.Append(std::vector<float>(1))) {
    }
    is_wanted = false;
  });
  std::jthread stopper([&] { windows.Stop(); });
  ExpectError(ErrorCode::kCancelled, {"cancelled"}, [&] {
    for (int64_t frame = 0;; ++frame) WindowOf(windows, frame, AudioWindowMode::kZero, 16);
  });
  speaker.join();
  EXPECT_FALSE(is_wanted);
}

TEST(ArrivingWindows, OfSoundThatArrivesAreThoseOfTheWholeSound) {
  const testing::Speaker speaker;
  const auto avatar = speaker.Open();
  for (const size_t size : {100u, 4000u, 40007u}) {
    const std::vector<float> samples = testing::NoisySpeech(size);
    FeatureTable whole{0, kFeatureValues, {}};
    FeatureStream stream(*avatar);
    stream.Push(samples);
    stream.Finish();
    whole.values.resize(static_cast<size_t>(stream.ready()) * kFeatureValues);
    whole.rows = stream.Pull(whole.values);
    TableWindows expected(std::make_shared<const FeatureTable>(whole));

    for (const size_t most : {300u, 3000u, 30000u}) {
      ArrivingWindows windows(kFeatureValues);
      std::jthread session([&] {
        FeatureStream arriving(*avatar, {.batch = 1});
        std::mt19937 random(11);
        std::vector<float> rows;
        const auto pass_on = [&] {
          rows.resize(static_cast<size_t>(arriving.ready()) * kFeatureValues);
          arriving.Pull(rows);
          windows.Append(rows);
        };
        for (size_t at = 0; at < samples.size();) {
          const size_t count = std::min(samples.size() - at, 1 + random() % most);
          arriving.Push(std::span(samples).subspan(at, count));
          at += count;
          pass_on();
        }
        arriving.Finish();
        pass_on();
        windows.Finish();
      });
      for (int64_t frame = 0; frame < whole.rows + 10; ++frame) {
        ASSERT_EQ(WindowOf(windows, frame, AudioWindowMode::kEdge, 16 * kFeatureValues),
                  WindowOf(expected, frame, AudioWindowMode::kEdge, 16 * kFeatureValues))
            << size << " samples in pieces of up to " << most << ", frame " << frame;
      }
    }
  }
}

}  // namespace
}  // namespace mouthpiece

// What tests of sinks have in common.
#ifndef MOUTHPIECE_TESTS_SUPPORT_SINK_TEST_H_
#define MOUTHPIECE_TESTS_SUPPORT_SINK_TEST_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mouthpiece/error.h"
#include "sink/output_plan.h"
#include "sink/sink.h"
#include "support/captured_output.h"
#include "support/decoded.h"
#include "support/files.h"
#include "support/pictures.h"
#include "support/small_disk.h"
#include "support/sound.h"

namespace mouthpiece::testing {

/// Outputs in a folder of the test's own, and small frames for them.
class SinkTest : public ::testing::Test {
 protected:
  static constexpr int kWidth = 64;
  static constexpr int kHeight = 48;

  struct Options {
    Output output;
    SinkJob job;
  };

  Options OptionsFor(const std::string& name, int64_t frames = 12) const {
    Options options;
    options.output.name = folder_.path() / name;
    options.job.frame_count = frames;
    options.job.threads = 2;
    return options;
  }
  static StreamFormat Format(ColorRange range = ColorRange::kLimited) {
    StreamFormat format;
    format.width = kWidth;
    format.height = kHeight;
    format.color.range = range;
    return format;
  }
  static std::unique_ptr<Sink> Open(const Options& options, const StreamFormat& format = Format()) {
    return OpenSink(PlanOutput(options.output), options.job, format);
  }
  /// Writes all frames and checks that each comes back once.
  static void Run(const Options& options, const StreamFormat& format = Format()) {
    FrameLender frames(format.width, format.height, format.color.range);
    std::unique_ptr<Sink> sink = Open(options, format);
    for (int64_t i = 0; i < options.job.frame_count; ++i) sink->Write(frames.Lend(i));
    sink->Finish();
    sink.reset();
    EXPECT_EQ(frames.returned(), options.job.frame_count);
    EXPECT_FALSE(frames.returned_twice());
  }
  template <typename Action>
  static void ExpectError(ErrorCode code, const std::string& words, Action action) {
    try {
      action();
      FAIL() << "an error was expected: " << words;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    }
  }

  TempFolder folder_;
};

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_SINK_TEST_H_

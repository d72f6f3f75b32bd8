#include "mouthpiece/renderer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "avatar/test_package.h"
#include "mouthpiece/audio.h"
#include "mouthpiece/error.h"
#include "mouthpiece/frame_stream.h"

namespace mouthpiece {
namespace {

using testing::DrawnPackage;
using testing::ExpectError;
using testing::ReadBytes;
using testing::TempFolder;

RenderOptions Hashes(const std::filesystem::path& file, int64_t begin = 0, int64_t end = 30) {
  RenderOptions options;
  options.output = "hash:" + file.string();
  options.frames = FrameRange{begin, end};
  options.overwrite = true;
  return options;
}

class TheRenderer : public ::testing::Test {
 protected:
  /// The hashes of a render by itself.
  std::string HashesOf(RenderOptions options) {
    options.output = "hash:" + (folder_ / "alone").string();
    options.overwrite = true;
    Render(Avatar::Open(DrawnPackage()), options);
    return ReadBytes(folder_ / "alone");
  }

  /// Renders and compares; returns the seconds that loading the network took.
  double LoadTime(const RenderOptions& options) {
    const RenderStats stats = renderer_.Render(options);
    EXPECT_EQ(ReadBytes(file_), HashesOf(options));
    return stats.network_wall_s;
  }

  const TempFolder folder_;
  const std::filesystem::path file_ = folder_ / "hashes";
  Renderer renderer_{Avatar::Open(DrawnPackage())};
};

TEST_F(TheRenderer, LoadsTheNetworkOnce) {
  EXPECT_GT(LoadTime(Hashes(file_)), 0);
  EXPECT_EQ(LoadTime(Hashes(file_)), 0);
  // What the network does not depend on may differ.
  RenderOptions options = Hashes(file_, 7, 41);
  options.loop = LoopMode::kRepeat;
  options.cache = CacheMode::kStream;
  options.audio_window = AudioWindowMode::kEdge;
  EXPECT_EQ(LoadTime(options), 0);
}

TEST_F(TheRenderer, LoadsAnotherNetworkForOtherSettings) {
  EXPECT_GT(LoadTime(Hashes(file_)), 0);
  RenderOptions options = Hashes(file_);
  options.engine = EngineKind::kOpenVino;
  EXPECT_GT(LoadTime(options), 0);
  options.precision = Precision::kF32;
  EXPECT_GT(LoadTime(options), 0);
  options.batch = 3;
  EXPECT_GT(LoadTime(options), 0);
  options.threads = 1;
  EXPECT_GT(LoadTime(options), 0);
  options.resample = Resample::kCubic;
  EXPECT_GT(LoadTime(options), 0);
  EXPECT_EQ(LoadTime(options), 0);
}

TEST_F(TheRenderer, MeasuresTheNetworkOfEachRenderAlone) {
  const auto infer = [&](int64_t frames) {
    for (const StageStats& stage : renderer_.Render(Hashes(file_, 0, frames)).stages) {
      if (stage.name == "infer") return stage.ms_per_frame;
    }
    return -1.0;
  };
  const double first = infer(200);
  EXPECT_GT(first, 0);
  // With the time of the first render counted again it would be a hundred times as much.
  EXPECT_LT(infer(2), 30 * first);
}

TEST_F(TheRenderer, KeepsItsNetworkAfterErrors) {
  LoadTime(Hashes(file_));

  RenderOptions taken = Hashes(file_);
  taken.overwrite = false;
  ExpectError(ErrorCode::kInvalidArgument, {"exists already"}, [&] { renderer_.Render(taken); });
  EXPECT_EQ(LoadTime(Hashes(file_)), 0);

  RenderOptions bad_rows = Hashes(file_);
  bad_rows.feature_table =
      std::make_shared<const FeatureTable>(FeatureTable{2, 7, std::vector<float>(14)});
  ExpectError(ErrorCode::kBadPackage, {"model_best.onnx", "feature rows of 7 values"},
              [&] { renderer_.Render(bad_rows); });
  EXPECT_EQ(LoadTime(Hashes(file_)), 0);

  // In the middle of its work, with requests running.
  for (const int64_t at : {1, 10, 37}) {
    std::atomic<bool> cancel = false;
    RenderHooks hooks{.progress = {}, .message = {}, .cancel = &cancel};
    hooks.progress = [&](const RenderProgress& progress) { cancel = progress.done >= at; };
    ExpectError(ErrorCode::kCancelled, {},
                [&] { renderer_.Render(Hashes(file_, 0, 1'000'000), hooks); });
    EXPECT_EQ(LoadTime(Hashes(file_, at, at + 30)), 0);
  }
}

TEST_F(TheRenderer, RendersSideBySide) {
  constexpr int kThreads = 3;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 2; ++round) {
        renderer_.Render(Hashes(folder_ / std::to_string(i), 10 * i, 10 * i + 40));
      }
    });
  }
  threads.clear();
  for (int i = 0; i < kThreads; ++i) {
    EXPECT_EQ(ReadBytes(folder_ / std::to_string(i)), HashesOf(Hashes("", 10 * i, 10 * i + 40)));
  }
  EXPECT_EQ(LoadTime(Hashes(file_)), 0);
}

TEST_F(TheRenderer, SharesItsNetworkWithFrameStreams) {
  const auto renderer = std::make_shared<Renderer>(Avatar::Open(DrawnPackage()));
  RenderOptions options = Hashes(file_, 0, 5);
  renderer->Render(options);
  {
    FrameStream left_early(renderer, Hashes("", 0, 1'000'000));
    EXPECT_TRUE(left_early.Next());
  }
  FrameStream stream(renderer, options);
  while (stream.Next()) {
  }
  ASSERT_NE(stream.stats(), nullptr);
  EXPECT_EQ(stream.stats()->network_wall_s, 0);
}

TEST_F(TheRenderer, MayGoBeforeItsFrameStream) {
  auto renderer = std::make_shared<Renderer>(Avatar::Open(DrawnPackage()));
  FrameStream stream(renderer, Hashes("", 0, 20));
  renderer.reset();
  int frames = 0;
  while (stream.Next()) ++frames;
  EXPECT_EQ(frames, 20);
}

}  // namespace
}  // namespace mouthpiece

#include "mouthpiece/renderer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "mouthpiece/audio.h"
#include "mouthpiece/error.h"
#include "mouthpiece/frame_stream.h"
#include "mouthpiece/types.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/fixtures.h"
#include "support/sound.h"
#include "support/speaker.h"

namespace mouthpiece {
namespace {

using testing::DrawnPackage;
using testing::ExpectError;
using testing::ReadFile;
using testing::TempFolder;

Output Hashes(const std::filesystem::path& file) {
  return {.name = "hash:" + file.string(), .overwrite = true};
}

Job Frames(int64_t begin, int64_t end) {
  Job job;
  job.frames = FrameRange{begin, end};
  return job;
}

class TheRenderer : public ::testing::Test {
 protected:
  /// The hashes of a render by itself.
  std::string HashesOf(const Job& job, const Machine& machine = {}) {
    Renderer(Avatar::Open(DrawnPackage()), machine).Render(job, Hashes(folder_ / "alone"));
    return ReadFile(folder_ / "alone");
  }

  /// Renders and compares; returns the seconds that loading the network took.
  double LoadTime(const Job& job = Frames(0, 30)) {
    const RenderStats stats = renderer_.Render(job, output_);
    EXPECT_EQ(ReadFile(file_), HashesOf(job));
    return stats.network_wall_s;
  }

  const TempFolder folder_;
  const std::filesystem::path file_ = folder_ / "hashes";
  const Output output_ = Hashes(file_);
  Renderer renderer_{Avatar::Open(DrawnPackage())};
};

TEST_F(TheRenderer, LoadsTheNetworkOnce) {
  EXPECT_GT(LoadTime(), 0);
  EXPECT_EQ(LoadTime(), 0);
  // The network depends on no job.
  Job job = Frames(7, 41);
  job.loop = LoopMode::kRepeat;
  job.audio_window = AudioWindowMode::kEdge;
  job.resample = Resample::kCubic;
  EXPECT_EQ(LoadTime(job), 0);
  EXPECT_EQ(LoadTime(), 0);
}

TEST_F(TheRenderer, RefusesAMachineThatIsNone) {
  ExpectError(ErrorCode::kInvalidArgument, {"threads"},
              [] { Renderer(Avatar::Open(DrawnPackage()), {.threads = -1}); });
}

TEST_F(TheRenderer, MeasuresTheNetworkOfEachRenderAlone) {
  const auto infer = [&](int64_t frames) {
    for (const StageStats& stage : renderer_.Render(Frames(0, frames), output_).stages) {
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
  LoadTime();

  ExpectError(ErrorCode::kInvalidArgument, {"exists already"},
              [&] { renderer_.Render(Frames(0, 30), {.name = output_.name}); });
  EXPECT_EQ(LoadTime(), 0);

  const auto bad_rows =
      std::make_shared<const FeatureTable>(FeatureTable{2, 7, std::vector<float>(14)});
  ExpectError(ErrorCode::kBadPackage, {"model_best.onnx", "feature rows of 7 values"},
              [&] { renderer_.Render({.drive = bad_rows}, output_); });
  EXPECT_EQ(LoadTime(), 0);

  // In the middle of its work, with requests running.
  for (const int64_t at : {1, 10, 37}) {
    std::atomic<bool> cancel = false;
    const Hooks hooks{.progress = [&](const Progress& progress) { cancel = progress.done >= at; },
                      .cancel = &cancel};
    ExpectError(ErrorCode::kCancelled, {},
                [&] { renderer_.Render(Frames(0, 1'000'000), output_, hooks); });
    EXPECT_EQ(LoadTime(Frames(at, at + 30)), 0);
  }
}

TEST(Renderer, LoadsTheAudioEncoderOnce) {
  const testing::Speaker speaker;
  Renderer renderer(speaker.Open());
  const Job job{.drive =
                    SpeechFile{speaker.Write("a.wav", testing::Wav(testing::NoisySpeech(30000)))}};
  renderer.Render(job, Hashes(speaker / "first"));
  std::filesystem::remove(speaker / "models/audio_encoder.onnx");
  EXPECT_GT(renderer.Render(job, Hashes(speaker / "second")).speech_wall_s, 0);
  EXPECT_EQ(ReadFile(speaker / "second"), ReadFile(speaker / "first"));
}

TEST(Renderer, RendersSpeechAsItRendersItsFeatures) {
  const testing::Speaker speaker;
  const auto avatar = speaker.Open();
  const auto sound = speaker.Write("a.wav", testing::Wav(testing::NoisySpeech(300000)));
  const auto hashes = [&](const Job& job) {
    Renderer(avatar).Render(job, Hashes(speaker / "hashes"));
    return ReadFile(speaker / "hashes");
  };
  const auto table = std::make_shared<const FeatureTable>(ComputeFeatures(sound, *avatar));
  for (const FrameRange range : {FrameRange{0, 90}, {40, 41}, {300, 400}, {480, 500}}) {
    Job job{.drive = SpeechFile{sound}, .frames = range, .audio_window = AudioWindowMode::kEdge};
    const std::string of_speech = hashes(job);
    job.drive = table;
    EXPECT_EQ(of_speech, hashes(job)) << range.begin;
  }
}

TEST_F(TheRenderer, RendersSideBySide) {
  constexpr int kThreads = 3;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 2; ++round) {
        renderer_.Render(Frames(10 * i, 10 * i + 40), Hashes(folder_ / std::to_string(i)));
      }
    });
  }
  threads.clear();
  for (int i = 0; i < kThreads; ++i) {
    EXPECT_EQ(ReadFile(folder_ / std::to_string(i)), HashesOf(Frames(10 * i, 10 * i + 40)));
  }
  EXPECT_EQ(LoadTime(), 0);
}

TEST_F(TheRenderer, SharesItsNetworkWithFrameStreams) {
  const auto renderer = std::make_shared<Renderer>(Avatar::Open(DrawnPackage()));
  renderer->Render(Frames(0, 5), output_);
  {
    FrameStream left_early(renderer, Frames(0, 1'000'000));
    EXPECT_TRUE(left_early.Next());
  }
  FrameStream stream(renderer, Frames(0, 5));
  while (stream.Next()) {
  }
  ASSERT_NE(stream.stats(), nullptr);
  EXPECT_EQ(stream.stats()->network_wall_s, 0);
}

TEST_F(TheRenderer, MayGoBeforeItsFrameStream) {
  auto renderer = std::make_shared<Renderer>(Avatar::Open(DrawnPackage()));
  FrameStream stream(renderer, Frames(0, 20));
  renderer.reset();
  int frames = 0;
  while (stream.Next()) ++frames;
  EXPECT_EQ(frames, 20);
}

}  // namespace
}  // namespace mouthpiece

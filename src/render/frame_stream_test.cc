#include "mouthpiece/frame_stream.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "avatar/features.h"
#include "media/frame_hash.h"
#include "mouthpiece/audio.h"
#include "mouthpiece/error.h"
#include "mouthpiece/speech_stream.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/fixtures.h"
#include "support/sound.h"
#include "support/speaker.h"

namespace mouthpiece {
namespace {

using testing::DrawnPackage;
using testing::ExpectError;
using testing::NoisySpeech;
using testing::ReadFile;
using testing::Rounded;
using testing::Speaker;
using testing::TempFolder;
using testing::Wav;

/// As a line of the output "hash:".
std::string HashLine(const VideoFrame& frame) {
  PictureView picture;
  for (int i = 0; i < 3; ++i) {
    const FramePlane plane = frame.plane(i);
    picture.planes[i] = {const_cast<uint8_t*>(plane.data), plane.stride, plane.width, plane.height};
  }
  return std::to_string(frame.output_index()) + ' ' + std::to_string(frame.source_index()) + ' ' +
         FrameMd5(picture);
}

std::shared_ptr<Renderer> Drawn(CacheMode cache = CacheMode::kAuto) {
  return std::make_shared<Renderer>(Avatar::Open(DrawnPackage()), Machine{.cache = cache});
}

std::vector<std::string> HashesOfRender(const Job& job, CacheMode cache = CacheMode::kAuto) {
  const TempFolder folder;
  Drawn(cache)->Render(job, {.name = "hash:" + (folder / "hashes").string()});
  std::istringstream text(ReadFile(folder / "hashes"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

Job Frames(int64_t begin, int64_t end) {
  Job job;
  job.frames = FrameRange{begin, end};
  return job;
}

class FrameStreamInMode : public ::testing::TestWithParam<CacheMode> {};

TEST_P(FrameStreamInMode, GivesTheFramesThatRenderWrites) {
  const Job job = Frames(5, 45);
  FrameStream stream(Drawn(GetParam()), job);
  std::vector<std::string> lines;
  while (const VideoFrame frame = stream.Next()) {
    EXPECT_EQ(stream.stats(), nullptr);
    lines.push_back(HashLine(frame));
  }
  EXPECT_EQ(lines, HashesOfRender(job, GetParam()));
  EXPECT_FALSE(stream.Next());
  ASSERT_NE(stream.stats(), nullptr);
  EXPECT_EQ(stream.stats()->frames, 40);
}

TEST_P(FrameStreamInMode, AllFramesMayBeKeptAndOutliveTheStream) {
  const Job job = Frames(0, 45);
  std::vector<VideoFrame> kept;
  {
    FrameStream stream(Drawn(GetParam()), job);
    while (VideoFrame frame = stream.Next()) kept.push_back(std::move(frame));
  }
  std::vector<std::string> lines;
  for (const VideoFrame& frame : kept) lines.push_back(HashLine(frame));
  EXPECT_EQ(lines, HashesOfRender(job, GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Modes, FrameStreamInMode,
                         ::testing::Values(CacheMode::kRam, CacheMode::kChunk, CacheMode::kStream,
                                           CacheMode::kDisk));

TEST(FrameStream, EndsItsThreadsWhenItIsDestroyedEarly) {
  for (const int taken : {0, 1, 20}) {
    FrameStream stream(Drawn(CacheMode::kRam), Frames(0, 100'000'000));
    std::vector<VideoFrame> kept;
    for (int i = 0; i < taken; ++i) kept.push_back(stream.Next());
    stream.Stop();
    EXPECT_FALSE(stream.Next());
    EXPECT_EQ(stream.stats(), nullptr);
    for (const VideoFrame& frame : kept) EXPECT_EQ(frame.width(), 426);
  }
}

TEST(FrameStream, ThrowsWhatIsWrongOnce) {
  FrameStream stream(Drawn(), {.drive = FeatureFile{"/nowhere/features.npy"}});
  ExpectError(ErrorCode::kBadMedia, {"/nowhere/features.npy"}, [&] { stream.Next(); });
  EXPECT_FALSE(stream.Next());
  EXPECT_EQ(stream.stats(), nullptr);
}

TEST(FrameStream, AWaitCanBeEnded) {
  struct Enough {};
  FrameStream stream(Drawn(CacheMode::kRam), Frames(0, 100'000'000));
  // The first frame takes longer than a wait without a break when all goes very fast: either way
  // the stream goes on.
  int calls = 0;
  for (int i = 0; i < 200; ++i) {
    try {
      ASSERT_TRUE(stream.Next([&] {
        ++calls;
        throw Enough{};
      }));
    } catch (const Enough&) {
    }
  }
  EXPECT_TRUE(stream.Next());
  EXPECT_LT(calls, 200);
}

TEST(FrameStream, ATableMovesTheMouthAsItsFileDoes) {
  const std::filesystem::path file = DrawnPackage() / "aud_ave.npy";
  const std::vector<std::string> expected = HashesOfRender({.drive = FeatureFile{file}});
  const Job job{.drive = std::make_shared<const FeatureTable>(LoadFeatures(file))};
  EXPECT_EQ(HashesOfRender(job), expected);
  FrameStream stream(Drawn(), job);
  EXPECT_EQ(HashLine(stream.Next()), expected.front());
}

TEST(FrameStream, RefusesTablesThatAreNone) {
  const auto refuses = [](FeatureTable table, const std::string& mention) {
    const Job job{.drive = std::make_shared<const FeatureTable>(std::move(table))};
    ExpectError(ErrorCode::kInvalidArgument, {"features", mention},
                [&] { Drawn()->Render(job, {.name = "null:"}); });
  };
  refuses({0, 512, {}}, "[0, 512]");
  refuses({1, 0, {}}, "[1, 0]");
  refuses({2, 512, std::vector<float>(512)}, "1024");
  FeatureTable table{2, 512, std::vector<float>(1024)};
  table.values[515] = std::numeric_limits<float>::quiet_NaN();
  refuses(table, "row 1, value 3");
  table.values[515] = -std::numeric_limits<float>::infinity();
  refuses(table, "infinity");
}

/// What a stream gives, as lines of the output "hash:".
std::vector<std::string> HashesOfStream(FrameStream& stream) {
  std::vector<std::string> lines;
  while (const VideoFrame frame = stream.Next()) lines.push_back(HashLine(frame));
  return lines;
}

TEST(FrameStream, SpeechFromMemoryAndAsItArrivesMovesTheMouthAsItsFileDoes) {
  const Speaker speaker;
  const auto renderer = std::make_shared<Renderer>(speaker.Open());
  const std::vector<float> sound = Rounded(NoisySpeech(30001));
  const TempFolder folder;
  const auto render = [&](const Job& job) {
    const std::filesystem::path file = folder / "hashes";
    renderer->Render(job, {.name = "hash:" + file.string(), .overwrite = true});
    std::istringstream text(ReadFile(file));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  };
  const std::vector<std::string> expected =
      render({.drive = SpeechFile{speaker.Write("a.wav", Wav(sound))}});
  ASSERT_EQ(expected.size(), 47U);
  const Job samples{.drive = SpeechSamples{std::make_shared<const Samples>(sound), 16000}};
  EXPECT_EQ(render(samples), expected);

  const auto pushed = [&](size_t piece, const auto& listen) {
    const auto speech = std::make_shared<SpeechStream>(16000);
    const std::jthread pusher([&] {
      for (std::span<const float> left(sound); !left.empty();) {
        const size_t count = std::min(piece, left.size());
        speech->Push(left.first(count));
        left = left.subspan(count);
      }
      speech->End();
    });
    return listen(Job{.drive = speech});
  };
  for (const size_t piece : {sound.size(), size_t{320}, size_t{777}}) {
    EXPECT_EQ(pushed(piece,
                     [&](const Job& job) {
                       FrameStream stream(renderer, job);
                       const std::vector<std::string> lines = HashesOfStream(stream);
                       EXPECT_EQ(stream.stats()->frames, 47);
                       return lines;
                     }),
              expected);
  }
  EXPECT_EQ(pushed(320, render), expected);
  const auto part = [](Job job) {
    job.frames = FrameRange{40, 60};
    return job;
  };
  EXPECT_EQ(pushed(320,
                   [&](const Job& job) {
                     FrameStream stream(renderer, part(job));
                     return HashesOfStream(stream);
                   }),
            render(part(samples)));
}

TEST(FrameStream, OfSpeechThatStillArrivesIsAheadOfItsEnd) {
  const Speaker speaker;
  const auto speech = std::make_shared<SpeechStream>(16000);
  FrameStream stream(std::make_shared<Renderer>(speaker.Open()), {.drive = speech});
  speech->Push(NoisySpeech(16000));
  for (int i = 0; i < 14; ++i) EXPECT_TRUE(stream.Next()) << i;  // 40 i + 452.5 ms <= 1 s
  speech->Fail(std::make_exception_ptr(std::length_error("synthesis")));
  EXPECT_THROW(while (stream.Next()){}, std::length_error);
}

TEST(FrameStream, ThatFailsLeavesItsSpeech) {
  const auto speech = std::make_shared<SpeechStream>(16000);
  FrameStream stream(Drawn(), {.drive = speech});  // which has no audio encoder
  ExpectError(ErrorCode::kBadPackage, {"has no audio encoder"}, [&] { stream.Next(); });
  EXPECT_FALSE(speech->Push(std::vector<float>(1)));
}

TEST(FrameStream, IsEndedByItsRenderer) {
  const auto renderer = Drawn();
  FrameStream stream(renderer, Frames(0, 100'000'000));
  EXPECT_TRUE(stream.Next());
  renderer->Cancel();
  ExpectError(ErrorCode::kCancelled, {"cancelled"}, [&] {
    while (stream.Next()) {
    }
  });
  EXPECT_EQ(renderer->Render(Frames(0, 3), {.name = "null:"}).frames, 3);
}

TEST(FrameStream, IsNoneOfAProcessThatWasForkedOff) {
  const auto renderer = Drawn();
  auto stream = std::make_unique<FrameStream>(renderer, Frames(0, 100'000'000));
  std::optional<VideoFrame> frame = stream->Next();
  const pid_t child = fork();
  if (child == 0) {
    int status = 1;
    try {
      stream->Next();
    } catch (const Error& error) {
      status = error.code() == ErrorCode::kInvalidArgument ? 0 : 2;
    }
    stream.reset();
    frame.reset();
    if (renderer->Render(Frames(0, 3), {.name = "null:"}).frames != 3) status = 3;
    _exit(status);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(stream->Next());
}

}  // namespace
}  // namespace mouthpiece

#include "speech/stream_windows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include "avatar/package.h"
#include "mouthpiece/audio.h"
#include "mouthpiece/error.h"
#include "mouthpiece/speech_stream.h"
#include "speech/speech.h"
#include "speech/speech_stream_end.h"
#include "support/errors.h"
#include "support/sound.h"
#include "support/speaker.h"

namespace mouthpiece {
namespace {

using testing::ExpectError;
using testing::NoisySpeech;
using testing::Speaker;

constexpr size_t kWindow = size_t{16} * kFeatureValues;
constexpr Rational kRate{25, 1};

/// Sizes of pieces that are 20 ms, or random.
std::vector<size_t> Pieces(size_t samples, bool random) {
  std::mt19937 generator(7);
  std::vector<size_t> pieces;
  for (size_t left = samples; left > 0; left -= pieces.back()) {
    pieces.push_back(std::min<size_t>(left, random ? generator() % 3000 + 1 : 320));
  }
  return pieces;
}

class StreamWindowsTest : public ::testing::Test {
 protected:
  std::unique_ptr<StreamWindows> Open(const std::shared_ptr<SpeechStream>& speech,
                                      CancelToken cancel = {}) {
    return std::make_unique<StreamWindows>(
        SpeechStreamEnd::Listen(speech), encoders_.Borrow(PackageOf(*avatar_), {}), kRate, cancel);
  }

  const Speaker speaker_;
  const std::shared_ptr<const Avatar> avatar_ = speaker_.Open();
  EncoderKeeper encoders_;
};

std::vector<float> WindowOf(WindowSource& source, int64_t frame) {
  std::vector<float> window(kWindow);
  source.Window(frame, AudioWindowMode::kEdge, window);
  return window;
}

TEST_F(StreamWindowsTest, AreThoseOfTheSameSamplesWhateverPiecesTheyComeIn) {
  for (const size_t size : {size_t{1}, size_t{639}, size_t{640}, size_t{641}, size_t{100001}}) {
    const std::vector<float> sound = NoisySpeech(size);
    TableWindows expected(std::make_shared<const FeatureTable>(
        ComputeFeatures(SpeechSamples{std::make_shared<const Samples>(sound), 16000}, *avatar_)));
    for (const bool random : {false, true}) {
      const auto speech = std::make_shared<SpeechStream>(16000);
      const std::jthread pusher([&] {
        std::span<const float> left(sound);
        for (const size_t piece : Pieces(size, random)) {
          speech->Push(left.first(piece));
          left = left.subspan(piece);
        }
        speech->End();
      });
      const auto windows = Open(speech);
      int64_t frame = 0;
      for (; windows->Lasts(frame); ++frame) {
        ASSERT_EQ(WindowOf(*windows, frame), WindowOf(expected, frame)) << size << ", " << frame;
      }
      EXPECT_EQ(frame, SpeechFrameCount(static_cast<int64_t>(size), kRate));
    }
  }
}

TEST_F(StreamWindowsTest, ComeAsSoonAsTheirSoundIsThere) {
  const auto speech = std::make_shared<SpeechStream>(16000);
  const auto windows = Open(speech);
  const std::vector<float> sound = NoisySpeech(16000);
  speech->Push(std::span<const float>(sound).first(9600));  // 600 ms: frame 3 needs 572.5 ms
  for (int frame = 0; frame < 4; ++frame) {
    EXPECT_TRUE(windows->Lasts(frame));
    WindowOf(*windows, frame);
  }
  EXPECT_TRUE(windows->IsComing(4));
  speech->Push(std::span<const float>(sound).subspan(9600));
  WindowOf(*windows, 4);
}

TEST_F(StreamWindowsTest, EndWithTheErrorOfTheSpeech) {
  const auto speech = std::make_shared<SpeechStream>(16000);
  const auto windows = Open(speech);
  speech->Fail(std::make_exception_ptr(std::length_error("synthesis")));
  EXPECT_THROW(windows->Lasts(0), std::length_error);
}

TEST_F(StreamWindowsTest, OfNoSoundAreAnError) {
  const auto speech = std::make_shared<SpeechStream>(16000);
  const auto windows = Open(speech);
  speech->End();
  ExpectError(ErrorCode::kInvalidArgument, {"one sample or more"}, [&] { windows->Lasts(0); });
}

TEST_F(StreamWindowsTest, StopWaitingWhenTheyAreStoppedOrCancelled) {
  {
    const auto speech = std::make_shared<SpeechStream>(16000);
    const auto windows = Open(speech);
    const std::jthread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      windows->Stop();
    });
    ExpectError(ErrorCode::kCancelled, {"cancelled"}, [&] { windows->Lasts(0); });
    EXPECT_FALSE(speech->Push(std::vector<float>(10)));
  }
  std::atomic<bool> cancelled = false;
  const auto speech = std::make_shared<SpeechStream>(16000);
  const auto windows = Open(speech, CancelToken(&cancelled));
  cancelled = true;
  ExpectError(ErrorCode::kCancelled, {"cancelled"}, [&] { windows->Lasts(0); });
}

TEST(SpeechStream, WaitsForRoomAndTellsWhenNobodyListens) {
  SpeechStream speech(16000, 0.1);
  EXPECT_TRUE(speech.Push(std::vector<float>(1600)));
  int waits = 0;
  EXPECT_THROW(speech.Push(std::vector<float>(1),
                           [&] {
                             if (++waits == 2) throw std::length_error("enough");
                           }),
               std::length_error);
  const std::jthread leaver([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    SpeechStreamEnd::Leave(speech);
  });
  EXPECT_FALSE(speech.Push(std::vector<float>(1)));
}

TEST(SpeechStream, TakesSixteenBits) {
  SpeechStream speech(8000);
  const std::vector<int16_t> samples{0, 1, -32768, 32767};
  speech.Push(samples);
  speech.End();
  std::vector<float> taken(10);
  ASSERT_EQ(SpeechStreamEnd::Take(speech, taken, {}), 4U);
  EXPECT_EQ(taken[1], 1.0F / 32768);
  EXPECT_EQ(taken[2], -1.0F);
  EXPECT_EQ(SpeechStreamEnd::Take(speech, taken, {}), 0U);
}

TEST(SpeechStream, IsHeardOnceUntilItIsLeft) {
  const auto speech = std::make_shared<SpeechStream>(16000);
  {
    const std::shared_ptr<SpeechStream> heard = SpeechStreamEnd::Listen(speech);
    EXPECT_TRUE(speech->Push(std::vector<float>(1)));
    ExpectError(ErrorCode::kInvalidArgument, {"was heard"},
                [&] { SpeechStreamEnd::Listen(speech); });
    EXPECT_TRUE(speech->Push(std::vector<float>(1)));
  }
  EXPECT_FALSE(speech->Push(std::vector<float>(1)));
}

TEST(SpeechStream, RefusesWhatIsWrong) {
  ExpectError(ErrorCode::kInvalidArgument, {"1000 to 768000", "999"}, [] { SpeechStream(999); });
  SpeechStream speech(16000);
  ExpectError(ErrorCode::kInvalidArgument, {"from -1 to 1, found 8000"}, [&] {
    speech.Push(std::vector<float>{0, -8000});
  });
  speech.End();
  ExpectError(ErrorCode::kInvalidArgument, {"after its end"},
              [&] { speech.Push(std::vector<float>{0}); });
}

}  // namespace
}  // namespace mouthpiece

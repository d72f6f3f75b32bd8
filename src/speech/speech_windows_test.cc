#include "speech/speech_windows.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <vector>

#include "avatar/package.h"
#include "mouthpiece/error.h"
#include "speech/speech.h"
#include "support/errors.h"
#include "support/sound.h"
#include "support/speaker.h"

namespace mouthpiece {
namespace {

using testing::ExpectError;
using testing::NoisySpeech;
using testing::Speaker;
using testing::Wav;

constexpr size_t kWindow = size_t{16} * kFeatureValues;

class SpeechWindowsTest : public ::testing::Test {
 protected:
  std::unique_ptr<SpeechWindows> Open(const std::filesystem::path& file, int64_t first_row = 0,
                                      CancelToken cancel = {}) {
    return std::make_unique<SpeechWindows>(std::make_shared<const media::Sound>(file),
                                           encoders_.Borrow(PackageOf(*avatar_), {}), first_row,
                                           cancel);
  }

  const Speaker speaker_;
  const std::shared_ptr<const Avatar> avatar_ = speaker_.Open();
  EncoderKeeper encoders_;
};

std::vector<float> WindowOf(WindowSource& source, int64_t frame, AudioWindowMode mode) {
  std::vector<float> window(kWindow);
  source.Window(frame, mode, window);
  return window;
}

TEST_F(SpeechWindowsTest, AreThoseOfTheFeaturesOfTheFile) {
  for (const size_t size : {1u, 3000u, 16000u, 200001u}) {
    const auto file = speaker_.Write("a.wav", Wav(NoisySpeech(size)));
    const auto table = std::make_shared<const FeatureTable>(ComputeFeatures(file, *avatar_));
    TableWindows expected(table);
    for (const AudioWindowMode mode : {AudioWindowMode::kZero, AudioWindowMode::kEdge}) {
      for (const int64_t first : {int64_t{0}, int64_t{9}, int64_t{200}, table->rows + 20}) {
        const auto windows = Open(file, first - 8);
        for (int64_t frame = first; frame < table->rows + 30; ++frame) {
          ASSERT_EQ(WindowOf(*windows, frame, mode), WindowOf(expected, frame, mode))
              << size << " samples, frame " << frame << " from " << first;
        }
      }
    }
  }
}

TEST_F(SpeechWindowsTest, GiveTheEncoderBack) {
  const auto file = speaker_.Write("a.wav", Wav(NoisySpeech(50000)));
  Open(file).reset();
  EXPECT_EQ(encoders_.Borrow(PackageOf(*avatar_), {}).load_wall_s(), 0);
}

TEST_F(SpeechWindowsTest, MayBeLeftInTheMiddle) {
  const auto file = speaker_.Write("a.wav", Wav(NoisySpeech(1'000'000)));
  const auto windows = Open(file);
  WindowOf(*windows, 300, AudioWindowMode::kZero);
  windows->Stop();
  ExpectError(ErrorCode::kCancelled, {"cancelled"},
              [&] { WindowOf(*windows, 301, AudioWindowMode::kZero); });
}

TEST_F(SpeechWindowsTest, EndWhenCancelled) {
  const auto file = speaker_.Write("a.wav", Wav(NoisySpeech(1'000'000)));
  std::atomic<bool> cancel = false;
  const auto windows = Open(file, 0, CancelToken(&cancel));
  WindowOf(*windows, 0, AudioWindowMode::kZero);
  cancel = true;
  ExpectError(ErrorCode::kCancelled, {"cancelled"}, [&] {
    for (int64_t frame = 0; frame < 2000; ++frame) {
      WindowOf(*windows, frame, AudioWindowMode::kZero);
    }
  });
}

TEST(SpeechWindows, SayWhatIsWrongWithTheEncoder) {
  const Speaker speaker("encoder_nan");
  const auto avatar = speaker.Open();
  const auto file = speaker.Write("a.wav", Wav(NoisySpeech(50000)));
  EncoderKeeper encoders;
  SpeechWindows windows(std::make_shared<const media::Sound>(file),
                        encoders.Borrow(PackageOf(*avatar), {}), 0, {});
  ExpectError(ErrorCode::kBadPackage, {"audio_encoder.onnx", "finite"},
              [&] { WindowOf(windows, 0, AudioWindowMode::kZero); });
}

}  // namespace
}  // namespace mouthpiece

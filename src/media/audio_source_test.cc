#include "media/audio_source.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "support/errors.h"

namespace mouthpiece::media {
namespace {

constexpr int kRate = 16000;
constexpr int kFrame = 160;  // 10 ms

/// Frames of 10 ms, each filled with its number from 1 on over 1000.
class NumberedFrames : public SoundFrames {
 public:
  /// `stamps`: when each frame begins, in frames; negative: no stamp.
  explicit NumberedFrames(std::vector<double> stamps, int rate = kRate)
      : rate_(rate), stamps_(std::move(stamps)) {
    info_ = {.name = "frames.wav", .sample_rate = rate, .channels = 1, .time_base = {1, kRate}};
  }

  const SoundInfo& info() const override { return info_; }
  bool Next(AVFrame& frame) override {
    if (next_ == stamps_.size()) return false;
    frame.format = AV_SAMPLE_FMT_FLT;
    frame.sample_rate = rate_;
    frame.nb_samples = kFrame;
    av_channel_layout_default(&frame.ch_layout, 1);
    EXPECT_GE(av_frame_get_buffer(&frame, 0), 0);
    const double stamp = stamps_[next_++];
    frame.pts = stamp < 0 ? AV_NOPTS_VALUE : std::llround(stamp * kFrame);
    std::fill_n(reinterpret_cast<float*>(frame.data[0]), kFrame, static_cast<float>(next_) / 1000);
    return true;
  }

 private:
  const int rate_;
  SoundInfo info_;
  std::vector<double> stamps_;
  size_t next_ = 0;
};

/// What is heard of the frames: the number of each 10 ms, 0 for silence.
struct Heard {
  std::vector<int> numbers;
  std::vector<std::string> warnings;
};

Heard Hear(std::vector<double> stamps) {
  AudioSource source(std::make_unique<NumberedFrames>(std::move(stamps)));
  source.Select({kRate, 1, AV_SAMPLE_FMT_FLT}, 0, std::numeric_limits<int64_t>::max());
  Heard heard;
  std::vector<float> part(kFrame);
  auto* plane = reinterpret_cast<uint8_t*>(part.data());
  while (source.Read(&plane, kFrame) == kFrame) {
    heard.numbers.push_back(static_cast<int>(std::lround(part[kFrame / 2] * 1000)));
  }
  heard.warnings = source.Warnings();
  return heard;
}

/// Frames [from, to), one after the other.
std::vector<double> Steady(int from, int to) {
  std::vector<double> stamps;
  for (int i = from; i < to; ++i) stamps.push_back(i);
  return stamps;
}

std::vector<int> Numbers(int from, int to) {
  std::vector<int> numbers;
  for (int i = from; i < to; ++i) numbers.push_back(i);
  return numbers;
}

template <typename T>
std::vector<T> operator+(std::vector<T> a, const std::vector<T>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

void ExpectWarning(const Heard& heard, const std::string& part) {
  ASSERT_EQ(heard.warnings.size(), 1u);
  EXPECT_TRUE(heard.warnings[0].starts_with("frames.wav: ")) << heard.warnings[0];
  EXPECT_NE(heard.warnings[0].find(part), std::string::npos) << heard.warnings[0];
}

TEST(AudioSource, HearsFramesOneAfterTheOther) {
  for (const auto& stamps : {Steady(0, 50), std::vector<double>(50, -1)}) {
    const Heard heard = Hear(stamps);
    EXPECT_EQ(heard.numbers, Numbers(1, 51));
    EXPECT_TRUE(heard.warnings.empty());
  }
}

TEST(AudioSource, PutsSilenceBeforeSoundThatBeginsLater) {
  const Heard heard = Hear(Steady(200, 250));
  EXPECT_EQ(heard.numbers, std::vector<int>(200, 0) + Numbers(1, 51));
  EXPECT_TRUE(heard.warnings.empty());
}

TEST(AudioSource, FillsHolesWithSilence) {
  for (const int size : {10, 150}) {
    const Heard heard = Hear(Steady(0, 20) + Steady(20 + size, 40 + size));
    EXPECT_EQ(heard.numbers,
              Numbers(1, 21) + std::vector<int>(static_cast<size_t>(size), 0) + Numbers(21, 41));
    if (size < 25) {
      EXPECT_TRUE(heard.warnings.empty());
    } else {
      ExpectWarning(heard, "leave out 1.5 s");
    }
  }
}

TEST(AudioSource, DoesNotFollowAClockThatJumps) {
  const Heard heard =
      Hear(Steady(0, 20) + Steady(9'000'000, 9'000'020) + Steady(9'000'030, 9'000'040));
  EXPECT_EQ(heard.numbers, Numbers(1, 41) + std::vector<int>(10, 0) + Numbers(41, 51));
  ExpectWarning(heard, "jump by up to 89999.8 s");
}

TEST(AudioSource, DoesNotFollowOneStampThatIsWrong) {
  for (const double wrong : {500.0, 9e6}) {
    std::vector<double> stamps = Steady(0, 50);
    stamps[20] = wrong;
    const Heard heard = Hear(stamps);
    EXPECT_EQ(heard.numbers, Numbers(1, 51));
    ExpectWarning(heard, "jump");
  }
}

TEST(AudioSource, RefusesRatesThatNoSoundHas) {
  for (const int rate : {1, 499, 3'000'000, 2'147'483'647}) {
    AudioSource source(std::make_unique<NumberedFrames>(Steady(0, 2), rate));
    source.Select({kRate, 1, AV_SAMPLE_FMT_FLT}, 0, kRate);
    std::vector<float> samples(kRate);
    auto* plane = reinterpret_cast<uint8_t*>(samples.data());
    mouthpiece::testing::ExpectError(ErrorCode::kBadMedia,
                                     {"frames.wav: ", "found " + std::to_string(rate)},
                                     [&] { source.Read(&plane, kRate); });
  }
}

TEST(AudioSource, GoesOnWhenTheClockBeginsAnew) {
  const Heard heard = Hear(Steady(0, 60) + Steady(0, 40));
  EXPECT_EQ(heard.numbers, Numbers(1, 101));
  ExpectWarning(heard, "go back by up to 0.6 s");
}

}  // namespace
}  // namespace mouthpiece::media

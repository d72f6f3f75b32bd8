#include "speech/drive.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mouthpiece/error.h"
#include "support/errors.h"
#include "support/fixtures.h"
#include "support/package.h"
#include "support/sound.h"
#include "support/speaker.h"

namespace mouthpiece {
namespace {

using testing::ExpectError;
using testing::NoisySpeech;
using testing::Speaker;
using testing::TestPackage;
using testing::Wav;

Drive Open(const Avatar& avatar, EncoderKeeper& encoders, const decltype(Job::drive)& source) {
  return OpenDrive(avatar, source, Arriving::kAwait, 0, encoders, {}, {});
}

std::vector<float> FirstWindow(Drive& drive) {
  std::vector<float> window(static_cast<size_t>(16 * drive.origin.row_size));
  OpenWindows(drive, -8, {})->Window(0, AudioWindowMode::kEdge, window);
  return window;
}

TEST(Drive, OfEachSourceHasItsLengthAndWindows) {
  const Speaker speaker;
  const auto avatar = speaker.Open();
  EncoderKeeper encoders;

  Drive own = Open(*avatar, encoders, PackageFeatures{});
  EXPECT_EQ(own.frames, own.rows);
  EXPECT_EQ(own.origin.row_size, 512);
  EXPECT_EQ(own.sound, nullptr);
  Drive file = Open(*avatar, encoders, FeatureFile{speaker / "aud_ave.npy"});
  EXPECT_EQ(file.origin.file, speaker / "aud_ave.npy");
  EXPECT_EQ(file.origin.shape, (std::vector<int64_t>{file.rows, 512}));
  EXPECT_EQ(FirstWindow(file), FirstWindow(own));

  const FeatureRows rows(new FeatureTable{3, 2, {1, 2, 3, 4, 5, 6}});
  Drive table = Open(*avatar, encoders, rows);
  EXPECT_EQ(table.frames, 3);
  EXPECT_EQ(table.features, rows);

  Drive speech =
      Open(*avatar, encoders, SpeechFile{speaker.Write("a.wav", Wav(NoisySpeech(16001)))});
  EXPECT_EQ(speech.frames, 26);
  EXPECT_EQ(speech.rows, 24);
  EXPECT_EQ(speech.origin.row_size, 512);
  ASSERT_NE(speech.sound, nullptr);
  EXPECT_EQ(speech.sound->speech_samples(), 16001);
  FeatureTable computed = ComputeFeatures(speaker / "a.wav", *avatar);
  EXPECT_EQ(computed.rows, speech.rows);
  std::vector<float> expected(16 * 512);
  CopyAudioWindow(computed, 0, AudioWindowMode::kEdge, expected);
  EXPECT_EQ(FirstWindow(speech), expected);
}

TEST(Drive, RefusesTablesThatAreNone) {
  const auto avatar = Avatar::Open(testing::DrawnPackage());
  EncoderKeeper encoders;
  const auto refuse = [&](const FeatureRows& rows, const std::string& why) {
    ExpectError(ErrorCode::kInvalidArgument, {"features: ", why},
                [&] { Open(*avatar, encoders, rows); });
  };
  const auto table = [](int64_t rows, int64_t row_size, std::vector<float> values) {
    return std::make_shared<const FeatureTable>(FeatureTable{rows, row_size, std::move(values)});
  };
  refuse(nullptr, "found none");
  refuse(table(0, 4, {}), "found [0, 4]");
  refuse(table(2, 2, {1, 2, 3}), "expected 4 values, found 3");
  refuse(table(2, 2, {1, 2, 3, NAN}), "row 1, value 1: expected a finite number, found NaN");
}

TEST(Drive, SaysWhatAPackageLacks) {
  const TestPackage package;
  std::filesystem::remove(package / "aud_ave.npy");
  const auto avatar = Avatar::Open(package.path());
  EncoderKeeper encoders;
  ExpectError(ErrorCode::kBadPackage, {package.path().string(), "has no features"},
              [&] { Open(*avatar, encoders, PackageFeatures{}); });
  ExpectError(ErrorCode::kBadMedia, {"none.wav"},
              [&] { Open(*avatar, encoders, SpeechFile{"none.wav"}); });
  const SpeechFile speech{package.Write("a.wav", Wav(NoisySpeech(100000)))};
  int64_t heard = 0;
  ExpectError(ErrorCode::kBadPackage, {package.path().string(), "has no audio encoder"}, [&] {
    OpenDrive(*avatar, speech, Arriving::kAwait, 0, encoders, {},
              [&](int64_t rows, int64_t) { heard = rows; });
  });
  EXPECT_EQ(heard, 0) << "it is found before the sound is decoded";
}

}  // namespace
}  // namespace mouthpiece

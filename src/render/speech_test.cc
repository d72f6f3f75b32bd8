#include "render/speech.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "mouthpiece/error.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/sound.h"
#include "support/speaker.h"

namespace mouthpiece {
namespace {

using testing::ExpectError;
using testing::NoisySpeech;
using testing::Speaker;
using testing::TempFolder;

/// 16-bit mono at 16 kHz.
std::string Wav(const std::vector<float>& samples) {
  const auto number = [](uint32_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 255);
    return text;
  };
  std::string data;
  for (const float value : samples) {
    data += number(static_cast<uint32_t>(static_cast<int32_t>(value * 32768)), 2);
  }
  const auto size = static_cast<uint32_t>(data.size());
  return "RIFF" + number(size + 36, 4) + "WAVEfmt " + number(16, 4) + number(1, 2) + number(1, 2) +
         number(16000, 4) + number(32000, 4) + number(2, 2) + number(16, 2) + "data" +
         number(size, 4) + data;
}

/// What a 16-bit file holds of `samples`.
std::vector<float> Rounded(std::vector<float> samples) {
  for (float& value : samples)
    value = static_cast<float>(static_cast<int32_t>(value * 32768)) / 32768;
  return samples;
}

TEST(Speech, CountsWhatItTakesToShowIt) {
  EXPECT_EQ(FeatureRowCount(334739), 522);
  EXPECT_EQ(FeatureRowCount(0), 4);
  EXPECT_EQ(FeatureRowCount(1), 4);
  for (const auto& [samples, frames] : {std::pair<int64_t, int64_t>{0, 1},
                                        {1, 1},
                                        {640, 1},
                                        {641, 2},
                                        {1600, 3},
                                        {16000, 25},
                                        {334739, 524}}) {
    EXPECT_EQ(SpeechFrameCount(samples, {25, 1}), frames) << samples;
  }
  EXPECT_EQ(SpeechFrameCount(16000 * 1001, {30000, 1001}), 30000);
}

TEST(Speech, AsManyRowsAsAreCounted) {
  const Speaker speaker;
  const auto avatar = speaker.Open();
  for (const size_t size : {1u, 1600u, 3200u, 16000u, 50001u}) {
    FeatureStream stream(*avatar);
    stream.Push(NoisySpeech(size));
    stream.Finish();
    EXPECT_EQ(stream.ready(), FeatureRowCount(static_cast<int64_t>(size)));
  }
}

TEST(Speech, AFileGivesWhatItsSamplesGive) {
  const Speaker speaker;
  const auto avatar = speaker.Open();
  const std::vector<float> samples = NoisySpeech(40001);
  const auto file = speaker.Write("a.wav", Wav(samples));
  EXPECT_EQ(CountSpeechSamples(file, {}), 40001);

  MelStream mel;
  mel.Push(Rounded(samples));
  mel.Finish();
  std::vector<float> mel_rows(static_cast<size_t>(mel.ready()) * kMelBands);
  mel.Pull(mel_rows);
  const FeatureTable mel_table = ComputeMel(file);
  EXPECT_EQ(mel_table.rows, 201);
  EXPECT_EQ(mel_table.row_size, 80);
  EXPECT_EQ(mel_table.values, mel_rows);

  FeatureStream stream(*avatar);
  stream.Push(Rounded(samples));
  stream.Finish();
  std::vector<float> rows(static_cast<size_t>(stream.ready()) * kFeatureValues);
  stream.Pull(rows);
  const FeatureTable features = ComputeFeatures(file, *avatar);
  EXPECT_EQ(features.rows, FeatureRowCount(40001));
  EXPECT_EQ(features.row_size, 512);
  EXPECT_EQ(features.values, rows);
}

TEST(Speech, TellsHowFarItIs) {
  const TempFolder folder;
  const auto file = folder.Write("a.wav", Wav(NoisySpeech(100000)));
  std::vector<int64_t> done;
  int64_t last_total = 0;
  ComputeMel(file, {.progress = [&](const Progress& progress) {
               done.push_back(progress.done);
               last_total = progress.total;
             }});
  EXPECT_GT(done.size(), 5u);
  EXPECT_TRUE(std::ranges::is_sorted(done));
  EXPECT_EQ(done.back(), 501);
  EXPECT_EQ(last_total, 501);
}

TEST(Speech, StopsWhenCancelled) {
  const TempFolder folder;
  const auto file = folder.Write("a.wav", Wav(NoisySpeech(100000)));
  std::atomic<bool> cancel = false;
  int64_t rows = 0;
  const Hooks hooks{.progress =
                        [&](const Progress& progress) {
                          rows = progress.done;
                          cancel = true;
                        },
                    .cancel = &cancel};
  ExpectError(ErrorCode::kCancelled, {"cancel"}, [&] { ComputeMel(file, hooks); });
  EXPECT_LT(rows, 200);
  ExpectError(ErrorCode::kCancelled, {"cancel"},
              [&] { CountSpeechSamples(file, CancelToken(&cancel)); });
}

TEST(Speech, NamesFilesWithoutSound) {
  const TempFolder folder;
  const auto text = folder.Write("text.wav", "no sound");
  for (const auto& file : {text, folder / "missing.wav", folder.path()}) {
    ExpectError(ErrorCode::kBadMedia, {file.string()}, [&] { ComputeMel(file); });
    ExpectError(ErrorCode::kBadMedia, {file.string()}, [&] { CountSpeechSamples(file, {}); });
  }
}

}  // namespace
}  // namespace mouthpiece

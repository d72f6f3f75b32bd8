#include "speech/speech.h"

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
using testing::Rounded;
using testing::Speaker;
using testing::TempFolder;
using testing::Wav;

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
}

TEST(Speech, NamesFilesWithoutSound) {
  const TempFolder folder;
  const auto text = folder.Write("text.wav", "no sound");
  for (const auto& file : {text, folder / "missing.wav", folder.path()}) {
    ExpectError(ErrorCode::kBadMedia, {file.string()}, [&] { ComputeMel(file); });
  }
}

}  // namespace
}  // namespace mouthpiece

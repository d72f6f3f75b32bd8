// H.264 and MP4 that are seen as they are made, and speech that is sent.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "media/h264_headers.h"
#include "media/live_encoder.h"
#include "media/live_mp4.h"
#include "media/uploaded_sound.h"
#include "mouthpiece/error.h"
#include "support/decoded.h"
#include "support/files.h"
#include "support/pictures.h"
#include "support/sound.h"

namespace mouthpiece::media {
namespace {

using testing::FrameLender;
using testing::TempFolder;

constexpr int kWidth = 128;
constexpr int kHeight = 72;
constexpr int64_t kFrame = 1920;

/// The first access units of moving pictures; keys where `keys` says.
std::vector<AccessUnit> Encode(int count, const std::vector<int>& keys, int64_t bitrate = 0) {
  FrameLender frames(kWidth, kHeight, ColorRange::kLimited, 6);
  LiveEncoder encoder({.width = kWidth, .height = kHeight, .color = {}, .bitrate = bitrate});
  std::vector<AccessUnit> units;
  for (int i = 0; i < count; ++i) {
    const Frame frame = frames.Lend(i);
    const bool key = std::ranges::find(keys, i) != keys.end();
    units.push_back(encoder.Encode(frame.picture(), key));
  }
  return units;
}

testing::DecodedVideo Decode(const std::vector<AccessUnit>& units, size_t first = 0) {
  const TempFolder folder;
  std::vector<uint8_t> bytes;
  for (size_t i = first; i < units.size(); ++i) {
    bytes.insert(bytes.end(), units[i].bytes.begin(), units[i].bytes.end());
  }
  testing::WriteBytes(folder / "x.h264", bytes);
  return testing::DecodeVideo(folder / "x.h264");
}

TEST(LiveEncoder, GivesEachPictureAtOnce) {
  const std::vector<AccessUnit> units = Encode(20, {});
  for (size_t i = 0; i < units.size(); ++i) {
    EXPECT_FALSE(units[i].bytes.empty());
    EXPECT_EQ(units[i].key, i == 0) << i;
  }
  const testing::DecodedVideo video = Decode(units);
  ASSERT_EQ(video.frames.size(), units.size());
  for (size_t i = 0; i < units.size(); ++i) {
    const auto expected =
        testing::PictureSamples(static_cast<int64_t>(i), kWidth, kHeight, ColorRange::kLimited);
    EXPECT_GT(testing::Psnr(video.frames[i], expected), 28) << i;
  }
}

TEST(LiveEncoder, MakesKeysFromWhichAPlayerBegins) {
  const std::vector<AccessUnit> units = Encode(12, {5, 6});
  for (size_t i = 0; i < units.size(); ++i) EXPECT_EQ(units[i].key, i == 0 || i == 5 || i == 6);
  EXPECT_EQ(Decode(units, 6).frames.size(), 6U);
}

TEST(LiveEncoder, SaysWhatItsStreamIs) {
  const std::vector<AccessUnit> units = Encode(6, {5});
  const H264Headers headers = LiveHeadersOf(units[0]);
  EXPECT_EQ(headers.width, kWidth);
  EXPECT_EQ(headers.height, kHeight);
  EXPECT_EQ(headers.most_reordered, 0);
  EXPECT_EQ(headers.codec.substr(0, 7), "avc1.64");
  EXPECT_EQ(headers.codec.size(), 11U);
  EXPECT_EQ(ReadH264Headers(units[5].bytes).parameter_sets, headers.parameter_sets);
  EXPECT_THROW(ReadH264Headers(units[1].bytes), Error);
}

TEST(LiveEncoder, HasTheSameHeadersWhenItIsQuick) {
  FrameLender frames(kWidth, kHeight, ColorRange::kLimited, 1);
  const Frame frame = frames.Lend(0);
  const auto headers_of = [&](bool quick) {
    LiveEncoder encoder({.width = kWidth, .height = kHeight, .color = {}, .quick = quick});
    return LiveHeadersOf(encoder.Encode(frame.picture(), true)).parameter_sets;
  };
  EXPECT_EQ(headers_of(true), headers_of(false));
}

TEST(LiveEncoder, KeepsKeysSmall) {
  constexpr int64_t kBits = 200000;
  for (const AccessUnit& unit : Encode(30, {10, 20}, kBits)) {
    EXPECT_LE(unit.bytes.size() * 8, static_cast<size_t>(kBits) / 2);
  }
}

TEST(LiveEncoder, RefusesPicturesOfAnOddSize) {
  EXPECT_THROW(LiveEncoder({.width = 63, .height = 48, .color = {}}), Error);
}

TEST(H264Headers, OfDamagedStreamsAreRefusedOrRead) {
  const std::vector<uint8_t> good = Encode(1, {})[0].bytes;
  for (size_t size = 0; size < 60; ++size) {
    const std::vector<uint8_t> cut(good.begin(), good.begin() + static_cast<ptrdiff_t>(size));
    try {
      ReadH264Headers(cut);
    } catch (const Error&) {
    }
  }
  for (size_t at = 0; at < 60; ++at) {
    std::vector<uint8_t> damaged = good;
    damaged[at] ^= 0xff;
    try {
      ReadH264Headers(damaged);
    } catch (const Error&) {
    }
  }
}

TEST(LiveMp4, IsAFileOfPicturesAndSound) {
  const std::vector<AccessUnit> units = Encode(50, {});
  LiveMp4 mp4(LiveHeadersOf(units[0]), 8 * kFrame);
  std::vector<uint8_t> file = mp4.init();
  ASSERT_GT(file.size(), 8U);
  EXPECT_EQ(std::string(file.begin() + 4, file.begin() + 8), "ftyp");
  std::vector<int16_t> sound(kFrame);
  for (size_t i = 0; i < units.size(); ++i) {
    for (size_t j = 0; j < sound.size(); ++j) {
      const double time = static_cast<double>(i * sound.size() + j) / 48000;
      sound[j] = static_cast<int16_t>(8000 * std::sin(time * 2 * 3.14159265 * 440));
    }
    const bool skipped = i == 20;  // the picture before it stays
    const auto fragment = mp4.Write(skipped ? nullptr : &units[i], kFrame,
                                    i < 25 ? std::span<const int16_t>() : sound);
    file.insert(file.end(), fragment.begin(), fragment.end());
  }
  const TempFolder folder;
  testing::WriteBytes(folder / "x.mp4", file);
  const testing::DecodedVideo video = testing::DecodeVideo(folder / "x.mp4");
  EXPECT_EQ(video.frames.size(), units.size() - 1);
  EXPECT_NEAR(video.times[20] - video.times[19], 0.08, 0.001);
  const testing::DecodedAudio heard = testing::DecodeAudio(folder / "x.mp4");
  EXPECT_EQ(heard.sample_rate, 48000);
  EXPECT_GT(heard.samples.size(), 48000U * 9 / 5);
}

TEST(LiveMp4, IsNamedForPlayers) {
  H264Headers headers;
  headers.codec = "avc1.64001F";
  EXPECT_EQ(LiveMp4::TypeOf(headers), "video/mp4; codecs=\"avc1.64001F, mp4a.40.2\"");
}

std::span<const uint8_t> BytesOf(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

TEST(DecodeUpload, GivesSamplesAtTheirOwnRate) {
  const std::vector<float> samples = testing::NoisySpeech(20000);
  const std::string wav = testing::Wav(samples);
  const SpeechSamples speech = DecodeUpload(BytesOf(wav));
  EXPECT_EQ(speech.rate, 16000);
  EXPECT_EQ(std::get<std::vector<float>>(*speech.samples), testing::Rounded(samples));
}

TEST(DecodeUpload, OpensNothingThatBytesReferTo) {
  const TempFolder folder;
  testing::WriteFile(folder / "secret.wav", testing::Wav(testing::NoisySpeech(16000)));
  const std::string path = (folder / "secret.wav").string();
  for (const std::string& text :
       {"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:" + path + "\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '" + path + "'\n", "file:" + path, path}) {
    EXPECT_THROW(DecodeUpload(BytesOf(text)), Error) << text;
  }
}

TEST(DecodeUpload, RefusesWhatIsNoSound) {
  EXPECT_THROW(DecodeUpload({}), Error);
  EXPECT_THROW(DecodeUpload(BytesOf(std::string(1000, 'x'))), Error);
  const std::string wav = testing::Wav(testing::NoisySpeech(1000));
  for (size_t size = 0; size < wav.size(); size += 7) {
    try {
      DecodeUpload(BytesOf(wav.substr(0, size)));
    } catch (const Error&) {
    }
  }
}

}  // namespace
}  // namespace mouthpiece::media

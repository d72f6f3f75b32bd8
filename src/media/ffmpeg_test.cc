#include "media/ffmpeg.h"

#include <gtest/gtest.h>

#include <string>

#include "support/errors.h"
#include "support/files.h"

namespace mouthpiece::media {
namespace {

TEST(TameFfmpeg, LetsFewBytesClaimNoGigabytes) {
  TameFfmpeg();
  void* const much = av_malloc(size_t{300} << 20);
  EXPECT_EQ(much, nullptr);
  av_free(much);
  void* const enough = av_malloc(size_t{200} << 20);
  EXPECT_NE(enough, nullptr);
  av_free(enough);
}

TEST(OpenInput, NamesAFileThatWantsTooMuchMemory) {
  const auto number = [](uint32_t value) {
    std::string text;
    for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift & 255);
    return text;
  };
  const auto box = [&](const std::string& type, const std::string& content) {
    return number(static_cast<uint32_t>(8 + content.size())) + type + content;
  };
  // Times of 2^26 samples: half a gigabyte.
  std::string file = box("stts", number(0) + number(1 << 26) + std::string(8, '\1'));
  for (const char* around : {"stbl", "minf", "mdia", "trak", "moov"}) file = box(around, file);
  const mouthpiece::testing::TempFolder folder;
  const auto path = folder.Write("v.mp4", box("ftyp", "isom") + file);
  mouthpiece::testing::ExpectError(ErrorCode::kBadMedia, {"v.mp4"}, [&] { OpenInput(path); });
}

}  // namespace
}  // namespace mouthpiece::media

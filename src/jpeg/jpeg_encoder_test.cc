#include "jpeg/jpeg_encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "image/color.h"
#include "jpeg/jpeg_background.h"
#include "mouthpiece/error.h"
#include "support/decoded.h"
#include "support/every_target.h"
#include "support/files.h"
#include "support/libjpeg_file.h"
#include "support/pictures.h"

namespace mouthpiece {
namespace {

testing::DecodedVideo Decode(std::span<const uint8_t> bytes) {
  const testing::TempFolder folder;
  testing::WriteFile(folder.path() / "a.jpg", std::string(bytes.begin(), bytes.end()));
  return testing::DecodeVideo(folder.path() / "a.jpg");
}

/// Smooth parts, noise of any strength and hard edges.
void DrawAnything(std::mt19937& random, PictureView picture) {
  for (const Plane& plane : picture.planes) {
    const int kind = static_cast<int>(random() % 4);
    const auto strength = static_cast<int>(1 + random() % 120);
    const int slope = static_cast<int>(random() % 5);
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) {
        const int noise = static_cast<int>(random() % static_cast<unsigned>(strength));
        const int value = kind == 0   ? static_cast<int>(random() % 2) * 255
                          : kind == 1 ? (x / 5 + y / 3) % 2 * 255
                                      : 40 + slope * (x + y) / 4 % 100 + noise;
        plane.row(y)[x] = static_cast<uint8_t>(std::clamp(value, 0, 255));
      }
    }
  }
}

void ExpectLibjpegsFile(std::mt19937& random, int width, int height, int quality, int interval) {
  const ColorRange range = random() % 2 == 0 ? ColorRange::kFull : ColorRange::kLimited;
  Picture picture(PixelFormat::kYuv420, range, width, height);
  DrawAnything(random, picture.view());
  JpegEncoder encoder(quality, interval);
  ASSERT_TRUE(std::ranges::equal(encoder.Encode(picture.view()),
                                 testing::EncodeWithLibjpeg(picture.view(), quality, interval)))
      << width << 'x' << height << " quality " << quality << " interval " << interval;
}

TEST(JpegEncoder, MakesLibjpegsFileOfAnySize) {
  testing::OnEveryTarget([] {
    std::mt19937 random(5);
    for (int i = 0; i < 300; ++i) {
      const int width = 1 + static_cast<int>(random() % 200);
      const int height = 1 + static_cast<int>(random() % 70);
      const int interval = static_cast<int>(random() % 3 == 0 ? 0 : random() % 30);
      ExpectLibjpegsFile(random, width, height, 1 + static_cast<int>(random() % 100), interval);
      if (HasFatalFailure()) return;
    }
  });
}

TEST(JpegEncoder, MakesLibjpegsFileAtEveryQuality) {
  std::mt19937 random(6);
  for (int quality = 1; quality <= 100; ++quality) {
    for (int i = 0; i < 4; ++i) ExpectLibjpegsFile(random, 176, 144, quality, 0);
  }
  ExpectLibjpegsFile(random, 1280, 720, 95, 8);
}

TEST(JpegEncoder, EncodesRowsAsTheyStandInTheFile) {
  std::mt19937 random(8);
  Picture picture(PixelFormat::kYuv420, ColorRange::kFull, 16 * 6, 16 * 11);
  DrawAnything(random, picture.view());
  JpegEncoder encoder(95, 3);
  const std::span<const uint8_t> bytes = encoder.Encode(picture.view());
  const JpegBackground file(bytes);
  std::vector<size_t> ends;
  const std::span<const uint8_t> rows = encoder.EncodeRows(picture.view(), 0, 2, ends);
  ASSERT_EQ(ends.size(), 11u);
  for (size_t row = 0; row < 11; ++row) {
    const size_t begin = row == 0 ? 0 : ends[row - 1];
    const size_t from = file.starts()[2 * row], to = file.starts()[2 * row + 2] - kMarkerBytes;
    EXPECT_TRUE(std::ranges::equal(rows.subspan(begin, ends[row] - begin),
                                   file.file().subspan(from, to - from)))
        << row;
  }
}

TEST(JpegEncoder, KeepsThePlanesAtEverySize) {
  for (const auto& [width, height] :
       {std::pair{64, 48}, {426, 240}, {1, 1}, {17, 9}, {16, 33}, {31, 16}, {8, 200}, {203, 7}}) {
    for (const int padding : {0, 5}) {
      testing::FrameLender frames(width, height, ColorRange::kFull, padding);
      JpegEncoder encoder(97);
      for (int i = 0; i < 3; ++i) {
        const testing::DecodedVideo image = Decode(encoder.Encode(frames.Lend(i).picture()));
        EXPECT_EQ(image.width, width);
        EXPECT_EQ(image.height, height);
        ASSERT_EQ(image.frames.size(), 1u);
        const std::vector<uint8_t> samples =
            testing::PictureSamples(i, width, height, ColorRange::kFull);
        EXPECT_GT(testing::Psnr(image.frames[0], samples), 36) << width << 'x' << height;
      }
    }
  }
}

TEST(JpegEncoder, GrowsItsMemoryForLargeFiles) {
  Picture noise(PixelFormat::kYuv420, ColorRange::kFull, 640, 480);
  uint32_t state = 1;
  for (const Plane& plane : noise.view().planes) {
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) {
        state = state * 1664525 + 1013904223;
        plane.row(y)[x] = static_cast<uint8_t>(state >> 24);
      }
    }
  }
  JpegEncoder encoder(100);
  const std::span<const uint8_t> bytes = encoder.Encode(noise.view());
  EXPECT_GT(bytes.size(), size_t{300000});
  const uint8_t* data = noise.view().planes[0].data;
  EXPECT_GT(testing::Psnr(Decode(bytes).frames[0], {data, data + noise.bytes()}), 45);
}

TEST(JpegEncoder, QualityShowsInTheSize) {
  testing::FrameLender frames(128, 128, ColorRange::kFull);
  size_t last = 0;
  for (const int quality : {1, 30, 70, 90, 100}) {
    JpegEncoder encoder(quality);
    const size_t size = encoder.Encode(frames.Lend(1).picture()).size();
    EXPECT_GT(size, last) << quality;
    last = size;
  }
}

TEST(JpegEncoder, ExpandsLimitedRange) {
  for (const auto& [width, height] : {std::pair{64, 48}, {1, 1}, {17, 9}, {203, 71}}) {
    Picture limited(PixelFormat::kYuv420, ColorRange::kLimited, width, height);
    Picture full(PixelFormat::kYuv420, ColorRange::kFull, width, height);
    testing::DrawPicture(3, limited.view());
    LimitedToFull(limited.view(), full.view());
    JpegEncoder encoder(95);
    const std::span<const uint8_t> bytes = encoder.Encode(full.view());
    const std::vector<uint8_t> expected(bytes.begin(), bytes.end());
    EXPECT_TRUE(std::ranges::equal(encoder.Encode(limited.view()), expected))
        << width << 'x' << height;
  }
}

TEST(JpegEncoder, TakesPicturesOfAnySizeInTurn) {
  JpegEncoder encoder(90);
  for (const auto& [width, height] : {std::pair{64, 48}, {7, 5}, {203, 71}, {64, 48}}) {
    testing::FrameLender frames(width, height, ColorRange::kFull);
    const Frame frame = frames.Lend(2);
    JpegEncoder fresh(90);
    EXPECT_TRUE(std::ranges::equal(encoder.Encode(frame.picture()), fresh.Encode(frame.picture())));
  }
}

TEST(JpegEncoder, ReportsWhatTheFormatCannotHold) {
  EXPECT_THROW(
      {
        Picture wide(PixelFormat::kYuv420, ColorRange::kFull, 70000, 2);
        JpegEncoder encoder(90);
        encoder.Encode(wide.view());
      },
      Error);
}

}  // namespace
}  // namespace mouthpiece

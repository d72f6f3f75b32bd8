#include "media/image_reader.h"

#include <gtest/gtest.h>

// jpeglib.h needs these two declared before it.
#include <jpeglib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "media/picture_header.h"
#include "mouthpiece/error.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/pictures.h"

namespace mouthpiece {
namespace {

using testing::Contains;
using testing::ErrorOf;

constexpr int kWidth = 53;
constexpr int kHeight = 39;

Picture Bgr() { return {PixelFormat::kBgrPlanar, ColorRange::kFull, kWidth, kHeight}; }
Picture Yuv(ColorRange range) { return {PixelFormat::kYuv420, range, kWidth, kHeight}; }

/// Writes a PNG of `pixel_format` from random samples of `bytes` a pixel, which it returns.
std::vector<uint8_t> MakePng(const std::filesystem::path& path, const std::string& pixel_format,
                             int bytes) {
  std::mt19937 random(5);
  std::vector<uint8_t> samples(static_cast<size_t>(kWidth * kHeight * bytes));
  for (uint8_t& sample : samples) sample = static_cast<uint8_t>(random());
  const auto raw = path.parent_path() / "raw";
  testing::WriteBytes(raw, samples);
  testing::Ffmpeg("-f rawvideo -pix_fmt " + pixel_format + " -s " + std::to_string(kWidth) + "x" +
                  std::to_string(kHeight) + " -i '" + raw.string() + "' -pix_fmt " + pixel_format +
                  " -update 1 '" + path.string() + "'");
  return samples;
}

struct JpegFormat {
  const char* name;
  int h;  // luma samples a chroma sample, across and down; 0: grey
  int v;
  bool is_progressive;
};

using Pixel = std::array<uint8_t, 3>;  // R, G, B

/// Writes a JPEG of the pixels `at` gives.
void MakeJpeg(const std::filesystem::path& path, const JpegFormat& format,
              const std::function<Pixel(int, int)>& at) {
  jpeg_error_mgr errors;
  jpeg_compress_struct info;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  std::FILE* file = std::fopen(path.c_str(), "wb");
  ASSERT_NE(file, nullptr);
  jpeg_stdio_dest(&info, file);
  info.image_width = kWidth;
  info.image_height = kHeight;
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  if (format.h == 0) {
    jpeg_set_colorspace(&info, JCS_GRAYSCALE);
  } else {
    info.comp_info[0].h_samp_factor = format.h;
    info.comp_info[0].v_samp_factor = format.v;
  }
  jpeg_set_quality(&info, 98, TRUE);
  if (format.is_progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  for (int y = 0; y < kHeight; ++y) {
    uint8_t row[3 * kWidth];
    for (int x = 0; x < kWidth; ++x) {
      const Pixel pixel = at(x, y);
      std::copy(pixel.begin(), pixel.end(), row + 3 * x);
    }
    JSAMPROW rows[1] = {row};
    jpeg_write_scanlines(&info, rows, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::fclose(file);
}

constexpr JpegFormat kPlainJpeg{"plain", 2, 2, false};

Pixel OneColour(int, int) { return {0x20, 0x80, 0xe0}; }

Pixel Slopes(int x, int y) {
  return {static_cast<uint8_t>(4 * x), static_cast<uint8_t>(5 * y), static_cast<uint8_t>(x + y)};
}

struct PngFormat {
  const char* name;
  int bytes;
  int offsets[3];  // of the bytes that become blue, green, red
};

class ImageReaderPng : public ::testing::TestWithParam<PngFormat> {};

TEST_P(ImageReaderPng, GivesEveryPixelExactly) {
  const PngFormat& format = GetParam();
  const auto path = testing::EmptyFolder() / "1.png";
  const std::vector<uint8_t> samples = MakePng(path, format.name, format.bytes);
  Picture picture = Bgr();
  ImageReader().Read(path, picture.view());
  for (int p = 0; p < 3; ++p) {
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        const auto at = static_cast<size_t>((y * kWidth + x) * format.bytes + format.offsets[p]);
        ASSERT_EQ(picture.view().planes[p].row(y)[x], samples[at]) << p << ' ' << x << ' ' << y;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, ImageReaderPng,
    ::testing::Values(PngFormat{"rgb24", 3, {2, 1, 0}}, PngFormat{"rgba", 4, {2, 1, 0}},
                      PngFormat{"gray", 1, {0, 0, 0}}, PngFormat{"ya8", 2, {0, 0, 0}},
                      PngFormat{"gray16be", 2, {0, 0, 0}}, PngFormat{"rgb48be", 6, {4, 2, 0}},
                      PngFormat{"rgba64be", 8, {4, 2, 0}}),
    [](const auto& test) { return std::string(test.param.name); });

class ImageReaderJpeg : public ::testing::TestWithParam<JpegFormat> {};

TEST_P(ImageReaderJpeg, GivesTheColourInEveryForm) {
  const auto path = testing::EmptyFolder() / "1.jpg";
  MakeJpeg(path, GetParam(), OneColour);
  const bool gray = GetParam().h == 0;
  ImageReader reader;
  Picture bgr = Bgr();
  reader.Read(path, bgr.view());
  Picture full = Yuv(ColorRange::kFull);
  reader.Read(path, full.view());
  Picture limited = Yuv(ColorRange::kLimited);
  reader.Read(path, limited.view());
  const int expected[3][3] = {
      {gray ? 110 : 0xe0, gray ? 110 : 0x80, gray ? 110 : 0x20},
      {110, gray ? 128 : 192, gray ? 128 : 72},
      {110 * 219 / 255 + 16, gray ? 128 : 184, gray ? 128 : 79},
  };
  const ConstPictureView views[3] = {bgr.view(), full.view(), limited.view()};
  for (int i = 0; i < 3; ++i) {
    for (int p = 0; p < 3; ++p) {
      const ConstPlane& plane = views[i].planes[p];
      for (const auto& [x, y] : {std::pair{0, 0}, std::pair{plane.width - 1, plane.height - 1}}) {
        EXPECT_NEAR(plane.row(y)[x], expected[i][p], 4) << i << ' ' << p << ' ' << x << ' ' << y;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ImageReaderJpeg,
                         ::testing::Values(JpegFormat{"yuv420", 2, 2, false},
                                           JpegFormat{"yuv420progressive", 2, 2, true},
                                           JpegFormat{"yuv422", 2, 1, false},
                                           JpegFormat{"yuv440", 1, 2, false},
                                           JpegFormat{"yuv444", 1, 1, false},
                                           JpegFormat{"gray", 0, 0, false}),
                         [](const auto& test) { return std::string(test.param.name); });

/// Writes a JPEG of four inks, inverted as Adobe's programs do; `stored` is CMYK or YCCK.
void MakeInkJpeg(const std::filesystem::path& path, J_COLOR_SPACE stored,
                 const std::array<uint8_t, 4>& inks) {
  jpeg_error_mgr errors;
  jpeg_compress_struct info;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  std::FILE* file = std::fopen(path.c_str(), "wb");
  ASSERT_NE(file, nullptr);
  jpeg_stdio_dest(&info, file);
  info.image_width = kWidth;
  info.image_height = kHeight;
  info.input_components = 4;
  info.in_color_space = JCS_CMYK;
  jpeg_set_defaults(&info);
  jpeg_set_colorspace(&info, stored);
  jpeg_set_quality(&info, 98, TRUE);
  jpeg_start_compress(&info, TRUE);
  for (int y = 0; y < kHeight; ++y) {
    uint8_t row[4 * kWidth];
    for (int x = 0; x < kWidth; ++x) std::copy(inks.begin(), inks.end(), row + 4 * x);
    JSAMPROW rows[1] = {row};
    jpeg_write_scanlines(&info, rows, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::fclose(file);
}

TEST(ImageReader, MixesFourInks) {
  const auto folder = testing::EmptyFolder();
  for (const J_COLOR_SPACE stored : {JCS_CMYK, JCS_YCCK}) {
    const auto path = folder / (stored == JCS_CMYK ? "cmyk.jpg" : "ycck.jpg");
    MakeInkJpeg(path, stored, {40, 120, 250, 200});
    for (const PixelFormat format : {PixelFormat::kBgrPlanar, PixelFormat::kYuv420}) {
      Picture picture(format, ColorRange::kFull, kWidth, kHeight);
      ImageReader().Read(path, picture.view());
      // k - (255 - ink) * k / 256, of blue, green, red; and that in BT.601.
      const int bgr[3] = {197, 95, 32};
      const int yuv[3] = {88, 190, 88};
      for (int p = 0; p < 3; ++p) {
        const int expected = format == PixelFormat::kBgrPlanar ? bgr[p] : yuv[p];
        EXPECT_NEAR(picture.view().planes[p].row(9)[9], expected, 3) << path << ' ' << p;
      }
    }
  }
}

TEST(ImageReader, ForgetsThePictureBefore) {
  const auto folder = testing::EmptyFolder();
  MakePng(folder / "1.png", "rgb24", 3);
  MakeJpeg(folder / "2.jpg", kPlainJpeg, Slopes);
  MakePng(folder / "3.png", "gray", 1);
  ImageReader reused;
  for (const PixelFormat pixel_format : {PixelFormat::kBgrPlanar, PixelFormat::kYuv420}) {
    for (const std::string name : {"1.png", "2.jpg", "3.png", "1.png", "1.png", "2.jpg"}) {
      Picture first(pixel_format, ColorRange::kFull, kWidth, kHeight);
      ImageReader().Read(folder / name, first.view());
      Picture again(pixel_format, ColorRange::kFull, kWidth, kHeight);
      reused.Read(folder / name, again.view());
      EXPECT_EQ(testing::Samples(again.view()), testing::Samples(first.view())) << name;
    }
  }
}

TEST(ImageReader, GivesThePlanesOfA420JpegWithoutConversion) {
  // libavcodec's decoder is independent of libjpeg; their inverse transforms differ by rounding.
  const auto folder = testing::EmptyFolder();
  const auto path = folder / "1.jpg";
  MakeJpeg(path, kPlainJpeg, Slopes);
  testing::Ffmpeg("-i '" + path.string() + "' -f rawvideo '" + (folder / "raw").string() + "'");
  Picture picture = Yuv(ColorRange::kFull);
  ImageReader().Read(path, picture.view());
  const auto expected = testing::ReadBytes(folder / "raw");
  const auto samples = testing::Samples(picture.view());
  ASSERT_EQ(samples.size(), expected.size());
  for (size_t i = 0; i < samples.size(); ++i) ASSERT_NEAR(samples[i], expected[i], 2) << i;
}

TEST(ImageReader, NamesAFileThatCannotBeDecoded) {
  const auto folder = testing::EmptyFolder();
  MakeJpeg(folder / "whole.jpg", kPlainJpeg, Slopes);
  MakePng(folder / "whole.png", "rgb24", 3);
  for (const std::string suffix : {"jpg", "png"}) {
    std::vector<uint8_t> bytes = testing::ReadBytes(folder / ("whole." + suffix));
    bytes.resize(bytes.size() / 2);
    testing::WriteBytes(folder / ("cut." + suffix), bytes);
    bytes.resize(10);
    testing::WriteBytes(folder / ("start." + suffix), bytes);
    testing::WriteBytes(folder / ("empty." + suffix), {});
    testing::WriteBytes(folder / ("text." + suffix), {'t', 'e', 'x', 't'});
  }
  ImageReader reader;
  Picture bgr = Bgr();
  Picture yuv = Yuv(ColorRange::kFull);
  for (const std::string name : {"cut", "start", "empty", "text", "missing"}) {
    for (const std::string suffix : {"jpg", "png"}) {
      const auto path = folder / (name + "." + suffix);
      for (const PictureView& target : {bgr.view(), yuv.view()}) {
        const Error error = ErrorOf([&] { reader.Read(path, target); });
        EXPECT_EQ(error.code(), ErrorCode::kBadMedia) << error.what();
        EXPECT_TRUE(Contains(error, path.string() + ": ")) << error.what();
      }
    }
  }
  // A reader that has failed works on.
  EXPECT_NO_THROW(reader.Read(folder / "whole.jpg", yuv.view()));
  EXPECT_NO_THROW(reader.Read(folder / "whole.png", bgr.view()));
}

TEST(ImageReader, RefusesAProgressiveJpegThatEndsInItsHeader) {
  const auto folder = testing::EmptyFolder();
  MakeJpeg(folder / "1.jpg", kPlainJpeg, Slopes);
  testing::WriteBytes(folder / "2.jpg",
                      {0xff, 0xd8, 0xff, 0xc2, 0, 11, 8, 0, kHeight, 0, kWidth, 1, 1, 0x11, 0});
  Picture picture = Bgr();
  ImageReader reader;
  reader.Read(folder / "1.jpg", picture.view());
  const Error error = ErrorOf([&] { reader.Read(folder / "2.jpg", picture.view()); });
  EXPECT_TRUE(Contains(error, "2.jpg: cannot be decoded")) << error.what();
}

TEST(ImageReader, TakesAnExifChunkThatHoldsNothing) {
  const auto folder = testing::EmptyFolder();
  MakePng(folder / "1.png", "rgb24", 3);
  std::vector<uint8_t> bytes = testing::ReadBytes(folder / "1.png");
  constexpr uint8_t kEmptyExif[] = {0, 0, 0, 0, 'e', 'X', 'I', 'f', 0xca, 0x79, 0x97, 0x04};
  constexpr ptrdiff_t kBehindHeader = 8 + 25;
  bytes.insert(bytes.begin() + kBehindHeader, std::begin(kEmptyExif), std::end(kEmptyExif));
  const PictureHeader header = ReadPictureHeader("1.png", bytes);
  EXPECT_TRUE(header.orientation.is_upright());
  EXPECT_EQ(header.width, kWidth);
}

TEST(ImageReader, RefusesAnotherSize) {
  const auto folder = testing::EmptyFolder();
  MakeJpeg(folder / "1.jpg", kPlainJpeg, Slopes);
  MakePng(folder / "1.png", "rgb24", 3);
  Picture picture(PixelFormat::kBgrPlanar, ColorRange::kFull, kWidth + 1, kHeight);
  for (const std::string name : {"1.jpg", "1.png"}) {
    const Error error = ErrorOf([&] { ImageReader().Read(folder / name, picture.view()); });
    EXPECT_TRUE(Contains(error, name + ": is 53x39, expected 54x39")) << error.what();
  }
}

}  // namespace
}  // namespace mouthpiece

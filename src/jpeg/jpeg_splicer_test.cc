#include "jpeg/jpeg_splicer.h"

#include <gtest/gtest.h>
#include <jpeglib.h>

#include <algorithm>
#include <random>
#include <stdexcept>
#include <string>

#include "mouthpiece/error.h"
#include "support/decoded.h"
#include "support/files.h"
#include "support/libjpeg_file.h"
#include "support/pictures.h"

namespace mouthpiece {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes Copy(std::span<const uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }
Bytes Copy(FilePieces pieces) {
  Bytes file;
  for (const auto& piece : pieces) file.insert(file.end(), piece.begin(), piece.end());
  return file;
}

/// Two pictures that differ inside a rectangle only, as a frame with an old and a new mouth.
class TwoMouths {
 public:
  TwoMouths(int width, int height, ColorRange range, unsigned seed)
      : random_(seed),
        old_(PixelFormat::kYuv420, range, width, height),
        composited_(PixelFormat::kYuv420, range, width, height) {
    testing::DrawPicture(seed % 100, old_.view());
  }

  /// A rectangle of at least one pixel anywhere.
  Rect AnyRect() {
    const int x = Below(width()), y = Below(height());
    return {x, y, x + 1 + Below(width() - x), y + 1 + Below(height() - y)};
  }
  /// Fills it with noise, of luma in its pixels, of chroma in all blocks that it touches.
  void Composite(const Rect& rect) {
    CopyPicture(old_.view(), composited_.view());
    for (int c = 0; c < 3; ++c) {
      const Plane& plane = composited_.view().planes[c];
      const int scale = c == 0 ? 1 : 2;
      for (int y = rect.y1 / scale; y < (rect.y2 + scale - 1) / scale; ++y) {
        for (int x = rect.x1 / scale; x < (rect.x2 + scale - 1) / scale; ++x) {
          plane.row(y)[x] = static_cast<uint8_t>(40 + Below(180));
        }
      }
    }
  }

  int width() const { return old_.view().width(); }
  int height() const { return old_.view().height(); }
  ConstPictureView old() const { return old_.view(); }
  ConstPictureView composited() const { return composited_.view(); }
  int Below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }

 private:
  std::minstd_rand random_;
  Picture old_;
  Picture composited_;
};

/// All coefficients of a file, by component, row and column of blocks. Fails on any warning.
std::vector<JCOEF> Coefficients(const Bytes& file) {
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  errors.error_exit = [](j_common_ptr) { throw std::runtime_error("libjpeg gave up"); };
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, file.data(), file.size());
  jpeg_read_header(&info, TRUE);
  jvirt_barray_ptr* arrays = jpeg_read_coefficients(&info);
  std::vector<JCOEF> coefficients;
  for (int c = 0; c < info.num_components; ++c) {
    const jpeg_component_info& component = info.comp_info[c];
    for (JDIMENSION y = 0; y < component.height_in_blocks; ++y) {
      const JBLOCKARRAY row = info.mem->access_virt_barray(reinterpret_cast<j_common_ptr>(&info),
                                                           arrays[c], y, 1, FALSE);
      const JCOEF* first = row[0][0];
      coefficients.insert(coefficients.end(), first, first + component.width_in_blocks * DCTSIZE2);
    }
  }
  jpeg_finish_decompress(&info);
  EXPECT_EQ(errors.num_warnings, 0);
  jpeg_destroy_decompress(&info);
  return coefficients;
}

/// The pixels of `area`, whose origin is even.
Picture CutOut(ConstPictureView picture, const Rect& area) {
  Picture part(PixelFormat::kYuv420, picture.range, area.width(), area.height());
  for (int c = 0; c < 3; ++c) {
    const int scale = c == 0 ? 1 : 2;
    const Plane& plane = part.view().planes[c];
    for (int y = 0; y < plane.height; ++y) {
      std::copy_n(picture.planes[c].row(area.y1 / scale + y) + area.x1 / scale, plane.width,
                  plane.row(y));
    }
  }
  return part;
}

/// Splices a picture's rectangle into its background and compares with encoding it whole.
void ExpectWholeEncode(TwoMouths& frame, const Rect& rect, int quality, int interval) {
  SCOPED_TRACE(std::to_string(frame.width()) + "x" + std::to_string(frame.height()) + " quality " +
               std::to_string(quality) + " interval " + std::to_string(interval) + " rectangle " +
               std::to_string(rect.x1) + ":" + std::to_string(rect.x2) + " " +
               std::to_string(rect.y1) + ":" + std::to_string(rect.y2));
  JpegEncoder encoder(quality, interval);
  JpegSplicer splicer(encoder);
  const JpegBackground background(encoder.Encode(frame.old()));
  frame.Composite(rect);
  const Bytes whole = Copy(encoder.Encode(frame.composited()));
  const Bytes spliced = Copy(splicer.Splice(background, rect, frame.composited()));
  ASSERT_TRUE(spliced == whole);

  // The same from what is left when the touched segments and all pixels outside them are gone.
  const Rect touched = TouchedPixels(rect, frame.width(), frame.height(), interval);
  const JpegBackground rest(
      WithoutSegments(encoder.Encode(frame.old()), touched, frame.width(), interval));
  ASSERT_LT(rest.file().size(), background.file().size());
  const Picture part = CutOut(frame.composited(), touched);
  ASSERT_TRUE(Copy(splicer.SplicePart(rest, rect, frame.width(), frame.height(), part.view())) ==
              whole);

  ASSERT_TRUE(Coefficients(spliced) ==
              Coefficients(testing::EncodeWithLibjpeg(frame.composited(), quality, 0)));
}

TEST(JpegSplicer, EqualsEncodingTheWholePicture) {
  for (const auto& [width, height] :
       {std::pair{426, 240}, {640, 360}, {127, 65}, {161, 33}, {368, 47}, {33, 200}}) {
    for (const int quality : {1, 50, 95, 100}) {
      for (const ColorRange range : {ColorRange::kFull, ColorRange::kLimited}) {
        const int row = McuCount(width);
        for (int interval = 1; interval <= row; ++interval) {
          if (row % interval != 0) continue;
          TwoMouths frame(width, height, range, static_cast<unsigned>(quality + interval));
          for (int i = 0; i < 3; ++i) {
            ExpectWholeEncode(frame, frame.AnyRect(), quality, interval);
          }
        }
      }
    }
  }
}

TEST(JpegSplicer, SplicesSinglePixelsAtCornersAndEdges) {
  for (const auto& [width, height] : {std::pair{1, 1}, {1280, 720}, {641, 359}, {17, 16}}) {
    TwoMouths frame(width, height, ColorRange::kLimited, 7);
    for (const int x : {0, width / 2, width - 1}) {
      for (const int y : {0, height / 2, height - 1}) {
        ExpectWholeEncode(frame, {x, y, x + 1, y + 1}, 95, ChooseRestartInterval(width));
      }
    }
    ExpectWholeEncode(frame, {0, 0, width, height}, 95, ChooseRestartInterval(width));
  }
}

TEST(JpegSplicer, ReusesOneBackgroundForManyMouths) {
  TwoMouths frame(426, 240, ColorRange::kLimited, 3);
  JpegEncoder encoder(95, ChooseRestartInterval(426));
  JpegSplicer splicer(encoder);
  const Rect rect{131, 77, 262, 209};
  frame.Composite(rect);
  const JpegBackground background(encoder.Encode(frame.composited()));  // with a mouth in it
  for (int i = 0; i < 20; ++i) {
    frame.Composite(rect);
    const Bytes spliced = Copy(splicer.Splice(background, rect, frame.composited()));
    EXPECT_TRUE(std::ranges::equal(spliced, encoder.Encode(frame.composited())));
  }
}

TEST(JpegSplicer, FFmpegDecodesTheSameAsFromTheWholePicture) {
  const testing::TempFolder folder;
  const auto decode = [&](const Bytes& bytes) {
    testing::WriteFile(folder.path() / "a.jpg", std::string(bytes.begin(), bytes.end()));
    return testing::DecodeVideo(folder.path() / "a.jpg").frames.at(0);
  };
  for (const auto& [width, height] : {std::pair{640, 360}, {203, 71}}) {
    TwoMouths frame(width, height, ColorRange::kFull, 5);
    JpegEncoder encoder(90, ChooseRestartInterval(width));
    JpegSplicer splicer(encoder);
    const JpegBackground background(encoder.Encode(frame.old()));
    for (int i = 0; i < 8; ++i) {
      const Rect rect = frame.AnyRect();
      frame.Composite(rect);
      JpegEncoder without_markers(90);
      EXPECT_EQ(decode(Copy(splicer.Splice(background, rect, frame.composited()))),
                decode(Copy(without_markers.Encode(frame.composited()))));
    }
  }
}

TEST(JpegSplicer, ReadsNothingOutsideTheTouchedPart) {
  TwoMouths frame(640, 360, ColorRange::kLimited, 11);
  const int interval = ChooseRestartInterval(640);
  JpegEncoder encoder(95, interval);
  JpegSplicer splicer(encoder);
  const JpegBackground background(encoder.Encode(frame.old()));
  const Rect rect{203, 99, 301, 198};
  frame.Composite(rect);
  const Bytes expected = Copy(encoder.Encode(frame.composited()));
  Picture blank(PixelFormat::kYuv420, ColorRange::kLimited, 640, 360);
  std::fill_n(blank.view().planes[0].data, blank.bytes(), uint8_t{0});
  const Rect touched = TouchedPixels(rect, 640, 360, interval);
  EXPECT_EQ(touched, (Rect{128, 96, 384, 208}));
  for (int c = 0; c < 3; ++c) {
    const int scale = c == 0 ? 1 : 2;
    for (int y = touched.y1 / scale; y < touched.y2 / scale; ++y) {
      std::copy_n(frame.composited().planes[c].row(y) + touched.x1 / scale, touched.width() / scale,
                  blank.view().planes[c].row(y) + touched.x1 / scale);
    }
  }
  EXPECT_EQ(Copy(splicer.Splice(background, rect, blank.view())), expected);
}

TEST(JpegSplicer, IntervalsDivideARowOfMcus) {
  EXPECT_EQ(ChooseRestartInterval(1280), 8);
  EXPECT_EQ(ChooseRestartInterval(426), 9);   // of 27 MCUs
  EXPECT_EQ(ChooseRestartInterval(1080), 4);  // of 68: 4 and 17
  EXPECT_EQ(ChooseRestartInterval(368), 23);  // a prime
  EXPECT_EQ(ChooseRestartInterval(1072), 1);  // the prime 67
  EXPECT_EQ(ChooseRestartInterval(1), 1);
  for (int width = 1; width < 4000; ++width) {
    EXPECT_EQ(McuCount(width) % ChooseRestartInterval(width), 0) << width;
  }
}

TEST(JpegSplicer, RefusesWhatDoesNotFit) {
  TwoMouths frame(64, 48, ColorRange::kFull, 1);
  TwoMouths other(64, 64, ColorRange::kFull, 1);
  JpegEncoder encoder(95, 2);
  JpegSplicer splicer(encoder);
  const JpegBackground background(encoder.Encode(frame.old()));
  EXPECT_THROW(splicer.Splice(background, {0, 0, 8, 8}, other.old()), Error);
  EXPECT_THROW(splicer.Splice(JpegBackground(), {0, 0, 8, 8}, frame.old()), Error);
  for (const Rect& bad :
       {Rect{0, 0, 65, 8}, {0, 0, 8, 49}, {-1, 0, 8, 8}, {0, -1, 8, 8}, {9, 9, 9, 9}}) {
    EXPECT_THROW(splicer.Splice(background, bad, frame.old()), Error);
  }
}

TEST(JpegBackground, HoldsOneSegmentAnInterval) {
  TwoMouths frame(426, 240, ColorRange::kFull, 1);
  JpegEncoder encoder(95, 3);
  const Bytes file = Copy(encoder.Encode(frame.old()));
  const JpegBackground background(file);
  EXPECT_TRUE(std::ranges::equal(background.file(), file));
  EXPECT_EQ(background.starts().size(), size_t{9 * 15 + 1});
  EXPECT_EQ(background.starts().back(), file.size());
  EXPECT_EQ(background.bytes(), file.size() + background.starts().size() * 4);
}

TEST(JpegBackground, RefusesWhatIsNotSuchAFile) {
  TwoMouths frame(64, 48, ColorRange::kFull, 1);
  JpegEncoder encoder(95, 2);
  const Bytes file = Copy(encoder.Encode(frame.old()));
  EXPECT_THROW(JpegBackground(std::span<const uint8_t>{}), Error);
  for (size_t size = 1; size < file.size(); ++size) {
    EXPECT_THROW(JpegBackground(std::span(file).first(size)), Error) << size;
  }
  Bytes renumbered = file;
  renumbered[JpegBackground(file).starts()[1] - 1] ^= 1;
  EXPECT_THROW(JpegBackground{renumbered}, Error);
}

}  // namespace
}  // namespace mouthpiece

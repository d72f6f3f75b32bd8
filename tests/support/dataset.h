// Small training folders.
#ifndef MOUTHPIECE_TESTS_SUPPORT_DATASET_H_
#define MOUTHPIECE_TESTS_SUPPORT_DATASET_H_

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "image/image.h"
#include "import/landmarks.h"
#include "media/png_encoder.h"
#include "mouthpiece/types.h"
#include "support/files.h"
#include "support/fixtures.h"

namespace mouthpiece::testing {

/// PNG frames of smooth colours, 64x48, with a square that moves.
class TestDataset : public TempFolder {
 public:
  static constexpr int kWidth = 64;
  static constexpr int kHeight = 48;

  explicit TestDataset(int frames) {
    for (int i = 0; i < frames; ++i) {
      WritePng("full_body_img/" + std::to_string(i) + ".png", kWidth, kHeight, i);
      WriteLandmarks(i, RectOf(i));
    }
  }

  /// Odd and even origins and sizes.
  static Rect RectOf(int frame) {
    const int side = 30 + frame % 4;
    const int x = 3 + frame % 5;
    const int y = 1 + frame % 7;
    return {x, y, x + side, y + side};
  }

  static Picture Draw(int frame, int width = kWidth, int height = kHeight) {
    Picture picture(PixelFormat::kBgrPlanar, ColorRange::kFull, width, height);
    for (int p = 0; p < 3; ++p) {
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          const double wave = std::sin(0.15 * x + 0.4 * p + 0.1 * frame) * std::cos(0.2 * y);
          picture.view().planes[p].row(y)[x] = static_cast<uint8_t>(128 + 90 * wave);
        }
      }
    }
    return picture;
  }

  void WritePng(const std::string& name, int width = kWidth, int height = kHeight,
                int frame = 0) const {
    WritePng(name, Draw(frame, width, height).view());
  }
  void WritePng(const std::string& name, ConstPictureView bgr) const {
    PngEncoder encoder(bgr.width(), bgr.height());
    const auto bytes = encoder.Encode(bgr);
    Write(name, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

  void WriteLandmarks(int frame, const Rect& rect) const {
    std::string text;
    for (int line = 0; line < kLandmarks; ++line) {
      const int x = line == 1 ? rect.x1 : line == 31 ? rect.x2 : 5;
      const int y = line == 52 ? rect.y1 : 6;
      text += std::to_string(x) + ".25 " + std::to_string(y) + ".75\n";
    }
    Write("landmarks/" + std::to_string(frame) + ".lms", text);
  }

  void AddGenerator() const {
    std::filesystem::create_directories(path() / "checkpoint");
    std::filesystem::copy_file(DrawnPackage() / "checkpoint/model_best.onnx",
                               path() / "checkpoint/model_best.onnx");
  }
};

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_DATASET_H_

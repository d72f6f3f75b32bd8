#include "media/backdrop.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <system_error>

#include "base/input_guard.h"
#include "image/color_matrix.h"
#include "media/image_reader.h"
#include "media/picture_header.h"
#include "media/scaler.h"
#include "media/video_reader.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

constexpr int kBt601 = 5;

/// Whether the file begins as a JPEG or a PNG does.
bool IsPicture(const std::filesystem::path& path) {
  try {
    ReadPictureHeader(path);
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// The middle part of `size` that covers `target` when scaled, along both sides; even.
Rect MiddleThatCovers(int width, int height, int to_width, int to_height) {
  const double scale =
      std::max(static_cast<double>(to_width) / width, static_cast<double>(to_height) / height);
  const auto fit = [scale](int size, int to_size) {
    return std::clamp(2 * static_cast<int>(std::lround(to_size / scale / 2)), std::min(2, size),
                      size);
  };
  const int part_width = fit(width, to_width);
  const int part_height = fit(height, to_height);
  const int x = (width - part_width) / 4 * 2;
  const int y = (height - part_height) / 4 * 2;
  return {x, y, x + part_width, y + part_height};
}

}  // namespace

std::optional<std::array<uint8_t, 3>> ParseColor(const std::string& text) {
  uint32_t value = 0;
  const char* const end = text.data() + text.size();
  if (text.size() != 7 || text[0] != '#') return std::nullopt;
  const auto [rest, error] = std::from_chars(text.data() + 1, end, value, 16);
  if (error != std::errc() || rest != end) return std::nullopt;
  return std::array{static_cast<uint8_t>(value >> 16), static_cast<uint8_t>(value >> 8),
                    static_cast<uint8_t>(value)};
}

Backdrop ReadBackdrop(const std::string& name) {
  Backdrop backdrop;
  backdrop.name = name;
  backdrop.color = ParseColor(name);
  if (backdrop.color) return backdrop;
  std::error_code ignored;
  if (name.starts_with('#') && !std::filesystem::exists(name, ignored)) {
    throw Error(ErrorCode::kInvalidArgument,
                "background: expected #rrggbb, a picture or a video, found \"" + name + "\"");
  }
  if (IsUrl(name)) {
    throw Error(ErrorCode::kInvalidArgument,
                "background: " + name + " is a URL, and backgrounds are read from files");
  }
  if (IsPicture(name)) {
    const PictureHeader header = ReadPictureHeader(name);
    backdrop.width = header.width;
    backdrop.height = header.height;
  } else {
    backdrop.video = IndexVideo(name);
    backdrop.width = backdrop.video->width;
    backdrop.height = backdrop.video->height;
  }
  return backdrop;
}

struct BackdropReader::State {
  State(const Backdrop& given, int width, int height, const ColorTags& color, Rational rate,
        CancelToken cancel)
      : backdrop(given), frame_rate(rate), target(color.range, width, height) {
    if (backdrop.color) {
      const auto codes = CodesOf(*backdrop.color, MatrixOf(color.matrix), color.range);
      for (size_t p = 0; p < 3; ++p) {
        const Plane plane = target.view().planes[p];
        for (int y = 0; y < plane.height; ++y) {
          std::memset(plane.row(y), codes[p], static_cast<size_t>(plane.width));
        }
      }
      return;
    }
    part = MiddleThatCovers(backdrop.width, backdrop.height, width, height);
    ColorTags from;
    if (backdrop.video) {
      from = backdrop.video->color;
      video.emplace(*backdrop.video, 1, cancel);
    } else {
      constexpr int kCenter = 2;
      from = {.matrix = kBt601, .chroma_location = kCenter, .range = ColorRange::kFull};
    }
    scaler.emplace(part.width(), part.height(), width, height, from, color);
    if (video) return;
    Picture picture(PixelFormat::kYuv420, ColorRange::kFull, backdrop.width, backdrop.height);
    ImageReader().Read(backdrop.name, picture.view());
    scaler->Scale(PartOf(picture.view(), part), target.view());
  }

  int NumberAt(int64_t index) const {
    const Rational rate = backdrop.video->frame_rate;
    const int64_t number = index * rate.num * frame_rate.den / (int64_t{rate.den} * frame_rate.num);
    return static_cast<int>(number % backdrop.video->frame_count());
  }

  const Backdrop& backdrop;
  const Rational frame_rate;
  const PaddedPicture target;
  Rect part;
  std::optional<Scaler> scaler;
  std::optional<VideoReader> video;
  int shown = -1;  ///< Frame of the video that is in `target`
};

BackdropReader::BackdropReader(const Backdrop& backdrop, int width, int height,
                               const ColorTags& color, Rational frame_rate, CancelToken cancel)
    : state_(std::make_unique<State>(backdrop, width, height, color, frame_rate, cancel)) {}

BackdropReader::~BackdropReader() = default;

ConstPictureView BackdropReader::At(int64_t index) {
  State& state = *state_;
  if (state.video) {
    const int number = state.NumberAt(index);
    if (number != state.shown) {
      state.scaler->Scale(PartOf(state.video->Read(number), state.part), state.target.view());
      state.shown = number;
    }
  }
  return state.target.view();
}

}  // namespace mouthpiece

#include "sink/shape.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <string_view>
#include <utility>

#include "media/scaler.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

// Of frames, one of which takes one block of memory, four bytes a pixel at most (TameFfmpeg).
constexpr int64_t kMostArea = 60'000'000;

[[noreturn]] void Reject(const std::string& option, const std::string& expected,
                         const std::string& found) {
  throw Error(ErrorCode::kInvalidArgument, option + ": expected " + expected + ", found " + found);
}

/// "A?B" with one of `separators` for the question mark, which is told.
std::optional<std::pair<int, int>> ParsePair(std::string_view text, std::string_view separators,
                                             char& separator) {
  std::pair<int, int> pair;
  const char* const end = text.data() + text.size();
  const auto [middle, first] = std::from_chars(text.data(), end, pair.first);
  if (first != std::errc() || middle == end || separators.find(*middle) == std::string_view::npos) {
    return std::nullopt;
  }
  separator = *middle;
  const auto [last, second] = std::from_chars(middle + 1, end, pair.second);
  if (second != std::errc() || last != end) return std::nullopt;
  return pair;
}

std::string SizeOf(int width, int height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

Rational Reduced(int64_t num, int64_t den) {
  int64_t divisor = std::max<int64_t>(std::gcd(num, den), 1);
  // Files have room for 16 bits of each.
  while (std::max(num, den) / divisor > 65535) ++divisor;
  return {static_cast<int>(std::max<int64_t>(num / divisor, 1)),
          static_cast<int>(std::max<int64_t>(den / divisor, 1))};
}

int Even(double value) { return std::max(2, 2 * static_cast<int>(std::floor(value / 2))); }
int NearestEven(double value) { return std::max(2, 2 * static_cast<int>(std::lround(value / 2))); }

/// Where a part of that size lies along one side of the frame, so that `middle` is in its middle.
int PlaceAround(double middle, int size, int whole, int step) {
  const int wanted = static_cast<int>(std::lround((middle - size / 2.0) / step)) * step;
  return std::clamp(wanted, 0, (whole - size) / step * step);
}

Rect CropOf(const Crop& crop, const StreamFormat& frames, std::span<const Rect> faces) {
  int width = crop.width / 2 * 2;
  int height = crop.height / 2 * 2;
  if (crop.is_shape) {
    const double shape = static_cast<double>(crop.width) / crop.height /
                         std::max(frames.sample_aspect.value(), 1e-6);
    // The largest of that shape, by even sides.
    width = Even(std::min<double>(frames.width, frames.height * shape + 1e-6));
    height = Even(std::min<double>(frames.height, frames.width / shape + 1e-6));
  }
  if (width < 2 || height < 2 || width > frames.width || height > frames.height) {
    Reject("crop", "a part of the frames, which are " + SizeOf(frames.width, frames.height),
           SizeOf(crop.width, crop.height));
  }
  int x = 0;
  int y = 0;
  // Rows of either field stay with it.
  const int step = IsInterlaced(frames.field_order) ? 4 : 2;
  if (crop.place) {
    x = crop.place->x / 2 * 2;
    y = crop.place->y / step * step;
    if (crop.place->x < 0 || crop.place->y < 0 || x + width > frames.width ||
        y + height > frames.height) {
      Reject("crop",
             "a place from 0,0 to " + std::to_string(frames.width - width) + "," +
                 std::to_string(frames.height - height) + " for " + SizeOf(width, height) + " of " +
                 SizeOf(frames.width, frames.height),
             std::to_string(crop.place->x) + "," + std::to_string(crop.place->y));
    }
  } else {
    double middle_x = 0;
    double middle_y = 0;
    for (const Rect& face : faces) {
      middle_x += (face.x1 + face.x2) / 2.0;
      middle_y += (face.y1 + face.y2) / 2.0;
    }
    const auto count = static_cast<double>(faces.size());
    x = PlaceAround(middle_x / count, width, frames.width, 2);
    y = PlaceAround(middle_y / count, height, frames.height, step);
  }
  return {x, y, x + width, y + height};
}

}  // namespace

Crop ParseCrop(const std::string& text) {
  constexpr char kExpected[] = "9:16, 640x480 or either with @x,y";
  const size_t at = text.find('@');
  char separator = 0;
  const auto size = ParsePair(std::string_view(text).substr(0, at), ":x", separator);
  if (!size || size->first < 1 || size->second < 1 || size->first > kMostSide ||
      size->second > kMostSide) {
    Reject("crop", kExpected, "\"" + text + "\"");
  }
  Crop crop{.width = size->first, .height = size->second, .is_shape = separator == ':'};
  if (at != std::string::npos) {
    const auto place = ParsePair(std::string_view(text).substr(at + 1), ",", separator);
    if (!place) Reject("crop", kExpected, "\"" + text + "\"");
    crop.place = {place->first, place->second};
  }
  return crop;
}

Scale ParseScale(const std::string& text) {
  char separator = 0;
  const auto size = ParsePair(text, ":x", separator);
  const auto is_side = [](int side) {
    return side == Scale::kKeepShape || (side >= 1 && side <= kMostSide);
  };
  if (!size || !is_side(size->first) || !is_side(size->second) ||
      (size->first == Scale::kKeepShape && size->second == Scale::kKeepShape)) {
    Reject("scale", "1920x1080, -2:480 or 640:-2, of 1 to 16384", "\"" + text + "\"");
  }
  return {size->first, size->second};
}

std::string ToString(const Crop& crop) {
  std::string text =
      std::to_string(crop.width) + (crop.is_shape ? ":" : "x") + std::to_string(crop.height);
  if (crop.place) {
    text.append("@").append(std::to_string(crop.place->x));
    text.append(",").append(std::to_string(crop.place->y));
  }
  return text;
}

std::string ToString(const Scale& scale) {
  return std::to_string(scale.width) + ":" + std::to_string(scale.height);
}

std::optional<Shape> ShapeOf(const std::optional<Crop>& crop, const std::optional<Scale>& scale,
                             const StreamFormat& frames, std::span<const Rect> faces) {
  Shape shape;
  shape.crop = {0, 0, frames.width, frames.height};
  if (crop) shape.crop = CropOf(*crop, frames, faces);
  shape.width = shape.crop.width();
  shape.height = shape.crop.height();
  shape.sample_aspect = frames.sample_aspect;
  if (scale) {
    const double shown = shape.width * frames.sample_aspect.value() / shape.height;
    const bool keeps_width = scale->width == Scale::kKeepShape;
    const bool keeps_height = scale->height == Scale::kKeepShape;
    shape.width = keeps_width ? NearestEven(scale->height * shown) : scale->width;
    shape.height = keeps_height ? NearestEven(scale->width / shown) : scale->height;
    shape.sample_aspect = {1, 1};
    if (!keeps_width && !keeps_height) {
      shape.sample_aspect =
          Reduced(int64_t{shape.crop.width()} * frames.sample_aspect.num * shape.height,
                  int64_t{shape.crop.height()} * frames.sample_aspect.den * shape.width);
      // What an even size rounds off is not worth pixels that are not square.
      if (std::abs(shape.sample_aspect.value() - 1) < 0.01) shape.sample_aspect = {1, 1};
    }
    if (shape.width > kMostSide || shape.height > kMostSide) {
      Reject("scale", "sides of at most " + std::to_string(kMostSide),
             SizeOf(shape.width, shape.height));
    }
    if (int64_t{shape.width} * shape.height > kMostArea) {
      Reject("scale", "at most " + std::to_string(kMostArea / 1000000) + " million pixels",
             std::to_string(shape.width) + "x" + std::to_string(shape.height));
    }
  }
  const bool is_whole = shape.crop == Rect{0, 0, frames.width, frames.height};
  if (is_whole && !shape.scales() && shape.sample_aspect == frames.sample_aspect) {
    return std::nullopt;
  }
  return shape;
}

StreamFormat Shaped(const StreamFormat& frames, const Shape& shape) {
  StreamFormat shaped = frames;
  shaped.width = shape.width;
  shaped.height = shape.height;
  shaped.sample_aspect = shape.sample_aspect;
  // Rows of both fields become one.
  if (shape.height != shape.crop.height()) shaped.field_order = FieldOrder::kUnknown;
  return shaped;
}

std::string Describe(const Shape& shape) {
  std::string text = "crop " + SizeOf(shape.crop.width(), shape.crop.height()) + " at " +
                     std::to_string(shape.crop.x1) + "," + std::to_string(shape.crop.y1);
  if (shape.scales()) text += ", scale " + SizeOf(shape.width, shape.height);
  return text;
}

}  // namespace mouthpiece

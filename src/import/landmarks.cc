#include "import/landmarks.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

#include "avatar/file_access.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kLargestFile = 1 << 20;
constexpr double kLargestCoordinate = 1 << 20;
// The landmarks that bound the square, and where in a file: lines count from 1.
constexpr size_t kLeft = 1;
constexpr size_t kRight = 31;
constexpr size_t kTop = 52;

struct Point {
  int x = 0;
  int y = 0;
};

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/// The next number of `line`, truncated; false if there is none or it is out of bounds.
bool TakeNumber(std::string_view& line, int& number) {
  while (!line.empty() && IsSpace(line.front())) line.remove_prefix(1);
  double value = 0;
  const auto [end, status] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (status != std::errc() || !(std::abs(value) < kLargestCoordinate)) return false;
  line.remove_prefix(static_cast<size_t>(end - line.data()));
  number = static_cast<int>(value);
  return line.empty() || IsSpace(line.front());
}

Point ParseLine(const fs::path& path, size_t index, std::string_view line) {
  Point point;
  std::string_view rest = line;
  const bool has_two = TakeNumber(rest, point.x) && TakeNumber(rest, point.y);
  while (!rest.empty() && IsSpace(rest.front())) rest.remove_prefix(1);
  if (!has_two || !rest.empty()) {
    Fail(path, "line " + std::to_string(index + 1) + " is wrong", "\"x y\" in pixels",
         Quoted(line));
  }
  return point;
}

std::array<Point, kLandmarks> ReadLandmarks(const fs::path& path) {
  const std::string text = ReadFile(path, kLargestFile);
  std::string_view left = text;
  while (!left.empty() && (left.back() == '\n' || IsSpace(left.back()))) left.remove_suffix(1);
  std::array<Point, kLandmarks> points;
  size_t count = 0;
  while (!left.empty()) {
    const size_t end = std::min(left.find('\n'), left.size());
    const Point point = ParseLine(path, count, left.substr(0, end));
    if (count < points.size()) points[count] = point;
    ++count;
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  if (count != points.size()) {
    Fail(path, "has a wrong number of landmarks", std::to_string(points.size()) + " lines",
         std::to_string(count));
  }
  return points;
}

}  // namespace

Rect ReadFaceSquare(const fs::path& path, int width, int height) {
  const std::array<Point, kLandmarks> points = ReadLandmarks(path);
  Rect rect{points[kLeft].x, points[kTop].y, points[kRight].x, 0};
  rect.y2 = rect.y1 + rect.width();
  std::string corners;
  for (const int value : {rect.x1, rect.y1, rect.x2, rect.y2}) {
    corners += (corners.empty() ? "[" : ", ") + std::to_string(value);
  }
  corners += "]";
  if (rect.width() <= 0) {
    Fail(path, "lines 2 and 32 bound no face", "landmark 31 to the right of landmark 1", corners);
  }
  if (rect.x1 < 0 || rect.y1 < 0 || rect.x2 > width || rect.y2 > height) {
    Fail(path, "the face square of lines 2, 32 and 53 leaves the frame",
         "one inside " + std::to_string(width) + "x" + std::to_string(height), corners);
  }
  return rect;
}

}  // namespace mouthpiece

#include "avatar/rectangles.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string>

#include "avatar/file_access.h"
#include "avatar/json_file.h"
#include "base/faults.h"

namespace mouthpiece {
namespace {

using nlohmann::json;

std::string Describe(const Rect& r) {
  std::string text = "[";
  for (const int value : {r.x1, r.y1, r.x2}) text += std::to_string(value) + ", ";
  return text + std::to_string(r.y2) + "]";
}

std::string ForFrame(size_t frame) { return "rectangle of frame " + std::to_string(frame) + " "; }

int ReadCoordinate(const std::filesystem::path& path, size_t frame, const json& value) {
  constexpr int kLargest = std::numeric_limits<int16_t>::max();  // of a picture's sides
  if (value.is_number_float()) {  // 562.0, as arithmetic leaves whole numbers
    const auto number = value.get<double>();
    if (std::trunc(number) == number && std::abs(number) <= kLargest) {
      return static_cast<int>(number);
    }
  }
  if (!value.is_number_integer()) {
    Fail(path, ForFrame(frame) + "is malformed", "integers",
         value.is_number() ? "the number " + value.dump() : value.type_name());
  }
  const bool fits = value.is_number_unsigned() ? value.get<uint64_t>() <= kLargest
                                               : value.get<int64_t>() >= -kLargest;
  if (!fits) Fail(path, ForFrame(frame) + "is malformed", "pixels", value.dump());
  return value.get<int>();
}

Rect ReadRect(const std::filesystem::path& path, size_t frame, const json& value) {
  if (!value.is_array() || value.size() != 4) {
    Fail(path, ForFrame(frame) + "is malformed", "[x1, y1, x2, y2]",
         value.is_array() ? std::to_string(value.size()) + " values" : value.type_name());
  }
  const Rect rect{ReadCoordinate(path, frame, value[0]), ReadCoordinate(path, frame, value[1]),
                  ReadCoordinate(path, frame, value[2]), ReadCoordinate(path, frame, value[3])};
  if (rect.x1 < 0 || rect.y1 < 0) {
    Fail(path, ForFrame(frame) + "starts outside the frame", "x1 >= 0 and y1 >= 0", Describe(rect));
  }
  if (rect.x2 <= rect.x1 || rect.y2 <= rect.y1) {
    Fail(path, ForFrame(frame) + "is empty or reversed", "x1 < x2 and y1 < y2", Describe(rect));
  }
  return rect;
}

size_t ReadFrameNumber(const std::filesystem::path& path, const std::string& key) {
  size_t frame = 0;
  const auto [end, status] = std::from_chars(key.data(), key.data() + key.size(), frame);
  // Comparing with to_string refuses "007", which would be a second name of frame 7.
  if (status != std::errc() || std::to_string(frame) != key) {
    Fail(path, "has a wrong key", "frame numbers from 0", Quoted(key));
  }
  return frame;
}

std::vector<Rect> ReadByFrameNumber(const std::filesystem::path& path, const json& document) {
  std::map<size_t, const json*> entries;
  for (const auto& [key, entry] : document.items()) {
    entries.emplace(ReadFrameNumber(path, key), &entry);
  }
  Faults faults;
  std::vector<Rect> rectangles;
  rectangles.reserve(entries.size());
  for (const auto& [frame, entry] : entries) {
    if (frame != rectangles.size()) {
      Fail(path, "lacks the rectangle of frame " + std::to_string(rectangles.size()),
           "frames 0 to " + std::to_string(entries.rbegin()->first),
           std::to_string(entries.size()) + " of them");
    }
    rectangles.emplace_back();
    if (!entry->is_object() || !entry->contains("rect")) {
      Fail(path, ForFrame(frame) + "is malformed", R"({"rect": [x1, y1, x2, y2]})",
           entry->is_object() ? "an object without \"rect\"" : entry->type_name());
    }
    faults.Try(std::to_string(frame),
               [&] { rectangles.back() = ReadRect(path, frame, entry->at("rect")); });
  }
  faults.ThrowIfAny("frame");
  return rectangles;
}

}  // namespace

std::vector<Rect> ReadRectangles(const std::filesystem::path& path) {
  const json document = ReadJsonFile(path);
  std::vector<Rect> rectangles;
  if (document.is_object()) {
    rectangles = ReadByFrameNumber(path, document);
  } else if (document.is_array()) {
    rectangles.reserve(document.size());
    Faults faults;
    for (const json& value : document) {
      const size_t frame = rectangles.size();
      rectangles.emplace_back();
      faults.Try(std::to_string(frame), [&] { rectangles.back() = ReadRect(path, frame, value); });
    }
    faults.ThrowIfAny("frame");
  } else {
    Fail(path, "is of the wrong kind", "an object or a list of rectangles", document.type_name());
  }
  if (rectangles.empty()) Fail(path, "holds no rectangle", "one a frame", "none");
  return rectangles;
}

void CheckRectanglesInside(const std::filesystem::path& path, std::span<const Rect> rectangles,
                           int width, int height) {
  Faults faults;
  for (size_t frame = 0; frame < rectangles.size(); ++frame) {
    faults.Try(std::to_string(frame), [&] {
      if (rectangles[frame].x2 > width || rectangles[frame].y2 > height) {
        Fail(path, ForFrame(frame) + "leaves the frame",
             "one inside " + std::to_string(width) + "x" + std::to_string(height),
             Describe(rectangles[frame]));
      }
    });
  }
  faults.ThrowIfAny("frame");
}

}  // namespace mouthpiece

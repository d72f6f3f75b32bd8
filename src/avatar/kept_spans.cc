#include "avatar/kept_spans.h"

#include <bit>
#include <fstream>
#include <string>
#include <vector>

#include "avatar/file_access.h"
#include "avatar/npy_header.h"
#include "base/whole_file.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is little-endian");

namespace fs = std::filesystem;

constexpr uint64_t kLargestFile = uint64_t{1} << 30;  // 67 million spans

std::string Describe(const KeptSpan& span) {
  const auto [frame, y, x1, x2] = span;
  return "frame " + std::to_string(frame) + ", y " + std::to_string(y) + ", x " +
         std::to_string(x1) + " to " + std::to_string(x2);
}

bool IsInside(const KeptSpan& span, const Rect& rect) {
  const auto [frame, y, x1, x2] = span;
  return y >= rect.y1 && y < rect.y2 && x1 >= rect.x1 && x1 < x2 && x2 <= rect.x2;
}

bool ComesAfter(const KeptSpan& span, const KeptSpan& before) {
  if (span[0] != before[0]) return span[0] > before[0];
  if (span[1] != before[1]) return span[1] > before[1];
  return span[2] >= before[3];
}

std::vector<KeptSpan> ReadSpans(const fs::path& path) {
  const uint64_t bytes = RequireFile(path);
  if (bytes > kLargestFile) {
    Fail(path, "is too large", "at most " + std::to_string(kLargestFile) + " bytes",
         std::to_string(bytes));
  }
  std::ifstream file = OpenFile(path);
  const NpyHeader header = ReadNpyHeader(file, path, NpyValues::kInt32);
  const uint64_t left = bytes - static_cast<uint64_t>(file.tellg());
  const bool is_table = header.shape.size() == 2 && header.shape[1] == 4;
  if (!is_table || left % sizeof(KeptSpan) != 0 ||
      static_cast<uint64_t>(header.shape[0]) != left / sizeof(KeptSpan)) {
    Fail(path, "has a wrong shape", "[spans, 4], and 16 bytes for each",
         std::to_string(left) + " bytes");
  }
  std::vector<KeptSpan> spans(left / sizeof(KeptSpan));
  ReadExactly(file, path, {reinterpret_cast<char*>(spans.data()), static_cast<size_t>(left)});
  return spans;
}

}  // namespace

KeptPixels ReadKeptSpans(const fs::path& path, std::span<const Rect> rectangles) {
  const std::vector<KeptSpan> spans = ReadSpans(path);
  for (size_t i = 0; i < spans.size(); ++i) {
    const KeptSpan& span = spans[i];
    const std::string name = "span " + std::to_string(i) + " ";
    if (span[0] < 0 || static_cast<size_t>(span[0]) >= rectangles.size()) {
      Fail(path, name + "is of no frame", "0 to " + std::to_string(rectangles.size() - 1),
           std::to_string(span[0]));
    }
    if (!IsInside(span, rectangles[static_cast<size_t>(span[0])])) {
      Fail(path, name + "is not inside its frame's rectangle: " + Describe(span));
    }
    if (i > 0 && !ComesAfter(span, spans[i - 1])) {
      Fail(path, name + "does not come after the one before: " + Describe(span));
    }
  }
  KeptPixels kept;
  std::vector<KeptPixels::Span> of_frame;
  auto span = spans.begin();
  for (size_t frame = 0; frame < rectangles.size(); ++frame) {
    of_frame.clear();
    for (; span != spans.end() && static_cast<size_t>((*span)[0]) == frame; ++span) {
      of_frame.push_back({(*span)[1], (*span)[2], (*span)[3]});
    }
    kept.Append(rectangles[frame], of_frame);
  }
  return kept;
}

void WriteKeptSpans(const fs::path& path, std::span<const KeptSpan> spans) {
  std::string header = "{'descr': '<i4', 'fortran_order': False, 'shape': (" +
                       std::to_string(spans.size()) + ", 4), }";
  constexpr size_t kHeaderBytes = 118;  // with the ten before it, a multiple of 64
  header.resize(kHeaderBytes - 1, ' ');
  header += '\n';
  std::string file("\x93NUMPY\x01\x00\x76\x00", 10);
  file += header;
  file.append(reinterpret_cast<const char*>(spans.data()), spans.size_bytes());
  WriteWholeFile(path, file);
}

}  // namespace mouthpiece

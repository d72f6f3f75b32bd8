// Tables of NumPy and without a header: features, and pixels that are kept. The first byte says
// which.
#include <algorithm>
#include <cmath>
#include <string>

#include "avatar/features.h"
#include "avatar/kept_spans.h"
#include "avatar/npy_header.h"
#include "memory_file.h"
#include "mutators.h"
#include "only_errors.h"

namespace mouthpiece::fuzz {
namespace {

constexpr size_t kStartBytes = 10;  // of version 1: mark, version, length of the text

/// Which table, the header's text, and the values.
std::vector<Bytes> SplitNpy(ByteSpan input) {
  std::vector<Bytes> pieces;
  if (input.size() < 1 + kStartBytes) return pieces;
  const ByteSpan file = input.subspan(1);
  const size_t length = std::min<size_t>(file[8] | size_t{file[9]} << 8, file.size() - kStartBytes);
  const ByteSpan text = file.subspan(kStartBytes, length);
  const ByteSpan values = file.subspan(kStartBytes + length);
  pieces.emplace_back(1, input[0]);
  pieces.emplace_back(text.begin(), text.end());
  pieces.emplace_back(values.begin(), values.end());
  return pieces;
}

/// As many values as the header gives, where that is no more than a few.
void FitValues(const Bytes& text, NpyValues kind, Bytes& values) {
  constexpr int64_t kMostValues = 4096;
  try {
    const NpyHeader header =
        ParseNpyHeader({reinterpret_cast<const char*>(text.data()), text.size()}, "", kind);
    int64_t count = 1;
    for (const int64_t size : header.shape) {
      if (size > kMostValues || count > kMostValues) return;
      count *= size;
    }
    const size_t value_bytes =
        kind == NpyValues::kInt32 ? sizeof(int32_t) : static_cast<size_t>(header.type);
    if (count <= kMostValues) values.resize(static_cast<size_t>(count) * value_bytes);
  } catch (const Error&) {
  }
}

Bytes JoinNpy(std::span<const Bytes> pieces) {
  Bytes input;
  if (pieces.empty() || pieces[0].empty()) return input;
  const uint8_t which = pieces[0][0];
  const Bytes text = pieces.size() > 1 ? pieces[1] : Bytes();
  Bytes values;
  for (const Bytes& piece : pieces.subspan(std::min<size_t>(pieces.size(), 2))) {
    Append(values, piece);
  }
  FitValues(text, which % 4 < 2 ? NpyValues::kInt32 : NpyValues::kFloats, values);
  input = {which, 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  input.push_back(static_cast<uint8_t>(text.size()));
  input.push_back(static_cast<uint8_t>(text.size() >> 8));
  Append(input, text);
  Append(input, values);
  return input;
}

constexpr Format kNpy{SplitNpy, JoinNpy};

/// Of a small frame and of the largest.
constexpr Rect kSmall[] = {{0, 0, 16, 16}, {3, 5, 20, 21}, {7, 0, 9, 40}};
constexpr Rect kLarge[] = {{32751, 32747, 32767, 32763}, {0, 0, 32767, 32767}};

void ReadAsKept(const std::filesystem::path& path, std::span<const Rect> rectangles) {
  const KeptPixels kept = ReadKeptSpans(path, rectangles);
  for (size_t frame = 0; frame < rectangles.size(); ++frame) {
    const KeptRuns runs = kept.Of(static_cast<int>(frame));
    for (int plane = 0; plane < 2; ++plane) {
      const Rect area = CoveredSamples(rectangles[frame], plane);
      const SampleRun* before = nullptr;
      for (const SampleRun& run : runs.of(plane)) {
        Require(run.begin < run.end, "a run holds samples");
        Require(
            run.row >= area.y1 && run.row < area.y2 && run.begin >= area.x1 && run.end <= area.x2,
            "a run lies inside");
        Require(before == nullptr || run.row > before->row || run.begin > before->end,
                "runs ascend");
        before = &run;
      }
    }
  }
}

void ReadAsFeatures(const std::filesystem::path& path) {
  const FeatureTable table = LoadFeatures(path);
  Require(table.values.size() == static_cast<size_t>(table.rows * table.row_size), "all values");
  Require(std::all_of(table.values.begin(), table.values.end(),
                      [](float v) { return std::isfinite(v); }),
          "finite values");
}

}  // namespace
}  // namespace mouthpiece::fuzz

MOUTHPIECE_FUZZ_MUTATORS(mouthpiece::fuzz::kNpy)

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mouthpiece;
  static fuzz::MemoryFile npy("table.npy");
  static fuzz::MemoryFile bin("table.bin");
  if (size == 0) return 0;
  const bool is_bin = data[0] % 4 == 3;
  (is_bin ? bin : npy).Write({data + 1, size - 1});
  fuzz::OnlyErrors([&] {
    switch (data[0] % 4) {
      case 0:
        return fuzz::ReadAsKept(npy.path(), fuzz::kSmall);
      case 1:
        return fuzz::ReadAsKept(npy.path(), fuzz::kLarge);
      case 2:
        return fuzz::ReadAsFeatures(npy.path());
      default:
        return fuzz::ReadAsFeatures(bin.path());
    }
  });
  return 0;
}

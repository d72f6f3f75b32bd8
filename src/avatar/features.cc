#include "avatar/features.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <string>

#include "avatar/file_access.h"
#include "avatar/json_file.h"
#include "avatar/npy_header.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

static_assert(std::endian::native == std::endian::little, "feature files are little-endian");

namespace fs = std::filesystem;

constexpr uint64_t kLargestFile = uint64_t{4} << 30;  // 23 hours of AVE features
constexpr int64_t kAveRowSize = 512;

std::string DescribeShape(std::span<const int64_t> shape) {
  std::string text = "[";
  for (const int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

/// Whether the first size is that of a batch; [1, 16, 512] is one row of WeNet's.
bool IsBatchOfOne(std::span<const int64_t> shape) {
  constexpr int64_t kWenetRows = 16;
  if (shape[0] != 1) return false;
  return shape.size() == 4 ||
         (shape.size() == 3 && shape[2] == kAveRowSize && shape[1] != kWenetRows);
}

/// Checks a claimed shape against the bytes that are there and gives `table` its size.
void SetShape(const fs::path& path, std::span<const int64_t> shape, FloatType type, uint64_t bytes,
              FeatureTable& table) {
  if (shape.size() < 2 || std::any_of(shape.begin(), shape.end(), [](auto n) { return n <= 0; })) {
    Fail(path, "has a wrong shape", "[rows, values a row]", DescribeShape(shape));
  }
  uint64_t expected = static_cast<uint64_t>(type);
  for (const int64_t size : shape) {
    if (__builtin_mul_overflow(expected, static_cast<uint64_t>(size), &expected)) {
      expected = 0;  // More than any file holds
      break;
    }
  }
  if (expected != bytes) {
    Fail(path, "disagrees with its shape " + DescribeShape(shape),
         expected == 0 ? "more bytes than a file can hold" : std::to_string(expected) + " bytes",
         std::to_string(bytes));
  }
  if (IsBatchOfOne(shape)) shape = shape.subspan(1);
  table.rows = shape[0];
  table.row_size = 1;
  for (const int64_t size : shape.subspan(1)) table.row_size *= size;
}

float FromHalf(uint16_t half) {
  const int exponent = (half >> 10) & 31;
  const int fraction = half & 1023;
  float value = 0;
  if (exponent == 31) {
    value = fraction == 0 ? INFINITY : NAN;
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    value = std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  }
  return (half & 0x8000) != 0 ? -value : value;
}

/// A double beyond float's range becomes infinite and is refused later, with its place.
float FromDouble(double value) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  if (std::abs(value) > kLargest) return value > 0 ? INFINITY : -INFINITY;
  return static_cast<float>(value);
}

template <typename T, typename Convert>
void ReadConverted(std::ifstream& file, const fs::path& path, std::span<float> values,
                   Convert convert) {
  std::vector<T> buffer(std::min<size_t>(values.size(), 65536));
  while (!values.empty()) {
    const std::span<T> part = std::span(buffer).first(std::min(buffer.size(), values.size()));
    ReadExactly(file, path, {reinterpret_cast<char*>(part.data()), part.size_bytes()});
    std::transform(part.begin(), part.end(), values.begin(), convert);
    values = values.subspan(part.size());
  }
}

void ReadValues(std::ifstream& file, const fs::path& path, FloatType type, FeatureTable& table) {
  table.values.resize(static_cast<size_t>(table.rows * table.row_size));
  const std::span<float> values(table.values);
  switch (type) {
    case FloatType::kFloat32:
      ReadExactly(file, path, {reinterpret_cast<char*>(values.data()), values.size_bytes()});
      break;
    case FloatType::kFloat64:
      ReadConverted<double>(file, path, values, FromDouble);
      break;
    case FloatType::kFloat16:
      ReadConverted<uint16_t>(file, path, values, FromHalf);
      break;
  }
  const auto bad = std::find_if_not(values.begin(), values.end(),
                                    [](float value) { return std::isfinite(value); });
  if (bad != values.end()) {
    const int64_t at = bad - values.begin();
    Fail(path,
         "row " + std::to_string(at / table.row_size) + ", value " +
             std::to_string(at % table.row_size) + " is wrong",
         "a finite number", std::isnan(*bad) ? "NaN" : "infinity");
  }
}

int64_t ReadSize(const fs::path& path, const std::string& name, const nlohmann::json& value) {
  constexpr int64_t kLargest = int64_t{1} << 40;
  if (!value.is_number_unsigned() || value.get<uint64_t>() > kLargest) {
    Fail(path, name + " is wrong", "a size", Quoted(value.dump(-1, ' ', true)));
  }
  return value.get<int64_t>();
}

/// The shape of a headerless file, from the JSON file beside it.
std::vector<int64_t> ReadShapeFile(const fs::path& path) {
  const nlohmann::json document = ReadJsonFile(path);
  if (!document.is_object()) {
    Fail(path, "is of the wrong kind", "an object", document.type_name());
  }
  std::vector<int64_t> flat;
  if (document.contains("num_frames") && document.contains("feature_size")) {
    flat = {ReadSize(path, "num_frames", document["num_frames"]),
            ReadSize(path, "feature_size", document["feature_size"])};
  }
  if (!document.contains("shape")) {
    if (flat.empty()) Fail(path, "gives no shape", "num_frames and feature_size", "neither");
    return flat;
  }
  if (!document["shape"].is_array() || document["shape"].size() > 8) {
    Fail(path, "shape is wrong", "a list of sizes", document["shape"].type_name());
  }
  std::vector<int64_t> shape;
  for (const nlohmann::json& size : document["shape"]) {
    shape.push_back(ReadSize(path, "shape", size));
  }
  if (!flat.empty() && shape.size() == 2 && shape != flat) {
    Fail(path, "contradicts itself", "shape " + DescribeShape(flat), DescribeShape(shape));
  }
  return shape;
}

std::vector<int64_t> BinShape(const fs::path& path, uint64_t bytes) {
  const fs::path shape_file = path.string() + ".json";
  if (NameExists(shape_file)) return ReadShapeFile(shape_file);
  constexpr uint64_t kRowBytes = kAveRowSize * sizeof(float);
  if (bytes % kRowBytes != 0) {
    Fail(path, "has a wrong size", "a multiple of " + std::to_string(kRowBytes) + " bytes",
         std::to_string(bytes));
  }
  return {static_cast<int64_t>(bytes / kRowBytes), kAveRowSize};
}

}  // namespace

FeatureTable LoadFeatures(const fs::path& path, std::vector<int64_t>* shape) {
  const uint64_t bytes = RequireFile(path);
  if (bytes > kLargestFile) {
    Fail(path, "is too large", "at most " + std::to_string(kLargestFile) + " bytes",
         std::to_string(bytes));
  }
  FeatureTable table;
  std::ifstream file = OpenFile(path);
  if (path.extension() == ".npy") {
    const NpyHeader header = ReadNpyHeader(file, path);
    const auto header_bytes = static_cast<uint64_t>(file.tellg());
    SetShape(path, header.shape, header.type, bytes - header_bytes, table);
    if (shape != nullptr) *shape = header.shape;
    ReadValues(file, path, header.type, table);
  } else if (path.extension() == ".bin") {
    const std::vector<int64_t> own = BinShape(path, bytes);
    SetShape(path, own, FloatType::kFloat32, bytes, table);
    if (shape != nullptr) *shape = own;
    ReadValues(file, path, FloatType::kFloat32, table);
  } else {
    Fail(path, "is no feature file", "a name that ends in .npy or .bin",
         Quoted(path.filename().string()));
  }
  return table;
}

void CopyAudioWindow(const FeatureTable& table, int64_t frame, AudioWindowMode mode,
                     std::span<float> window) {
  const auto row_size = static_cast<size_t>(table.row_size);
  if (row_size == 0 || window.size() % (2 * row_size) != 0) {
    throw Error(ErrorCode::kInvalidArgument, "audio window of " + std::to_string(window.size()) +
                                                 " values: expected an even number of rows of " +
                                                 std::to_string(table.row_size) + " values");
  }
  const auto count = static_cast<int64_t>(window.size() / row_size);
  const int64_t first = frame - count / 2;
  for (int64_t i = 0; i < count; ++i) {
    float* target = window.data() + static_cast<size_t>(i) * row_size;
    const int64_t row = first + i;
    const bool inside = row >= 0 && row < table.rows;
    if (inside || (mode == AudioWindowMode::kEdge && table.rows > 0)) {
      std::copy_n(table.row(std::clamp<int64_t>(row, 0, table.rows - 1)).data(), row_size, target);
    } else {
      std::fill_n(target, row_size, 0.0F);
    }
  }
}

}  // namespace mouthpiece

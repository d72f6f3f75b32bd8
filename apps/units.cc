#include "units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string_view>

#include "mouthpiece/error.h"

namespace mouthpiece::cli {
namespace {

[[noreturn]] void Reject(const char* expected, const std::string& found) {
  throw Error(ErrorCode::kInvalidArgument,
              std::string("expected ") + expected + ", found \"" + found + "\"");
}

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array kByteUnits = {Unit{"", 1},         Unit{"B", 1},        Unit{"K", 1e3},
                                   Unit{"KB", 1e3},     Unit{"M", 1e6},      Unit{"MB", 1e6},
                                   Unit{"G", 1e9},      Unit{"GB", 1e9},     Unit{"T", 1e12},
                                   Unit{"TB", 1e12},    Unit{"KIB", 0x1p10}, Unit{"MIB", 0x1p20},
                                   Unit{"GIB", 0x1p30}, Unit{"TIB", 0x1p40}};
constexpr std::array kRateUnits = {Unit{"", 1}, Unit{"K", 1e3}, Unit{"M", 1e6}, Unit{"G", 1e9}};

/// A positive number with one of `units` behind it, upper or lower case; at most 2^62.
template <size_t N>
std::optional<double> ParseWithUnit(const std::string& text, const std::array<Unit, N>& units) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || !(number > 0)) return std::nullopt;
  std::string unit;
  for (const char* c = rest; c != end; ++c) {
    if (*c != ' ') unit += static_cast<char>(std::toupper(static_cast<unsigned char>(*c)));
  }
  for (const Unit& known : units) {
    const double value = number * known.factor;
    if (unit == known.name && value >= 1 && value <= 0x1p62) return value;
  }
  return std::nullopt;
}

}  // namespace

uint64_t ParseBytes(const std::string& text) {
  const std::optional<double> bytes = ParseWithUnit(text, kByteUnits);
  if (!bytes) Reject("a size such as 2GiB or 500MB", text);
  return static_cast<uint64_t>(*bytes);
}

int64_t ParseBitrate(const std::string& text) {
  const std::optional<double> rate = ParseWithUnit(text, kRateUnits);
  if (!rate) Reject("bits a second such as 4M or 800k", text);
  return static_cast<int64_t>(*rate);
}

FrameRange ParseFrames(const std::string& text) {
  FrameRange range;
  const char* end = text.data() + text.size();
  const auto [colon, first_error] = std::from_chars(text.data(), end, range.begin);
  if (first_error == std::errc() && colon != end && *colon == ':') {
    const auto [last, second_error] = std::from_chars(colon + 1, end, range.end);
    if (second_error == std::errc() && last == end && range.begin >= 0 && range.end > range.begin) {
      return range;
    }
  }
  Reject("frames A:B with 0 <= A < B", text);
}

Shard ParseShard(const std::string& text) {
  Shard shard;
  const char* end = text.data() + text.size();
  const auto [slash, first_error] = std::from_chars(text.data(), end, shard.index);
  if (first_error == std::errc() && slash != end && *slash == '/') {
    const auto [last, second_error] = std::from_chars(slash + 1, end, shard.count);
    if (second_error == std::errc() && last == end && shard.index >= 0 &&
        shard.index < shard.count) {
      return shard;
    }
  }
  Reject("shard I/N with I from 0 to N-1", text);
}

std::string FormatBytes(double bytes) {
  constexpr std::array kNames = {"B", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < kNames.size()) {
    bytes /= 1024;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof(text), bytes < 10 && unit > 0 ? "%.2f %s" : "%.0f %s", bytes,
                kNames[unit]);
  return text;
}

std::string FormatDuration(double seconds) {
  const auto whole = static_cast<long>(std::lround(std::max(0.0, seconds)));
  char text[32];
  if (whole >= 3600) {
    std::snprintf(text, sizeof(text), "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  } else {
    std::snprintf(text, sizeof(text), "%ld:%02ld", whole / 60, whole % 60);
  }
  return text;
}

}  // namespace mouthpiece::cli

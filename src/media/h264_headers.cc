#include "media/h264_headers.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

using Bytes = std::span<const uint8_t>;

constexpr int kSequence = 7;
constexpr int kPicture = 8;
constexpr int kMostFrames = 16;

[[noreturn]] void Fail(const std::string& found) {
  throw Error(ErrorCode::kBadMedia, "H.264: expected its parameter sets, found " + found);
}

/// What lies between start codes, without them.
std::vector<Bytes> UnitsOf(Bytes stream) {
  constexpr std::array<uint8_t, 3> kStart = {0, 0, 1};
  std::vector<Bytes> units;
  auto at = std::ranges::search(stream, kStart).end();
  while (at != stream.end()) {
    const auto next = std::ranges::search(std::ranges::subrange(at, stream.end()), kStart);
    Bytes unit(at, next.begin());
    while (!unit.empty() && unit.back() == 0) unit = unit.first(unit.size() - 1);
    if (!unit.empty()) units.push_back(unit);
    if (next.begin() == stream.end()) break;
    at = next.end();
  }
  return units;
}

/// Bits of a unit, the first of a byte being its highest.
class BitReader {
 public:
  /// Leaves out the bytes that keep start codes out of a unit.
  explicit BitReader(Bytes unit) {
    int zeros = 0;
    for (const uint8_t byte : unit) {
      if (zeros >= 2 && byte == 3) {
        zeros = 0;
        continue;
      }
      zeros = byte == 0 ? zeros + 1 : 0;
      bytes_.push_back(byte);
    }
  }

  uint32_t Read(int count) {
    uint32_t value = 0;
    for (int i = 0; i < count; ++i) {
      if (at_ / 8 >= bytes_.size()) Fail("an end within them");
      value = value << 1 | (bytes_[at_ / 8] >> (7 - at_ % 8) & 1U);
      ++at_;
    }
    return value;
  }
  bool Flag() { return Read(1) == 1; }

  /// ue(v)
  uint32_t Number() {
    int zeros = 0;
    while (!Flag()) {
      if (++zeros > 31) Fail("a number of more than 32 bits");
    }
    return (uint32_t{1} << zeros) - 1 + Read(zeros);
  }
  void SkipNumbers(int count) {
    for (int i = 0; i < count; ++i) Number();
  }

 private:
  std::vector<uint8_t> bytes_;
  size_t at_ = 0;
};

void SkipScalingLists(BitReader& bits, int lists) {
  for (int list = 0; list < lists; ++list) {
    if (!bits.Flag()) continue;
    const int size = list < 6 ? 16 : 64;
    int last = 8;
    for (int i = 0, next = 8; i < size; ++i) {
      if (next != 0) {
        const uint32_t code = bits.Number();
        const int delta =
            code % 2 == 1 ? static_cast<int>(code / 2) + 1 : -static_cast<int>(code / 2);
        next = (last + delta) & 255;
      }
      last = next == 0 ? last : next;
    }
  }
}

void SkipHrd(BitReader& bits) {
  const uint32_t schedules = bits.Number() + 1;
  if (schedules > 32) Fail("more than 32 schedules");
  bits.Read(8);
  for (uint32_t i = 0; i < schedules; ++i) {
    bits.SkipNumbers(2);
    bits.Flag();
  }
  bits.Read(20);
}

/// E.1.1: frames that may be reordered.
int ReadUsability(BitReader& bits) {
  constexpr uint32_t kExtendedAspect = 255;
  if (bits.Flag() && bits.Read(8) == kExtendedAspect) bits.Read(32);
  if (bits.Flag()) bits.Flag();  // overscan
  if (bits.Flag()) {             // video signal
    bits.Read(4);
    if (bits.Flag()) bits.Read(24);
  }
  if (bits.Flag()) bits.SkipNumbers(2);  // chroma location
  if (bits.Flag()) {                     // timing
    bits.Read(32);
    bits.Read(32);
    bits.Flag();
  }
  const bool nal = bits.Flag();
  if (nal) SkipHrd(bits);
  const bool vcl = bits.Flag();
  if (vcl) SkipHrd(bits);
  if (nal || vcl) bits.Flag();
  bits.Flag();                           // picture structure
  if (!bits.Flag()) return kMostFrames;  // bitstream restriction
  bits.Flag();
  bits.SkipNumbers(4);
  return static_cast<int>(std::min<uint32_t>(bits.Number(), kMostFrames));
}

bool IsHigh(uint32_t profile) {
  constexpr std::array<uint32_t, 13> kHigh = {100, 110, 122, 244, 44,  83, 86,
                                              118, 128, 138, 139, 134, 135};
  return std::ranges::find(kHigh, profile) != kHigh.end();
}

void ReadSequence(Bytes unit, H264Headers& headers) {
  BitReader bits(unit.subspan(1));
  const uint32_t profile = bits.Read(8);
  const uint32_t constraints = bits.Read(8);
  const uint32_t level = bits.Read(8);
  std::array<char, 16> codec = {};
  std::snprintf(codec.data(), codec.size(), "avc1.%02X%02X%02X", profile, constraints, level);
  headers.codec = codec.data();

  bits.Number();
  uint32_t chroma = 1;
  if (IsHigh(profile)) {
    chroma = bits.Number();
    if (chroma == 3) bits.Flag();
    bits.SkipNumbers(2);
    bits.Flag();
    if (bits.Flag()) SkipScalingLists(bits, chroma == 3 ? 12 : 8);
  }
  bits.Number();
  const uint32_t order = bits.Number();
  if (order == 0) bits.Number();
  if (order == 1) {
    bits.Flag();
    bits.SkipNumbers(2);
    const uint32_t cycle = bits.Number();
    if (cycle > 255) Fail("a cycle of more than 255 frames");
    bits.SkipNumbers(static_cast<int>(cycle));
  }
  bits.Number();
  bits.Flag();
  const uint32_t columns = bits.Number() + 1;
  const uint32_t rows = bits.Number() + 1;
  if (columns > 1024 || rows > 1024) Fail("a picture of more than 1024 blocks a side");
  const bool frames_only = bits.Flag();
  if (!frames_only) bits.Flag();
  bits.Flag();
  std::array<uint32_t, 4> crop = {};  // left, right, top, bottom
  if (bits.Flag()) {
    for (uint32_t& side : crop) side = std::min<uint32_t>(bits.Number(), 16384);
  }
  const int across = chroma == 1 || chroma == 2 ? 2 : 1;
  const int down = (chroma == 1 ? 2 : 1) * (frames_only ? 1 : 2);
  headers.width = static_cast<int>(columns) * 16 - across * static_cast<int>(crop[0] + crop[1]);
  headers.height = static_cast<int>(rows) * 16 * (frames_only ? 1 : 2) -
                   down * static_cast<int>(crop[2] + crop[3]);
  if (headers.width <= 0 || headers.height <= 0) Fail("a picture of which nothing is shown");
  headers.most_reordered = bits.Flag() ? ReadUsability(bits) : kMostFrames;
}

}  // namespace

H264Headers ReadH264Headers(Bytes access_unit) {
  H264Headers headers;
  for (const int type : {kSequence, kPicture}) {
    const std::vector<Bytes> units = UnitsOf(access_unit);
    const auto unit =
        std::ranges::find_if(units, [type](Bytes bytes) { return (bytes[0] & 31) == type; });
    if (unit == units.end()) Fail(type == kSequence ? "no sequence's" : "no picture's");
    if (type == kSequence) ReadSequence(*unit, headers);
    headers.parameter_sets.insert(headers.parameter_sets.end(), {0, 0, 0, 1});
    headers.parameter_sets.insert(headers.parameter_sets.end(), unit->begin(), unit->end());
  }
  return headers;
}

}  // namespace mouthpiece::media

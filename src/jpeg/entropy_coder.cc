#include "jpeg/entropy_coder.h"

#include <algorithm>
#include <cstring>

#include "jpeg/jpeg_background.h"

namespace mouthpiece {
namespace {

constexpr uint8_t kEscape = 0xFF;
constexpr uint8_t kFirstRestart = 0xD0;
constexpr int kRestarts = 8;
constexpr uint64_t kEveryByte = 0x0101010101010101;

bool HasEscape(uint64_t word) {
  const uint64_t inverted = ~word;  // an escape is a zero byte of it
  return ((inverted - kEveryByte) & word & (kEveryByte << 7)) != 0;
}

}  // namespace

uint8_t* GrowingBytes::Reserve(size_t more) {
  if (bytes.size() < size + more) bytes.resize(std::max(size + more, 2 * bytes.size()));
  return bytes.data() + size;
}

void EntropyCoder::Begin(int segment) {
  segment_ = segment;
  left_ = interval_;
  state_ = {};
}

void EntropyCoder::Encode(const McuRow& row, GrowingBytes& target) {
  const size_t most =
      kMostBitBytesAnMcu *
          static_cast<size_t>(interval_ == 0 ? row.mcus : std::min(row.mcus, interval_)) +
      sizeof(uint64_t);
  if (plain_.size() < most) plain_.resize(most);
  for (int mcu = 0; mcu < row.mcus;) {
    if (interval_ != 0 && left_ == 0) {
      Finish(target);
      uint8_t* marker = target.Reserve(kMarkerBytes);
      marker[0] = kEscape;
      marker[1] = static_cast<uint8_t>(kFirstRestart + segment_ % kRestarts);
      target.size += kMarkerBytes;
      Begin(segment_ + 1);
    }
    const int count = interval_ == 0 ? row.mcus : std::min(row.mcus - mcu, left_);
    state_.out = plain_.data();
    EncodeMcus(row, mcu, mcu + count, codes_, state_);
    Escape(state_.out, target);
    mcu += count;
    left_ -= count;
  }
}

void EntropyCoder::Escape(const uint8_t* end, GrowingBytes& target) {
  const uint8_t* from = plain_.data();
  uint8_t* const begin = target.Reserve(2 * static_cast<size_t>(end - from));
  uint8_t* to = begin;
  const auto add = [&](const uint8_t* stop) {
    while (from < stop) {
      const uint8_t byte = *from++;
      *to++ = byte;
      if (byte == kEscape) *to++ = 0;
    }
  };
  while (end - from >= static_cast<ptrdiff_t>(sizeof(uint64_t))) {
    uint64_t word;
    std::memcpy(&word, from, sizeof(word));
    if (HasEscape(word)) {
      add(from + sizeof(word));
      continue;
    }
    std::memcpy(to, &word, sizeof(word));
    from += sizeof(word);
    to += sizeof(word);
  }
  add(end);
  target.size += static_cast<size_t>(to - begin);
}

void EntropyCoder::Finish(GrowingBytes& target) {
  if (state_.held == 0) return;
  // The last byte is filled up with ones.
  const int missing = 8 - state_.held;
  plain_[0] = static_cast<uint8_t>(state_.bits << missing | ((1u << missing) - 1));
  state_.held = 0;
  Escape(plain_.data() + 1, target);
}

}  // namespace mouthpiece

#include "jpeg/entropy_kernel.h"

#include <bit>
#include <cstring>

#include "base/dispatch.h"
#include "jpeg/zigzag.h"

// No vectors, but shifts and bit counts that newer targets have better instructions for.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "jpeg/entropy_kernel.cc"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mouthpiece {
namespace HWY_NAMESPACE {
namespace {

constexpr int kEndOfBlock = 0x00;
constexpr int kSixteenZeros = 0xF0;
constexpr BitString kLengthMask = (1u << kLengthBits) - 1;

// A BitState in registers.
struct Bits {
  uint8_t* out;
  uint64_t bits;
  ptrdiff_t held;

  // At most 27 bits. After two of them Emit() is due.
  HWY_INLINE void Add(uint64_t value, ptrdiff_t size) {
    bits = bits << size | value;
    held += size;
  }
  HWY_INLINE void Add(BitString string) {
    Add(string >> kLengthBits, static_cast<ptrdiff_t>(string & kLengthMask));
  }
  // A symbol that ends with the size of `value`, then as many bits: of a negative number those of
  // the number less one.
  HWY_INLINE void AddNumber(BitString symbol, ptrdiff_t value, int size) {
    const uint64_t rest = static_cast<uint64_t>(value + (value >> 31)) & ((1u << size) - 1);
    Add(uint64_t{symbol >> kLengthBits} << size | rest,
        static_cast<ptrdiff_t>(symbol & kLengthMask) + size);
  }
  // Writes a whole word, of which only the whole bytes count, so that no branch depends on how many
  // bits there are.
  HWY_INLINE void Emit() {
    uint64_t word = bits << 1 << (63 - held);  // `held` may be 0
    if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
    std::memcpy(out, &word, sizeof(word));
    out += held >> 3;
    held &= 7;
  }
};

HWY_INLINE int SizeOf(ptrdiff_t value) {
  return static_cast<int>(std::bit_width(static_cast<uint64_t>(value < 0 ? -value : value)));
}

HWY_INLINE bool IsSmall(ptrdiff_t value) {
  return static_cast<size_t>(value + BlockCodes::kSmall) < 2 * BlockCodes::kSmall;
}

// A block's bits that are set where a coefficient is not zero, in zigzag order.
HWY_INLINE uint64_t NonzeroInZigzag(const CoefficientRow& row, ptrdiff_t block) {
  const uint8_t* flags = row.nonzero(0) + block;
  const ptrdiff_t step = row.blocks();
  uint64_t mask = 0;
  for (size_t y = 0; y < kBlockSize; ++y, flags += step) mask |= kZigzagMasks[y][*flags];
  return mask;
}

// The coefficients of a block but the first, one by one.
struct Coefficients {
  const int16_t* values;
  const ptrdiff_t* offsets;
  const BlockCodes& codes;
  uint64_t mask;  // of those to come
  ptrdiff_t last = 0;

  HWY_INLINE void AddNext(Bits& bits) {
    const ptrdiff_t place = std::countr_zero(mask);
    mask &= mask - 1;
    ptrdiff_t run = place - last - 1;
    last = place;
    if (HWY_UNLIKELY(run >= BlockCodes::kRuns)) run = AddLongRun(run, bits);
    const ptrdiff_t value = values[offsets[place]];
    if (HWY_LIKELY(IsSmall(value))) {
      bits.Add(codes.small_ac.data()[run].data()[value + BlockCodes::kSmall]);
    } else {
      bits.Emit();
      const int size = SizeOf(value);
      bits.AddNumber(codes.ac.data()[run * 16 + size], value, size);
    }
  }

  HWY_INLINE ptrdiff_t AddLongRun(ptrdiff_t run, Bits& bits) const {
    for (; run >= BlockCodes::kRuns; run -= BlockCodes::kRuns) {
      bits.Emit();
      bits.Add(codes.ac[kSixteenZeros]);
    }
    bits.Emit();
    return run;
  }
};

HWY_INLINE void EncodeBlock(const CoefficientRow& row, const ZigzagOffsets& offsets,
                            ptrdiff_t block, const BlockCodes& codes, int& last_dc, Bits& bits) {
  const int16_t* values = row.block(block);
  const ptrdiff_t difference = values[0] - last_dc;
  last_dc = values[0];
  if (HWY_LIKELY(IsSmall(difference))) {
    bits.Add(codes.small_dc.data()[difference + BlockCodes::kSmall]);
  } else {
    const int size = SizeOf(difference);
    bits.AddNumber(codes.dc.data()[size], difference, size);
  }
  Coefficients rest{values, offsets.data(), codes, NonzeroInZigzag(row, block) & ~uint64_t{1}};
  while (rest.mask != 0) {
    rest.AddNext(bits);
    bits.Emit();
    if (rest.mask == 0) break;
    rest.AddNext(bits);
  }
  if (rest.last != kBlockSamples - 1) bits.Add(codes.ac[kEndOfBlock]);
  bits.Emit();
}

// A block beyond the picture: as bright as the one before, with nothing in it.
void EncodeMissingBlock(const BlockCodes& codes, Bits& bits) {
  bits.Add(codes.dc[0]);
  bits.Add(codes.ac[kEndOfBlock]);
  bits.Emit();
}

}  // namespace

void Encode(const McuRow& row, int begin, int end, const BlockCodes (&codes)[2], BitState& state) {
  const ZigzagOffsets luma_offsets = MakeZigzagOffsets(row.luma[0].stride());
  const ZigzagOffsets chroma_offsets = MakeZigzagOffsets(row.chroma[0].stride());
  Bits bits{state.out, state.bits, state.held};
  int last_dc[3] = {state.last_dc[0], state.last_dc[1], state.last_dc[2]};
  for (int mcu = begin; mcu < end; ++mcu) {
    for (int i = 0; i < 4; ++i) {
      const int y = i / 2, block = 2 * mcu + i % 2;
      if (HWY_UNLIKELY(y >= row.luma_rows || block >= row.luma_columns)) {
        EncodeMissingBlock(codes[0], bits);
      } else {
        EncodeBlock(row.luma[y], luma_offsets, block, codes[0], last_dc[0], bits);
      }
    }
    for (int c = 0; c < 2; ++c) {
      EncodeBlock(row.chroma[c], chroma_offsets, mcu, codes[1], last_dc[1 + c], bits);
    }
  }
  state = {bits.out, bits.bits, static_cast<int>(bits.held), {last_dc[0], last_dc[1], last_dc[2]}};
}

}  // namespace HWY_NAMESPACE
}  // namespace mouthpiece
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mouthpiece {

HWY_EXPORT(Encode);

void EncodeMcus(const McuRow& row, int begin, int end, const BlockCodes (&codes)[2],
                BitState& state) {
  MOUTHPIECE_DISPATCH(Encode)(row, begin, end, codes, state);
}

}  // namespace mouthpiece
#endif  // HWY_ONCE

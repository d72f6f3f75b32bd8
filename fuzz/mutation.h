// Mutators that know how a format is built, so that what they make passes its first checks.
#ifndef MOUTHPIECE_FUZZ_MUTATION_H_
#define MOUTHPIECE_FUZZ_MUTATION_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace mouthpiece::fuzz {

using Bytes = std::vector<uint8_t>;
using ByteSpan = std::span<const uint8_t>;

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}

  /// From 0 to count - 1; 0 for a count of 0.
  size_t Below(size_t count) { return count == 0 ? 0 : engine_() % count; }
  bool OneIn(size_t count) { return Below(count) == 0; }

 private:
  std::minstd_rand engine_;
};

uint32_t BigEndian32(ByteSpan bytes, size_t at);
uint32_t LittleEndian32(ByteSpan bytes, size_t at);
void AppendBigEndian32(Bytes& bytes, uint32_t value);
void AppendLittleEndian32(Bytes& bytes, uint32_t value);
void Append(Bytes& bytes, ByteSpan more);

/// Lets libFuzzer change `piece`, which grows to no more than `most` bytes.
void MutateBytes(Bytes& piece, size_t most);

/// How a file is taken apart into what is mutated, and put together again with the lengths and
/// checksums that belong to it.
struct Format {
  std::vector<Bytes> (*split)(ByteSpan file);
  Bytes (*join)(std::span<const Bytes> pieces);
  size_t name_bytes = 0;  ///< What a piece begins with, and what is seldom changed
};

/// Changes, removes, repeats or swaps pieces of `data`; now and then changes bytes of the file as a
/// whole, so that wrong lengths and checksums come as well. The body of LLVMFuzzerCustomMutator.
size_t Mutate(const Format& format, uint8_t* data, size_t size, size_t most, unsigned seed);

/// Puts pieces of one file among those of the other. The body of LLVMFuzzerCustomCrossOver.
size_t CrossOver(const Format& format, ByteSpan first, ByteSpan second, uint8_t* out, size_t most,
                 unsigned seed);

/// Copies a result to where libFuzzer wants it; 0, which it ignores, for one too large.
size_t Give(ByteSpan result, uint8_t* out, size_t most);

}  // namespace mouthpiece::fuzz

#endif  // MOUTHPIECE_FUZZ_MUTATION_H_

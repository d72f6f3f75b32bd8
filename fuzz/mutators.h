// Included by a fuzz target whose input is a file of a Format: its mutator and its cross-over.
#ifndef MOUTHPIECE_FUZZ_MUTATORS_H_
#define MOUTHPIECE_FUZZ_MUTATORS_H_

#include "mutation.h"

/// Defines what libFuzzer looks for by name.
#define MOUTHPIECE_FUZZ_MUTATORS(format)                                                        \
  extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most,            \
                                            unsigned seed) {                                    \
    return mouthpiece::fuzz::Mutate(format, data, size, most, seed);                            \
  }                                                                                             \
  extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* first, size_t first_size,          \
                                              const uint8_t* second, size_t second_size,        \
                                              uint8_t* out, size_t most, unsigned seed) {       \
    return mouthpiece::fuzz::CrossOver(format, {first, first_size}, {second, second_size}, out, \
                                       most, seed);                                             \
  }

#endif  // MOUTHPIECE_FUZZ_MUTATORS_H_

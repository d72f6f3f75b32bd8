// Coefficients to the entropy-coded bytes of a baseline JPEG file of 4:2:0 pictures.
#ifndef MOUTHPIECE_JPEG_ENTROPY_CODER_H_
#define MOUTHPIECE_JPEG_ENTROPY_CODER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "jpeg/entropy_kernel.h"

namespace mouthpiece {

/// Bytes of which the first `size` count. They never shrink.
struct GrowingBytes {
  /// Makes room for `more` behind those that count, and returns where.
  uint8_t* Reserve(size_t more);

  std::vector<uint8_t> bytes;
  size_t size = 0;
};

/// Encodes rows of MCUs, restart markers included. Not thread-safe.
class EntropyCoder {
 public:
  /// `restart_interval`: in MCUs; 0: none. `codes`: of luma and of chroma.
  EntropyCoder(const BlockCodes (&codes)[2], int restart_interval)
      : codes_{codes[0], codes[1]}, interval_(restart_interval) {}

  /// Starts a segment, the `segment`-th one of the file.
  void Begin(int segment);
  void Encode(const McuRow& row, GrowingBytes& target);
  /// Fills up the last byte. Behind it belongs a marker.
  void Finish(GrowingBytes& target);

 private:
  /// Adds what has become of a part of a segment.
  void Escape(const uint8_t* end, GrowingBytes& target);

  BlockCodes codes_[2];
  int interval_;
  int segment_ = 0;
  int left_ = 0;  ///< MCUs of the segment that are still to come
  BitState state_;
  std::vector<uint8_t> plain_;  ///< Bytes not yet escaped
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_JPEG_ENTROPY_CODER_H_

// What the targets of PNG and of JPEG have in common.
#ifndef MOUTHPIECE_FUZZ_DECODE_PICTURE_H_
#define MOUTHPIECE_FUZZ_DECODE_PICTURE_H_

#include <cstdint>
#include <span>

namespace mouthpiece::fuzz {

/// Reads a file as ImageReader does: as B, G, R and as full-range 4:2:0. Of more than 2^18 pixels
/// only the header is read: whoever asks for the pixels has room for them.
void DecodePicture(std::span<const uint8_t> file);

}  // namespace mouthpiece::fuzz

#endif  // MOUTHPIECE_FUZZ_DECODE_PICTURE_H_

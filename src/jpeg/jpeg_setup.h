// What libjpeg would write ahead of a picture, and the tables that it would encode it with.
#ifndef MOUTHPIECE_JPEG_JPEG_SETUP_H_
#define MOUTHPIECE_JPEG_JPEG_SETUP_H_

#include <cstdint>
#include <vector>

#include "jpeg/entropy_kernel.h"
#include "jpeg/quant_table.h"

namespace mouthpiece {

/// For 4:2:0 pictures of all sizes.
struct JpegSetup {
  std::vector<uint8_t> header;  ///< Up to the entropy-coded data, for a picture of one MCU
  size_t size_at = 0;           ///< Where in it height and width are, two bytes each
  QuantTable quant[2];          ///< Of luma and chroma
  BlockCodes codes[2];          ///< The same
};

/// Asks libjpeg: its quantisation for that quality (1..100), the standard Huffman tables, JFIF.
/// `restart_interval`: in MCUs; 0: none. Throws Error.
JpegSetup MakeJpegSetup(int quality, int restart_interval);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_JPEG_JPEG_SETUP_H_

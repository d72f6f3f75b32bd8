#include "jpeg/quant_table.h"

#include <bit>

namespace mouthpiece {

QuantTable MakeQuantTable(const uint16_t* steps) {
  QuantTable table{};
  for (int i = 0; i < kBlockSamples; ++i) {
    // The DCT leaves coefficients eight times too large.
    const unsigned divisor = 8u * steps[i];
    const int log2 = static_cast<int>(std::bit_width(divisor)) - 1;
    int shift = 16 + log2;
    unsigned reciprocal = (1u << shift) / divisor;
    const unsigned rest = (1u << shift) % divisor;
    unsigned correction = divisor / 2;
    if (rest == 0) {  // a power of two, whose reciprocal has a bit too many
      reciprocal /= 2;
      --shift;
    } else if (rest <= divisor / 2) {
      ++correction;
    } else {
      ++reciprocal;
    }
    table.divisor[i] = static_cast<uint16_t>(divisor);
    table.correction[i] = static_cast<uint16_t>(correction);
    table.reciprocal[i] = static_cast<uint16_t>(reciprocal);
    table.scale[i] = static_cast<uint16_t>(1u << (32 - shift));
  }
  return table;
}

}  // namespace mouthpiece

// Planes of 8-bit samples in fewer bytes, without loss and in a few microseconds.
#ifndef MOUTHPIECE_IMAGE_PACKED_PLANE_H_
#define MOUTHPIECE_IMAGE_PACKED_PLANE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "image/image.h"

namespace mouthpiece {

/// Bytes behind packed planes that UnpackPlane may read.
inline constexpr size_t kPackedPadding = 8;

/// Appends `plane` to `packed`: of each 64 samples of a row, the differences to the row above, in
/// as many bits as the largest takes. Filmed pictures that went through a video codec shrink to
/// less than half, even areas to 1/64; at worst a plane grows by 1/64 and what fills its rows up
/// to 64 samples. SIMD, dispatched at run time.
void PackPlane(const ConstPlane& plane, std::vector<uint8_t>& packed);

/// Restores a plane of the same size; returns where the next one begins. SIMD, dispatched at run
/// time.
const uint8_t* UnpackPlane(const uint8_t* packed, const Plane& plane);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMAGE_PACKED_PLANE_H_

// JPEG files as libjpeg makes them.
#ifndef MOUTHPIECE_TESTS_SUPPORT_LIBJPEG_FILE_H_
#define MOUTHPIECE_TESTS_SUPPORT_LIBJPEG_FILE_H_

#include <cstdint>
#include <vector>

#include "image/image.h"

namespace mouthpiece::testing {

/// The file that libjpeg makes of the planes, in full range, with its accurate integer DCT.
std::vector<uint8_t> EncodeWithLibjpeg(ConstPictureView picture, int quality, int restart_interval);

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_LIBJPEG_FILE_H_

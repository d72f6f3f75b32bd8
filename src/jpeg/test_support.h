// Help for tests of the JPEG encoder.
#ifndef MOUTHPIECE_JPEG_TEST_SUPPORT_H_
#define MOUTHPIECE_JPEG_TEST_SUPPORT_H_

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cstdint>
#include <vector>

#include "image/image.h"
#include "support/every_target.h"

namespace mouthpiece::testing {

/// The file that libjpeg makes of the planes, in full range, with its accurate integer DCT.
std::vector<uint8_t> EncodeWithLibjpeg(ConstPictureView picture, int quality, int restart_interval);

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_JPEG_TEST_SUPPORT_H_

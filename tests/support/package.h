// A package that a test may damage.
#ifndef MOUTHPIECE_TESTS_SUPPORT_PACKAGE_H_
#define MOUTHPIECE_TESTS_SUPPORT_PACKAGE_H_

#include <filesystem>
#include <string>

#include "support/files.h"
#include "support/fixtures.h"

namespace mouthpiece::testing {

/// A copy of the drawn package: 24 frames of 426x240.
class TestPackage : public TempFolder {
 public:
  TestPackage() {
    std::filesystem::copy(DrawnPackage(), path(), std::filesystem::copy_options::recursive);
  }
};

/// Bytes of a PNG that has a header, an end and no pixels, which are not read here.
inline std::string PngOfSize(int width, int height) {
  std::string png("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", 16);
  for (const int size : {width, height}) {
    for (int shift = 24; shift >= 0; shift -= 8) png += static_cast<char>(size >> shift & 255);
  }
  // Eight bits a sample of red, green and blue, and the end.
  return png + std::string("\x08\x02\0\0\0\0\0\0\0\0\0\0\0IEND\xae\x42\x60\x82", 21);
}

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_PACKAGE_H_

// What JPEG and PNG say of themselves, EXIF included.
#include <span>

#include "media/picture_header.h"
#include "mutators.h"
#include "only_errors.h"
#include "picture_format.h"

namespace mouthpiece::fuzz {
namespace {

const Format& FormatOf(ByteSpan file) { return !file.empty() && file[0] == 0xff ? kJpeg : kPng; }

}  // namespace
}  // namespace mouthpiece::fuzz

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned seed) {
  using namespace mouthpiece::fuzz;
  return Mutate(FormatOf({data, size}), data, size, most, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mouthpiece;
  fuzz::OnlyErrors([&] {
    const PictureHeader header = ReadPictureHeader("picture", std::span(data, size));
    fuzz::Require(header.width > 0 && header.height > 0, "a size");
    fuzz::Require(header.width < 1 << 15 && header.height < 1 << 15, "a size within bounds");
  });
  return 0;
}

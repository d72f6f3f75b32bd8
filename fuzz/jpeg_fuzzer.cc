// Pictures as JPEG, from header to pixels.
#include "decode_picture.h"
#include "mutators.h"
#include "picture_format.h"

MOUTHPIECE_FUZZ_MUTATORS(mouthpiece::fuzz::kJpeg)

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mouthpiece::fuzz::DecodePicture({data, size});
  return 0;
}

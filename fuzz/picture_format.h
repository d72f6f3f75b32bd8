// PNG and JPEG files as pieces.
#ifndef MOUTHPIECE_FUZZ_PICTURE_FORMAT_H_
#define MOUTHPIECE_FUZZ_PICTURE_FORMAT_H_

#include "mutation.h"

namespace mouthpiece::fuzz {

/// A piece is a chunk: its type and what it holds. Lengths and CRCs are made.
extern const Format kPng;

/// A piece is a segment: its marker and what it holds, to which a scan's coded data belong. Lengths
/// are made, except for a scan's.
extern const Format kJpeg;

}  // namespace mouthpiece::fuzz

#endif  // MOUTHPIECE_FUZZ_PICTURE_FORMAT_H_

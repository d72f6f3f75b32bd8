// MP4 and WAV files as pieces.
#ifndef MOUTHPIECE_FUZZ_MEDIA_FORMAT_H_
#define MOUTHPIECE_FUZZ_MEDIA_FORMAT_H_

#include "mutation.h"

namespace mouthpiece::fuzz {

/// A piece is a box: how deep it lies, its type, and what it holds beside the boxes in it, which
/// are the pieces that follow and lie deeper. Sizes are made.
extern const Format kMp4;

/// A piece is a chunk: its type and what it holds; one of the type RIFF begins a file, of which
/// there may be several. Sizes are made. What is no WAV has no pieces.
extern const Format kWav;

}  // namespace mouthpiece::fuzz

#endif  // MOUTHPIECE_FUZZ_MEDIA_FORMAT_H_

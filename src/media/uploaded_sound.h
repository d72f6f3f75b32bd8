// Speech that somebody sent.
#ifndef MOUTHPIECE_MEDIA_UPLOADED_SOUND_H_
#define MOUTHPIECE_MEDIA_UPLOADED_SOUND_H_

#include <cstdint>
#include <span>

#include "base/cancel.h"
#include "mouthpiece/options.h"

namespace mouthpiece::media {

/// The best sound of a file's bytes, mono, at its own rate; at most ten minutes of it. Whatever the
/// bytes refer to is not opened. Throws Error: kBadMedia, kCancelled.
SpeechSamples DecodeUpload(std::span<const uint8_t> bytes, const CancelToken& cancel = {});

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_UPLOADED_SOUND_H_

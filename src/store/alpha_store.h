// How transparent an avatar's frames are, kept as runs of equal values.
#ifndef MOUTHPIECE_STORE_ALPHA_STORE_H_
#define MOUTHPIECE_STORE_ALPHA_STORE_H_

#include <cstdint>
#include <memory>

#include "base/cancel.h"
#include "image/alpha_source.h"
#include "mouthpiece/avatar.h"

namespace mouthpiece {

/// Whether the full-body frames say how transparent they are.
bool HasAlpha(const Package& package);

/// Decodes each frame's alpha when it is first asked for, and keeps it as long as at most `budget`
/// bytes are kept; further ones are decoded whenever they are shown.
std::unique_ptr<AlphaSource> OpenAlphaStore(std::shared_ptr<const Avatar> avatar, uint64_t budget,
                                            CancelToken cancel);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_ALPHA_STORE_H_

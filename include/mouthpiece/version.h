// The library's version.
#ifndef MOUTHPIECE_VERSION_H_
#define MOUTHPIECE_VERSION_H_

#include "mouthpiece/export.h"

namespace mouthpiece {

/// "MAJOR.MINOR.PATCH"
MOUTHPIECE_EXPORT const char* Version();

}  // namespace mouthpiece

#endif  // MOUTHPIECE_VERSION_H_

// The library's version.
#ifndef MOUTHPIECE_VERSION_H_
#define MOUTHPIECE_VERSION_H_

namespace mouthpiece {

/// "MAJOR.MINOR.PATCH"
const char* Version();

}  // namespace mouthpiece

#endif  // MOUTHPIECE_VERSION_H_

#include "mouthpiece/version.h"

namespace mouthpiece {

const char* Version() { return MOUTHPIECE_VERSION; }

}  // namespace mouthpiece

#include "base/freed_memory.h"

#include <cstdlib>  // of which GNU's defines __GLIBC__
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace mouthpiece {

void GiveBackFreedMemory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace mouthpiece

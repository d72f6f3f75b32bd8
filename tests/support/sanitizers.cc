// What programs under sanitizers need to live with OpenVINO and with Vulkan's drivers. Linked into
// each of them.

#include <malloc.h>

namespace {

// OpenVINO calls malloc_trim of the C library after it read a model, in whichever thread that is.
// Where AddressSanitizer allocates all memory, such a call is the first that the C library's
// allocator sees, and two at once crash while it sets itself up: so it does that before there are
// threads.
__attribute__((constructor)) void SetUpTheLibrarysAllocator() { malloc_trim(0); }

}  // namespace

// OpenVINO gives the thread that loads it another stack for signals and unmaps that when it is
// unloaded. AddressSanitizer would unmap it, too, when the thread ends: perhaps what lies there by
// then.
extern "C" const char* __asan_default_options();  // NOLINT(bugprone-reserved-identifier): its name
extern "C" const char* __asan_default_options() { return "use_sigaltstack=0"; }

// Vulkan's loader unloads drivers and layers, and then nobody knows whose the memory is that they
// left: their names are in leak_suppressions.txt and thread_suppressions.txt. So they stay.
extern "C" __attribute__((visibility("default"))) int dlclose(void* library);
extern "C" int dlclose(void* /*library*/) { return 0; }

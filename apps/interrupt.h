// Ctrl-C.
#ifndef MOUTHPIECE_APPS_INTERRUPT_H_
#define MOUTHPIECE_APPS_INTERRUPT_H_

#include <atomic>

namespace mouthpiece::cli {

/// Turns SIGINT, SIGTERM, SIGHUP and other requests to end into a flag; the same a second time ends
/// the program the usual way. Ignores SIGPIPE and SIGXFSZ, so that a closed pipe and a file that
/// may not grow are errors of the write that met them. Call once.
void CatchInterrupts();

/// The flag; false until a signal came.
const std::atomic<bool>* Interrupted();

}  // namespace mouthpiece::cli

#endif  // MOUTHPIECE_APPS_INTERRUPT_H_

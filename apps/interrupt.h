// Ctrl-C.
#ifndef MOUTHPIECE_APPS_INTERRUPT_H_
#define MOUTHPIECE_APPS_INTERRUPT_H_

#include <atomic>

namespace mouthpiece::cli {

/// Turns SIGINT and SIGTERM into a flag; a second one ends the program the usual way. Ignores
/// SIGPIPE, so that a closed pipe is an error of the write that met it. Call once.
void CatchInterrupts();

/// The flag; false until a signal came.
const std::atomic<bool>* Interrupted();

}  // namespace mouthpiece::cli

#endif  // MOUTHPIECE_APPS_INTERRUPT_H_

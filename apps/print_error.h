// What the program says on standard error when something is wrong.
#ifndef MOUTHPIECE_APPS_PRINT_ERROR_H_
#define MOUTHPIECE_APPS_PRINT_ERROR_H_

#include <string>

namespace mouthpiece::cli {

/// Prints one line, whatever a file name or a library put into the message.
void PrintError(const std::string& message);

}  // namespace mouthpiece::cli

#endif  // MOUTHPIECE_APPS_PRINT_ERROR_H_

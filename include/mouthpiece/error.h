// The one exception type that leaves the library.
#ifndef MOUTHPIECE_ERROR_H_
#define MOUTHPIECE_ERROR_H_

#include <stdexcept>
#include <string>

#include "mouthpiece/export.h"

namespace mouthpiece {

enum class ErrorCode {
  kInvalidArgument,  ///< An option or argument the caller gave is wrong.
  kBadPackage,       ///< A file of an avatar package is missing, damaged or contradicts another.
  kBadMedia,         ///< A media or feature file outside a package cannot be read.
  kUnsupported,      ///< Well-formed, but nothing here can handle it.
  kIo,               ///< Reading or writing failed: full disk, closed pipe, permissions.
  kCancelled,        ///< The caller asked to stop.
  kInternal,         ///< A library underneath failed in a way its inputs do not explain.
};

/// Every failure of the library. `what()` is one line that names the file and, where there is
/// one, the frame, what was expected and what was found.
class MOUTHPIECE_EXPORT Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}

  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_ERROR_H_

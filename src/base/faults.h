// Several things at fault, told of at once.
#ifndef MOUTHPIECE_BASE_FAULTS_H_
#define MOUTHPIECE_BASE_FAULTS_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mouthpiece/error.h"

namespace mouthpiece {

/// "7.jpg", "7.jpg and 9.jpg", "7.jpg, 9.jpg, 12.jpg and 40 more": at most `most` of them by name.
std::string ListOf(std::span<const std::string> names, size_t most = 8);

/// Collects the errors of many checks, so that whoever mends one finds no other behind it.
class Faults {
 public:
  /// Runs a check of what is called `name`; an Error is kept. Whether it went well.
  template <typename Check>
  bool Try(const std::string& name, Check check) {
    try {
      check();
      return true;
    } catch (const Error& error) {
      Add(name, error);
      return false;
    }
  }
  void Add(const std::string& name, const Error& error);

  /// Throws the first error, if there is one, followed by the names of all others at fault, which
  /// are each a `kind`: "frame" for "frames 3 and 7". Empty: the names say it all.
  void ThrowIfAny(const std::string& kind = {}) const;

 private:
  std::optional<Error> first_;
  std::vector<std::string> others_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_FAULTS_H_

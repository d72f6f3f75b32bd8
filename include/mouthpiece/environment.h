// What the library was built with and what it runs on, for reports and bug reports.
#ifndef MOUTHPIECE_ENVIRONMENT_H_
#define MOUTHPIECE_ENVIRONMENT_H_

#include <string>
#include <vector>

#include "mouthpiece/export.h"

namespace mouthpiece {

struct Environment {
  std::string ffmpeg;    ///< The version of the FFmpeg that is loaded: "5.1.8-0+deb12u1"
  std::string openvino;  ///< "2026.4.1"; empty in a build without it
  /// Those of the CPU that kernels are written for, by the names of MOUTHPIECE_INSTRUCTION_SET.
  std::vector<std::string> instruction_sets;
  /// Those of them that this process uses: fewer where MOUTHPIECE_INSTRUCTION_SET says so.
  std::vector<std::string> used_instruction_sets;
};

/// Throws Error (kInvalidArgument, kUnsupported) where MOUTHPIECE_INSTRUCTION_SET has a wrong
/// value. Thread-safe.
MOUTHPIECE_EXPORT Environment DescribeEnvironment();

}  // namespace mouthpiece

#endif  // MOUTHPIECE_ENVIRONMENT_H_

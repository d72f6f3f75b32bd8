// What a list of jobs gives for an option.
#ifndef MOUTHPIECE_APPS_JOB_FIELD_H_
#define MOUTHPIECE_APPS_JOB_FIELD_H_

#include <string>
#include <vector>

namespace mouthpiece::cli {

/// What a line of a list of jobs gives for one option.
struct JobField {
  enum class Type { kText, kNumber, kSwitch, kAny };  ///< kAny: of a file that knows text only

  std::string key;  ///< audio_track or audio-track for --audio-track
  /// Several only where the option may be repeated; none where they were refused already.
  std::vector<std::string> values;
  Type type = Type::kAny;  ///< Of all values
};

}  // namespace mouthpiece::cli

#endif  // MOUTHPIECE_APPS_JOB_FIELD_H_

// Text into sound, by a program of the user's.
#ifndef MOUTHPIECE_SERVE_TTS_H_
#define MOUTHPIECE_SERVE_TTS_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace mouthpiece::serve {

/// The words of a command: divided by blanks, but for those within '' or "" and behind a backslash.
/// No shell sees them. Throws Error (kInvalidArgument) when there are none or a quote is open.
std::vector<std::string> SplitCommand(std::string_view command);

/// Throws Error (kInvalidArgument) unless a program of that name can be run: a file's, where it has
/// a slash, else one in a folder of PATH.
void RequireProgram(const std::string& name);

struct TtsLimits {
  std::chrono::milliseconds time{30000};
  size_t bytes = size_t{64} << 20;  ///< Of sound
};

/// Starts the program, gives it the text on standard input and returns what it writes to standard
/// output. Ended by force, with whatever it has started, when the limits are met or `is_dropped`
/// says so, which is asked every few milliseconds. Throws Error: kInvalidArgument when it cannot be
/// started, kBadMedia when it fails, writes nothing or meets the limits, kCancelled.
std::vector<uint8_t> RunTts(const std::vector<std::string>& command, std::string_view text,
                            const TtsLimits& limits, const std::function<bool()>& is_dropped);

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_TTS_H_

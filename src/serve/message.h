// What a client says over the socket in text, and what it is told.
#ifndef MOUTHPIECE_SERVE_MESSAGE_H_
#define MOUTHPIECE_SERVE_MESSAGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "mouthpiece/live.h"

namespace mouthpiece::serve {

struct Hello {
  std::string token;
  bool mp4 = false;  ///< Wants pieces of MP4 instead of access units and samples
};
struct Speak {
  std::string utterance;
  int rate = 0;
};
struct Say {
  std::string utterance;
  std::string text;  ///< Not empty
};
struct End {
  std::optional<std::string> utterance;
};
struct Interrupt {
  std::optional<std::string> utterance;
  std::optional<live::Ticks> heard;
};
struct Playhead {
  uint32_t epoch = 0;
  live::Ticks pts = 0;
};
struct Keyframe {};
struct Ping {
  double t = 0;
};

using ClientMessage = std::variant<Hello, Speak, Say, End, Interrupt, Playhead, Keyframe, Ping>;

inline constexpr size_t kMostMessageBytes = 16384;
inline constexpr size_t kMostTextBytes = 8000;
inline constexpr int kSlowestRate = 8000;
inline constexpr int kFastestRate = 192000;

/// Members that it does not know are ignored. Throws Error (kInvalidArgument) for everything else
/// that is no message.
ClientMessage ReadMessage(std::string_view text);

/// Throws Error (kInvalidArgument) when it is none: 1 to 64 letters, digits, and -_.:
void CheckUtterance(const std::string& name);

/// What `ready` tells.
struct Ready {
  std::string session;
  std::string avatar;
  std::string codec;  ///< Of the video
  std::string mp4;    ///< Type of the pieces of MP4
  int width = 0;
  int height = 0;
  int lookahead = 0;
  bool tts = false;
  uint32_t epoch = 0;
  live::Ticks now = 0;
};

std::string ReadyText(const Ready& ready);
std::string StartedText(const live::Started& started);
std::string FinishedText(const live::Finished& finished);
std::string FlushText(const live::Flush& flush);
std::string BusyText(live::Ticks queued);
std::string PongText(double t, live::Ticks now);
/// `code`: bad_message, bad_audio, limit, no_tts, tts, late, internal; `utterance` may be empty.
std::string ErrorText(std::string_view code, std::string_view message,
                      std::string_view utterance = {}, bool fatal = false);
std::string ByeText(std::string_view reason, int retry_after_s);

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_MESSAGE_H_

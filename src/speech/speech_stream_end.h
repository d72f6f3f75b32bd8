// The render's end of a SpeechStream.
#ifndef MOUTHPIECE_SPEECH_SPEECH_STREAM_END_H_
#define MOUTHPIECE_SPEECH_SPEECH_STREAM_END_H_

#include <cstddef>
#include <memory>
#include <span>

#include "base/cancel.h"
#include "mouthpiece/speech_stream.h"

namespace mouthpiece {

/// One thread takes.
struct SpeechStreamEnd {
  /// Before all others, once: throws Error (kInvalidArgument) when another render has it. Leaves
  /// when the last copy of what it returns is gone.
  static std::shared_ptr<SpeechStream> Listen(std::shared_ptr<SpeechStream> stream);
  /// Fills `samples` or its beginning with what is there, and waits while there is nothing; returns
  /// how many, 0 at the end. Throws what the stream failed with, and Error (kCancelled) after Leave
  /// and when `cancel` says so.
  static size_t Take(SpeechStream& stream, std::span<float> samples, CancelToken cancel);
  /// Whether Take would not wait.
  static bool is_ready(const SpeechStream& stream);
  /// Nobody listens any more. For any thread.
  static void Leave(SpeechStream& stream);
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SPEECH_SPEECH_STREAM_END_H_

// What a caller may hear of work in progress, and how to stop it.
#ifndef MOUTHPIECE_HOOKS_H_
#define MOUTHPIECE_HOOKS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

namespace mouthpiece {

/// How far the work is.
struct Progress {
  enum class Phase {
    kOpening,    ///< Nothing is counted yet
    kListening,  ///< Rows of features or mel, of sound
    kRendering,  ///< Frames
    kImporting,  ///< Frames
    kPreparing,  ///< Frames
  };
  Phase phase = Phase::kOpening;
  int64_t done = 0;
  int64_t total = 0;
};

/// All optional. `progress` and `message` are called from the library's threads, one call at a
/// time.
struct Hooks {
  std::function<void(const Progress&)> progress = {};
  std::function<void(const std::string&)> message = {};  ///< Warnings and decisions, a line each.
  /// Gets the warnings instead, if there is one.
  std::function<void(const std::string&)> warning = {};
  const std::atomic<bool>* cancel = nullptr;  ///< Set to true to stop: Error(kCancelled).
};

/// Tells a warning.
inline void Warn(const Hooks& hooks, const std::string& text) {
  if (hooks.warning) {
    hooks.warning(text);
  } else if (hooks.message) {
    hooks.message(text);
  }
}

}  // namespace mouthpiece

#endif  // MOUTHPIECE_HOOKS_H_

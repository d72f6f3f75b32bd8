// Whoever sees a session.
#ifndef MOUTHPIECE_SERVE_VIEWER_H_
#define MOUTHPIECE_SERVE_VIEWER_H_

#include <span>
#include <string>

#include "serve/write_queue.h"

namespace mouthpiece::serve {

/// In what form a viewer takes a session.
enum class Form {
  kEvents,   ///< Texts alone
  kPackets,  ///< Access units, samples and texts
  kPieces,   ///< Packets of MP4, and texts
  kFile,     ///< MP4 as a file
  kSettled,  ///< Access units and samples that will not be taken back
};
inline constexpr int kForms = 5;

/// Is called by the threads that pump sessions.
class Viewer {
 public:
  explicit Viewer(Form taken) : form(taken) {}
  virtual ~Viewer() = default;

  /// What comes next. Does not wait, and does not call the session.
  virtual void Take(std::span<const Outgoing> items) noexcept = 0;
  /// Nothing will come any more. Once; as Take.
  virtual void Part(const std::string& reason, int retry_after_s) noexcept = 0;

  /// Whether the session is seen by somebody while this one is there.
  virtual bool is_audience() const { return true; }

  const Form form;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_VIEWER_H_

// All sessions' ways out to servers of somebody's.
#ifndef MOUTHPIECE_SERVE_PUSHERS_H_
#define MOUTHPIECE_SERVE_PUSHERS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "serve/pusher.h"

namespace mouthpiece::serve {

/// Keeps each until its thread has ended, so that nobody who ends one waits for it. Thread-safe.
class Pushers {
 public:
  static constexpr size_t kMost = 256;
  static constexpr size_t kMostOfASession = 4;

  /// Begins to connect; gives it a name. Null when there are too many, those that end counted.
  std::shared_ptr<Pusher> Add(Pusher::Options options, Metrics& metrics);
  /// Those of a session that were not ended.
  std::vector<std::shared_ptr<Pusher>> Of(const std::string& session) const;
  /// Null when there is none.
  std::shared_ptr<Pusher> Find(const std::string& session, const std::string& name) const;
  std::vector<std::shared_ptr<Pusher>> All() const;
  /// Lets go of those that have ended.
  void Reap();

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Pusher>> pushers_;
  int64_t named_ = 0;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_PUSHERS_H_

// What encoding live takes.
#ifndef MOUTHPIECE_SERVE_ENCODING_COST_H_
#define MOUTHPIECE_SERVE_ENCODING_COST_H_

#include <chrono>
#include <cstddef>
#include <mutex>
#include <vector>

namespace mouthpiece::serve {

/// Milliseconds of a core that a frame of speech takes to encode: the mean of the latest, keys
/// among them. Thread-safe.
class EncodingCost {
 public:
  static constexpr size_t kLatest = 100;  ///< Two keys and what is between them

  /// `time`: of the thread that encoded (ThreadCpuTime), so that no wait for a core is in it.
  void Add(std::chrono::nanoseconds time);
  double ms() const;  ///< 0 before the first

 private:
  mutable std::mutex mutex_;
  std::vector<double> latest_;  ///< This and what follows: by mutex_
  size_t next_ = 0;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_ENCODING_COST_H_

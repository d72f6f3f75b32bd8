// How often something may be done.
#ifndef MOUTHPIECE_SERVE_TOKEN_BUCKET_H_
#define MOUTHPIECE_SERVE_TOKEN_BUCKET_H_

#include <algorithm>
#include <chrono>

namespace mouthpiece::serve {

/// `rate` times a second in the long run, `burst` times at once. Not thread-safe.
class TokenBucket {
 public:
  using Time = std::chrono::steady_clock::time_point;

  TokenBucket(double rate, double burst) : rate_(rate), burst_(burst), tokens_(burst) {}

  bool Take(Time now) {
    if (last_ != Time()) {
      tokens_ += rate_ * std::chrono::duration<double>(now - last_).count();
      tokens_ = std::min(tokens_, burst_);
    }
    last_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  const double rate_;
  const double burst_;
  double tokens_;
  Time last_ = {};
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_TOKEN_BUCKET_H_

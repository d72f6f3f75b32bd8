// Figures of the server, as Prometheus reads them.
#ifndef MOUTHPIECE_SERVE_METRICS_H_
#define MOUTHPIECE_SERVE_METRICS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mouthpiece::serve {

/// How often something took how many seconds. Thread-safe.
class Histogram {
 public:
  /// Upper bounds of what is counted together, in seconds.
  static constexpr std::array<double, 14> kBounds = {0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08,
                                                     0.12,  0.2,   0.3,   0.5,  1,    2,    5};

  void Add(double seconds);
  int64_t count() const { return count_; }
  /// The bound below which a share of all lies; infinite beyond the last.
  double Quantile(double share) const;

 private:
  friend class MetricsText;

  std::array<std::atomic<int64_t>, kBounds.size()> buckets_ = {};
  std::atomic<int64_t> count_ = 0;
  std::atomic<int64_t> sum_us_ = 0;
};

/// What is counted while the server runs. Thread-safe.
struct Metrics {
  Histogram first_frame;  ///< From the first sample of an utterance to its first piece on its way
  Histogram encoding;     ///< Of a frame of live video
  Histogram queued;       ///< That what was sent had waited
  Histogram skew;         ///< That pieces were given after they were due
  std::atomic<int64_t> utterances = 0;   ///< Finished
  std::atomic<int64_t> interrupted = 0;  ///< Of those
  std::atomic<int64_t> refused = 0;      ///< For want of room
  std::atomic<int64_t> speaking_frames = 0;
  std::atomic<int64_t> idle_frames = 0;
  std::atomic<int64_t> late_frames = 0;
  std::atomic<int64_t> dropped_packets = 0;
  std::atomic<int64_t> sent_bytes = 0;
  std::atomic<int64_t> requests = 0;
  std::atomic<int64_t> bad_requests = 0;  ///< Answered with 4xx, and messages that were none
  std::atomic<int64_t> sessions = 0;      ///< Ever
  std::atomic<int64_t> vanished = 0;      ///< Viewers that did not say goodbye
  std::atomic<int64_t> push_connected = 0;
  std::atomic<int64_t> push_lost = 0;  ///< Connections of pushes
};

/// Text of Prometheus' format 0.0.4.
class MetricsText {
 public:
  void Counter(std::string_view name, std::string_view help, double value);
  void Gauge(std::string_view name, std::string_view help, double value);
  /// One value for each label: {"speaking", 2}
  struct Labelled {
    std::string_view label;
    double value;
  };
  void Gauges(std::string_view name, std::string_view help, std::string_view key,
              std::span<const Labelled> values);
  void Add(std::string_view name, std::string_view help, const Histogram& histogram);
  void Add(const Metrics& metrics);

  const std::string& text() const { return text_; }

 private:
  void Head(std::string_view name, std::string_view help, std::string_view type);
  void Line(const std::string& name, double value);

  std::string text_;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_METRICS_H_

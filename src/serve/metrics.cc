#include "serve/metrics.h"

#include <cmath>
#include <cstdio>
#include <limits>

namespace mouthpiece::serve {
namespace {

constexpr char kPrefix[] = "mouthpiece_";

std::string NumberText(double value) {
  std::array<char, 32> text = {};
  std::snprintf(text.data(), text.size(), "%.10g", value);
  return text.data();
}

}  // namespace

void Histogram::Add(double seconds) {
  for (size_t i = 0; i < kBounds.size(); ++i) {
    if (seconds <= kBounds[i]) {
      ++buckets_[i];
      break;
    }
  }
  sum_us_ += std::llround(seconds * 1e6);
  ++count_;
}

double Histogram::Quantile(double share) const {
  const auto wanted = static_cast<int64_t>(std::ceil(share * static_cast<double>(count_.load())));
  int64_t below = 0;
  for (size_t i = 0; i < kBounds.size(); ++i) {
    below += buckets_[i];
    if (below >= wanted) return kBounds[i];
  }
  return std::numeric_limits<double>::infinity();
}

void MetricsText::Head(std::string_view name, std::string_view help, std::string_view type) {
  const std::string full = kPrefix + std::string(name);
  text_ += "# HELP " + full + " " + std::string(help) + "\n# TYPE " + full + " " +
           std::string(type) + "\n";
}

void MetricsText::Line(const std::string& name, double value) {
  text_ += kPrefix + name + " " + NumberText(value) + "\n";
}

void MetricsText::Counter(std::string_view name, std::string_view help, double value) {
  Head(name, help, "counter");
  Line(std::string(name), value);
}

void MetricsText::Gauge(std::string_view name, std::string_view help, double value) {
  Head(name, help, "gauge");
  Line(std::string(name), value);
}

void MetricsText::Gauges(std::string_view name, std::string_view help, std::string_view key,
                         std::span<const Labelled> values) {
  Head(name, help, "gauge");
  for (const Labelled& value : values) {
    Line(std::string(name) + "{" + std::string(key) + "=\"" + std::string(value.label) + "\"}",
         value.value);
  }
}

void MetricsText::Add(std::string_view name, std::string_view help, const Histogram& histogram) {
  Head(name, help, "histogram");
  const std::string base(name);
  int64_t below = 0;
  for (size_t i = 0; i < Histogram::kBounds.size(); ++i) {
    below += histogram.buckets_[i];
    Line(base + "_bucket{le=\"" + NumberText(Histogram::kBounds[i]) + "\"}",
         static_cast<double>(below));
  }
  const auto count = static_cast<double>(histogram.count_.load());
  Line(base + "_bucket{le=\"+Inf\"}", count);
  Line(base + "_sum", static_cast<double>(histogram.sum_us_.load()) / 1e6);
  Line(base + "_count", count);
}

void MetricsText::Add(const Metrics& metrics) {
  const auto counter = [this](const char* name, const char* help,
                              const std::atomic<int64_t>& value) {
    Counter(name, help, static_cast<double>(value.load()));
  };
  Add("first_frame_seconds", "From the first sample of an utterance to its first piece.",
      metrics.first_frame);
  Add("encode_seconds", "Encoding of a live frame.", metrics.encoding);
  Add("queue_seconds", "How long what was sent had waited.", metrics.queued);
  Add("skew_seconds", "How long after they were due pieces were given.", metrics.skew);
  counter("utterances_total", "Utterances that finished.", metrics.utterances);
  counter("interrupted_total", "Utterances that were cut off.", metrics.interrupted);
  counter("refused_total", "Requests refused for want of room.", metrics.refused);
  counter("speaking_frames_total", "Frames given that were not idle.", metrics.speaking_frames);
  counter("idle_frames_total", "Idle frames given.", metrics.idle_frames);
  counter("late_frames_total", "Frames skipped since they were not ready.", metrics.late_frames);
  counter("dropped_packets_total", "Packets that were late or void.", metrics.dropped_packets);
  counter("sent_bytes_total", "Bytes given to sockets.", metrics.sent_bytes);
  counter("requests_total", "HTTP requests.", metrics.requests);
  counter("bad_requests_total", "Requests and messages that were wrong.", metrics.bad_requests);
  counter("sessions_total", "Sessions ever opened.", metrics.sessions);
  counter("vanished_total", "Viewers that went without a word.", metrics.vanished);
  counter("push_connected_total", "Connections of pushes that were made.", metrics.push_connected);
  counter("push_lost_total", "Connections of pushes that were lost.", metrics.push_lost);
}

}  // namespace mouthpiece::serve

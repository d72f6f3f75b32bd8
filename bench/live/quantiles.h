// Figures of many measurements.
#ifndef MOUTHPIECE_BENCH_LIVE_QUANTILES_H_
#define MOUTHPIECE_BENCH_LIVE_QUANTILES_H_

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <vector>

namespace mouthpiece::bench {

/// Null values without any measurement.
inline nlohmann::json Quantiles(std::vector<double> values) {
  if (values.empty()) return {{"count", 0}, {"p50", {}}, {"p95", {}}, {"p99", {}}, {"most", {}}};
  std::ranges::sort(values);
  const auto at = [&](double share) {
    return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
  };
  return {{"count", values.size()},
          {"p50", at(0.5)},
          {"p95", at(0.95)},
          {"p99", at(0.99)},
          {"most", values.back()}};
}

inline void Append(std::vector<double>& to, const std::vector<double>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

}  // namespace mouthpiece::bench

#endif  // MOUTHPIECE_BENCH_LIVE_QUANTILES_H_

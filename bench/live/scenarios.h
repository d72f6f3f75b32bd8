// What is measured of a server: each takes its options and gives its figures.
#ifndef MOUTHPIECE_BENCH_LIVE_SCENARIOS_H_
#define MOUTHPIECE_BENCH_LIVE_SCENARIOS_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

namespace mouthpiece::bench {

struct Load {
  int port = 0;
  std::vector<int16_t> speech;  ///< 24 kHz, mono
  int sessions = 1;             ///< 0, of `steady` and `overload`: as many as are admitted
  double share = 1;             ///< Of those, with sessions = 0
  int count = 20;               ///< Utterances, interrupts or connections of all sessions together
  double seconds = 10;
};

/// How late frames are, burst and in pieces of 20 ms; whether sound and pictures are of one time.
nlohmann::json Latency(const Load& load);
/// How soon an interrupt works, and what comes of older epochs after it.
nlohmann::json Interrupts(const Load& load);
/// How many sessions are admitted that may speak at any time.
nlohmann::json Capacity(const Load& load);
/// Sessions that speak for so long: frames missed, lateness, drift.
nlohmann::json Steady(const Load& load);
/// The same, while half as many more ask for room again and again.
nlohmann::json Overload(const Load& load);
/// Sessions that are looked at while nobody speaks; `ready` is printed when all are open.
nlohmann::json Idle(const Load& load);
/// Connections that are reset at any point, and some that fall silent.
nlohmann::json Churn(const Load& load);

}  // namespace mouthpiece::bench

#endif  // MOUTHPIECE_BENCH_LIVE_SCENARIOS_H_

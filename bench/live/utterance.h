// One utterance as a client says it, and how long its frames took.
#ifndef MOUTHPIECE_BENCH_LIVE_UTTERANCE_H_
#define MOUTHPIECE_BENCH_LIVE_UTTERANCE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "client.h"

namespace mouthpiece::bench {

inline constexpr int kRate = 24000;  // samples a second of what is said

/// Sound that a frame looks at, from its beginning on (docs/live.md).
inline constexpr live::Ticks kLookAhead = live::kTickRate * 4525 / 10000;
/// Pieces are sent so long before their time at most.
inline constexpr live::Ticks kSentAhead = live::kTickRate * 140 / 1000;

/// Of a client's utterance number `number`.
inline std::string NameOf(int number) { return std::string("u").append(std::to_string(number)); }

/// When which samples were handed to the socket.
struct Said {
  std::string name;
  std::vector<std::pair<size_t, Time>> portions;  ///< How many samples there were by then
  size_t samples = 0;
  Time ended{};

  /// Whether there are so many.
  bool Has(int64_t count) const { return count <= static_cast<int64_t>(samples); }
  /// When the server could know the first `count` samples, or that there are no more.
  Time Knows(int64_t count) const;
};

enum class Manner {
  kBurst,  ///< All at once, as a quick synthesiser does
  kPaced,  ///< In pieces of 20 ms when their time has come, as a microphone does
};

/// Returns when all was handed over.
Said Speak(Client& client, const std::string& name, std::span<const int16_t> samples,
           Manner manner);

/// How late the pictures of an utterance were, in milliseconds.
struct Lateness {
  /// From the last sample that a frame looks at to the frame, which may have waited for its time.
  std::vector<double> decided;
  /// From the end of the speech to frames that look beyond it, up to their look-ahead later.
  std::vector<double> ended;
  /// The same of the first frame that hears the utterance, which does not wait after a burst.
  std::vector<double> first;
  /// From then, or from when the frame might be sent at the earliest, whichever came last.
  std::vector<double> due;
  int64_t frames = 0;  ///< That should have come
  int64_t missed = 0;  ///< And did not
};

/// `received`: all of the utterance, which is finished; the client's clock was synchronised.
Lateness LatenessOf(const Client& client, const Said& said, const std::vector<Received>& received);

}  // namespace mouthpiece::bench

#endif  // MOUTHPIECE_BENCH_LIVE_UTTERANCE_H_

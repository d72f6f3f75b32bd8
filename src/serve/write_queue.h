// What waits to be sent to one viewer.
#ifndef MOUTHPIECE_SERVE_WRITE_QUEUE_H_
#define MOUTHPIECE_SERVE_WRITE_QUEUE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mouthpiece::serve {

struct Settled;

enum class Content {
  kText,   ///< Never dropped
  kVideo,  ///< May be dropped, then all of it up to a key
  kSound,  ///< Void with its epoch
  kMp4,    ///< As kVideo; of no epoch
  kMp4Beginning,
  kFlush,    ///< Text, before which everything of an older epoch is dropped
  kSettled,  ///< Not in bytes, and in no WriteQueue
};

/// Shared by all viewers of a session.
struct Outgoing {
  Content content = Content::kText;
  std::shared_ptr<const std::vector<uint8_t>> bytes;
  uint32_t epoch = 0;
  bool key = false;
  std::shared_ptr<const Settled> settled = nullptr;  ///< Of kSettled alone

  bool is_text() const { return content == Content::kText || content == Content::kFlush; }
};

Outgoing OutgoingText(const std::string& text);

/// In the order in which it came, without what has become void. What is late is left out: when
/// video has waited for too long, it goes on with a key only. Not thread-safe.
class WriteQueue {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Unsent for so long: video is dropped up to the next key.
  static constexpr std::chrono::milliseconds kLate{250};
  /// Bytes that may wait; video is dropped beyond.
  static constexpr size_t kMostBytes = size_t{8} << 20;

  void Push(Outgoing item, Time now);
  /// What is to be sent now; none when there is nothing.
  std::optional<Outgoing> Pop(Time now);

  /// How long the first item has waited.
  std::chrono::milliseconds Age(Time now) const;
  bool empty() const { return items_.empty(); }
  size_t bytes() const { return bytes_; }
  /// Items that were never sent: late, or of an older epoch.
  int64_t dropped() const { return dropped_; }
  /// Whether video waits for a key, which somebody should make; says so once each time.
  bool TakeWantsKey();

 private:
  struct Waiting {
    Outgoing item;
    Time since;
  };

  bool IsVideoLate(Time now) const;
  void DropOlder(uint32_t epoch);
  void DropVideo();
  template <typename Predicate>
  void Drop(Predicate is_dropped);

  std::deque<Waiting> items_;
  size_t bytes_ = 0;
  int64_t dropped_ = 0;
  uint32_t epoch_ = 0;
  bool waits_for_key_ = true;  ///< Video is only taken from a key on
  bool wants_key_ = false;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_WRITE_QUEUE_H_

// Decoding many frames with several threads, those needed first at first.
#ifndef MOUTHPIECE_STORE_PRELOAD_H_
#define MOUTHPIECE_STORE_PRELOAD_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/cancel.h"
#include "base/timing.h"
#include "store/frame_sequence.h"
#include "store/part_reader.h"

namespace mouthpiece {

/// Frames to decode, ascending, and the position in the walk that needs each first.
struct Needed {
  explicit Needed(const FrameSequence& sequence);

  /// Position of `frame` in the list. Throws Error (kInvalidArgument) when it is not there.
  size_t Find(int frame) const;

  std::vector<int> frames;
  std::vector<int64_t> first_uses;
};

/// Decodes frames by threads of its own from construction to destruction, while those that are
/// there are used. Of prepared ones that is to read them through, and to find them whole. Each
/// part's video is cut where decoding can start into lanes; a free thread takes the lane whose next
/// frame is needed first and decodes a few of it, so that whole frames are ready early and all
/// threads are busy to the end.
class Preload {
 public:
  /// Stores the part that `reader` has decoded, of the `i`-th frame; called by any of the threads,
  /// for one part and frame once. Throws Error.
  using Store = std::function<void(size_t i, FramePart part, PartReader& reader)>;

  /// `needed` and the context outlive the object.
  Preload(const PartContext& context, const Needed& needed, int threads, Store store);
  ~Preload();
  Preload(const Preload&) = delete;
  Preload& operator=(const Preload&) = delete;

  /// Waits until all parts of the `i`-th frame are stored. Throws the first Error of any thread,
  /// or kCancelled. Any thread.
  void WaitFor(size_t i, const CancelToken& cancel);
  /// Wall time from construction until all was stored; until now if it is not yet.
  double seconds() const;

 private:
  struct Lane;

  void Work();
  Lane* TakeLane();
  void Advance(Lane& lane);
  void CloseLane(Lane& lane);
  void Finish(size_t i);
  bool IsReady(size_t i) const { return parts_left_[i].load(std::memory_order_acquire) == 0; }

  const PartContext& context_;
  const Needed& needed_;
  const Store store_;
  const size_t most_open_;
  const Clock::time_point start_ = Clock::now();
  std::vector<std::atomic<uint8_t>> parts_left_;  ///< By frame

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Lane>> lanes_;  ///< Those that are not done
  size_t open_ = 0;                           ///< Lanes that hold a reader
  size_t frames_left_;
  double seconds_ = 0;
  std::exception_ptr failure_;
  std::atomic<bool> stop_{false};
  std::vector<std::jthread> threads_;  ///< Last: they use everything above
};

/// Readers that a Preload with that many threads keeps open at most; one a part at least.
int PreloadReaders(int threads);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_PRELOAD_H_

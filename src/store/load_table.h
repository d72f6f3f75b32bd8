// Who may write, read and reuse the blocks of a windowed store, and when.
#ifndef MOUTHPIECE_STORE_LOAD_TABLE_H_
#define MOUTHPIECE_STORE_LOAD_TABLE_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <limits>
#include <mutex>
#include <optional>
#include <vector>

#include "base/cancel.h"
#include "store/block_walk.h"
#include "store/memory.h"

namespace mouthpiece {

/// Hands a fixed number of slots to the loads of a walk, in their order. Several loader threads,
/// each with its parts of every load, run ahead of one consumer as far as free slots allow. A slot
/// is free again when its load is retired, written by all loaders, and no longer lent.
///
/// Enough slots for a walk of blocks of at most W frames, of which the caller holds at most H, are
/// W + H: when the consumer waits for the first frame of a block, the slots taken are those of the
/// block itself and those held of earlier ones. If the walk keeps blocks: W + max(W, H), since the
/// block before is then taken whole.
class LoadTable {
 public:
  LoadTable(BlockWalk walk, int slots, int loaders, MemoryMeter& meter, size_t slot_bytes);
  ~LoadTable();
  LoadTable(const LoadTable&) = delete;
  LoadTable& operator=(const LoadTable&) = delete;

  struct Wanted {
    int frame = 0;
    int64_t after = 0;  ///< The first position of the walk that needs it loaded anew
  };
  /// Loader threads: what load `number` is of, asked for in the order 0, 1, 2, ...; waits until
  /// the walk gets near it. Empty when there is nothing left to do.
  std::optional<Wanted> FrameOf(int64_t number);
  /// Then: waits until the load has a slot, which one loader after the other gets to write to and
  /// ends with Done(). Empty as above.
  std::optional<int> SlotOf(int64_t number);
  void Done(int64_t number);
  /// Load `number` failed: it and all later ones end in `failure`.
  void Fail(int64_t number, std::exception_ptr failure);
  /// Makes every FrameOf() and SlotOf() return nothing.
  void Stop();

  /// The consumer: the next visit of the walk, which has not ended.
  Visit NextVisit();

  struct Lease {
    int slot = 0;
    bool is_exclusive = false;  ///< False: somebody else holds the slot exclusively
  };
  /// Waits until load `number` is there and lends its slot. Throws what the load ended in, or
  /// kCancelled.
  Lease Lend(int64_t number, const CancelToken& cancel);
  /// Any thread: gives a lease back.
  void GiveBack(Lease lease) noexcept;
  /// The consumer will not ask for load `number` again. May be called twice.
  void Retire(int64_t number);

 private:
  struct Load {
    Wanted wanted;
    int slot = -1;
    int loaders_left = 0;
    bool is_retired = false;
  };
  struct Slot {
    int lent = 0;
    bool is_exclusive = false;
    bool is_finished = false;  ///< Nobody will lend or write it before it is free
  };

  bool Exists(int64_t number) const {
    return number < first_load_ + static_cast<int64_t>(loads_.size());
  }
  Load& At(int64_t number) { return loads_[static_cast<size_t>(number - first_load_)]; }
  bool SeeNextVisit();
  bool AssignSlot(Load& load);
  void FinishIfUnused(Load& load);
  void FreeIfUnused(int slot) noexcept;

  const int slot_count_;
  const int loaders_;
  MemoryMeter& meter_;
  const size_t slot_bytes_;

  std::mutex mutex_;
  std::condition_variable changed_;
  BlockWalk walk_;
  bool walk_ended_ = false;
  bool stopped_ = false;
  std::deque<Visit> visits_;  ///< That the consumer has not begun
  std::deque<Load> loads_;
  int64_t first_load_ = 0;  ///< Number of loads_.front()
  int64_t assigned_ = 0;    ///< Loads that have or had a slot
  std::vector<Slot> slots_;
  std::vector<int> free_;
  int untouched_ = 0;  ///< Slots from here on were never used: their memory does not exist yet
  int64_t failed_ = std::numeric_limits<int64_t>::max();  ///< First load that failed
  std::exception_ptr failure_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_LOAD_TABLE_H_

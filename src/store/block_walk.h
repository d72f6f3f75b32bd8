// A walk over the avatar's frames, cut into blocks of neighbouring frames that are loaded together.
#ifndef MOUTHPIECE_STORE_BLOCK_WALK_H_
#define MOUTHPIECE_STORE_BLOCK_WALK_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "store/frame_sequence.h"

namespace mouthpiece {

/// Cuts `frame_count` frames into blocks of at most `most` frames; returns where each begins.
/// A block that ends at frame e must be decoded from the keyframe before its first frame on, so
/// blocks end where a GOP ends, and the short one of a GOP is its first.
std::vector<int> CutIntoBlocks(int frame_count, int most, std::span<const int> keyframes);

/// The walk's stay in one block: the output positions [begin, end), whose frames lie in
/// [first, last]. Frames are loaded ascending, the i-th load of the whole walk having number i.
/// When the walk comes back to a block after one other, what is loaded may be kept: both visits
/// then have the same loads, of all frames that either needs.
struct Visit {
  int64_t begin = 0;
  int64_t end = 0;
  int first = 0;
  int last = 0;
  int64_t first_load = 0;  ///< Number of the load of frame `first`
  bool is_new = true;      ///< False: its loads are those of the visit before the last
  bool is_kept = false;    ///< The visit after the next has the same loads

  int64_t LoadOf(int frame) const { return first_load + (frame - first); }
};

/// Yields the visits one after the other; looks ahead only as far as it must. Not thread-safe.
class BlockWalk {
 public:
  /// `block_starts` as from CutIntoBlocks.
  BlockWalk(const FrameSequence& sequence, std::vector<int> block_starts, bool keeps_blocks);

  /// Empty when the walk has ended.
  std::optional<Visit> Next();

 private:
  struct Stay {
    int block = 0;
    Visit visit;
    bool has_loads = false;
  };

  int BlockOf(int frame) const;
  /// True when the `i`-th stay ahead is in `block` and shares the loads of the one two before it.
  bool Keeps(size_t i, int block) { return keeps_blocks_ && See(i) && ahead_[i].block == block; }
  /// True when the `i`-th stay ahead exists.
  bool See(size_t i);
  Stay Scan(int64_t begin) const;
  void GiveLoads(Stay& stay);

  const FrameSequence sequence_;
  const std::vector<int> block_starts_;
  const bool keeps_blocks_;
  std::deque<Stay> ahead_;
  int64_t scanned_ = 0;  ///< Positions in or before ahead_
  int64_t next_load_ = 0;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_BLOCK_WALK_H_

#include "store/load_table.h"

#include <chrono>
#include <utility>

namespace mouthpiece {
namespace {

// Loaders look this far ahead of the consumer at most: a walk that needs no further load has no
// end in sight.
constexpr size_t kVisitsAhead = 8;

// A cancel flag cannot wake anybody, so it is looked at this often.
constexpr std::chrono::milliseconds kCancelInterval{20};

}  // namespace

LoadTable::LoadTable(BlockWalk walk, int slots, int loaders, MemoryMeter& meter, size_t slot_bytes)
    : slot_count_(slots),
      loaders_(loaders),
      meter_(meter),
      slot_bytes_(slot_bytes),
      walk_(std::move(walk)),
      slots_(static_cast<size_t>(slots)) {
  free_.reserve(slots_.size());
}

LoadTable::~LoadTable() { meter_.Remove(static_cast<uint64_t>(untouched_) * slot_bytes_); }

std::optional<LoadTable::Wanted> LoadTable::FrameOf(int64_t number) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (stopped_ || number >= failed_) return std::nullopt;
    while (!Exists(number) && visits_.size() < kVisitsAhead && SeeNextVisit()) {
    }
    if (Exists(number)) return At(number).wanted;
    if (walk_ended_) return std::nullopt;
    changed_.wait(lock);
  }
}

std::optional<int> LoadTable::SlotOf(int64_t number) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (stopped_ || number >= failed_) return std::nullopt;
    Load& load = At(number);
    if (load.slot >= 0 || (number == assigned_ && AssignSlot(load))) return load.slot;
    changed_.wait(lock);
  }
}

void LoadTable::Done(int64_t number) {
  std::lock_guard lock(mutex_);
  Load& load = At(number);
  --load.loaders_left;
  FinishIfUnused(load);
  changed_.notify_all();
}

void LoadTable::Fail(int64_t number, std::exception_ptr failure) {
  std::lock_guard lock(mutex_);
  if (number < failed_) {
    failed_ = number;
    failure_ = std::move(failure);
  }
  changed_.notify_all();
}

void LoadTable::Stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

Visit LoadTable::NextVisit() {
  std::lock_guard lock(mutex_);
  if (visits_.empty()) SeeNextVisit();
  const Visit visit = visits_.front();
  visits_.pop_front();
  changed_.notify_all();
  return visit;
}

LoadTable::Lease LoadTable::Lend(int64_t number, const CancelToken& cancel) {
  std::unique_lock lock(mutex_);
  for (;;) {
    cancel.ThrowIfCancelled();
    const Load& load = At(number);
    if (load.loaders_left == 0) {
      Slot& slot = slots_[static_cast<size_t>(load.slot)];
      ++slot.lent;
      return {load.slot, !std::exchange(slot.is_exclusive, true)};
    }
    if (number >= failed_) std::rethrow_exception(failure_);
    changed_.wait_for(lock, kCancelInterval);
  }
}

void LoadTable::GiveBack(Lease lease) noexcept {
  std::lock_guard lock(mutex_);
  Slot& slot = slots_[static_cast<size_t>(lease.slot)];
  --slot.lent;
  if (lease.is_exclusive) slot.is_exclusive = false;
  FreeIfUnused(lease.slot);
}

void LoadTable::Retire(int64_t number) {
  std::lock_guard lock(mutex_);
  if (number < first_load_ || At(number).is_retired) return;
  At(number).is_retired = true;
  FinishIfUnused(At(number));
  while (!loads_.empty() && loads_.front().is_retired && loads_.front().loaders_left == 0) {
    loads_.pop_front();
    ++first_load_;
  }
}

bool LoadTable::SeeNextVisit() {
  const std::optional<Visit> visit = walk_.Next();
  if (!visit) {
    walk_ended_ = true;
    return false;
  }
  visits_.push_back(*visit);
  if (visit->is_new) {
    for (int frame = visit->first; frame <= visit->last; ++frame) {
      loads_.push_back({{frame, visit->end}, -1, loaders_, false});
    }
  }
  return true;
}

bool LoadTable::AssignSlot(Load& load) {
  if (!free_.empty()) {
    load.slot = free_.back();
    free_.pop_back();
  } else if (untouched_ < slot_count_) {
    load.slot = untouched_++;
    meter_.Add(slot_bytes_);
  } else {
    return false;
  }
  slots_[static_cast<size_t>(load.slot)] = {};
  ++assigned_;
  changed_.notify_all();
  return true;
}

void LoadTable::FinishIfUnused(Load& load) {
  if (!load.is_retired || load.loaders_left > 0) return;
  slots_[static_cast<size_t>(load.slot)].is_finished = true;
  FreeIfUnused(load.slot);
}

void LoadTable::FreeIfUnused(int slot) noexcept {
  const Slot& state = slots_[static_cast<size_t>(slot)];
  if (!state.is_finished || state.lent > 0) return;
  free_.push_back(slot);  // within what was reserved
  changed_.notify_all();
}

}  // namespace mouthpiece

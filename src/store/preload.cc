#include "store/preload.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>
#include <tuple>
#include <utility>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

// Frames that a thread decodes before it looks again what is needed first.
constexpr size_t kStretch = 4;

// Images of a lane, each of which could be decoded alone.
constexpr size_t kImagesALane = 16;

// A cancel flag cannot wake anybody, so it is looked at this often.
constexpr std::chrono::milliseconds kCancelInterval{20};

bool CanStartAt(const PictureSource& source, int frame, size_t i) {
  if (!source.video) return i % kImagesALane == 0;
  const std::vector<int>& keyframes = source.video->keyframes;
  return std::binary_search(keyframes.begin(), keyframes.end(), frame);
}

}  // namespace

Needed::Needed(const FrameSequence& sequence) {
  for (int frame = 0; frame < sequence.frame_count; ++frame) {
    const int64_t use = sequence.NextUse(frame, 0);
    if (use < 0) continue;
    frames.push_back(frame);
    first_uses.push_back(use);
  }
}

size_t Needed::Find(int frame) const {
  const auto at = std::lower_bound(frames.begin(), frames.end(), frame);
  if (at == frames.end() || *at != frame) {
    throw Error(ErrorCode::kInvalidArgument,
                "frame " + std::to_string(frame) + " was not preloaded");
  }
  return static_cast<size_t>(at - frames.begin());
}

int PreloadReaders(int threads) { return std::max(threads, static_cast<int>(kFrameParts.size())); }

/// One part of neighbouring frames, decoded one after the other.
struct Preload::Lane {
  FramePart part;
  size_t next;  ///< Position in the list of frames
  size_t end;
  std::vector<int64_t> urgency;  ///< Of the frames from `next` on, last first: see below
  std::unique_ptr<PartReader> reader;
  bool is_busy = false;

  /// What is needed first may lie far behind what has to be decoded before it.
  int64_t Urgency() const { return urgency.back(); }
};

Preload::Preload(const PartContext& context, const Needed& needed, int threads, Store store)
    : context_(context),
      needed_(needed),
      store_(std::move(store)),
      most_open_(static_cast<size_t>(PreloadReaders(threads))),
      parts_left_(needed.frames.size()),
      frames_left_(needed.frames.size()) {
  for (std::atomic<uint8_t>& left : parts_left_) left = kFrameParts.size();
  for (const FramePart part : kFrameParts) {
    const PictureSource& source = SourceOf(context.package, part);
    for (size_t i = 0; i < needed.frames.size(); ++i) {
      if (i == 0 || CanStartAt(source, needed.frames[i], i)) {
        lanes_.push_back(std::make_unique<Lane>(Lane{part, i, i, {}, nullptr, false}));
      }
      lanes_.back()->end = i + 1;
    }
  }
  for (const auto& lane : lanes_) {
    int64_t soonest = std::numeric_limits<int64_t>::max();
    for (size_t i = lane->end; i-- > lane->next;) {
      soonest = std::min(soonest, needed.first_uses[i]);
      lane->urgency.push_back(soonest);
    }
  }
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

Preload::~Preload() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
}

void Preload::WaitFor(size_t i, const CancelToken& cancel) {
  if (IsReady(i)) return;
  std::unique_lock lock(mutex_);
  while (!IsReady(i)) {
    if (failure_) std::rethrow_exception(failure_);
    cancel.ThrowIfCancelled();
    changed_.wait_for(lock, kCancelInterval);
  }
}

double Preload::seconds() const {
  std::lock_guard lock(mutex_);
  return frames_left_ == 0 ? seconds_ : SecondsSince(start_);
}

void Preload::Work() {
  try {
    while (Lane* lane = TakeLane()) Advance(*lane);
  } catch (...) {
    {
      std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      stop_ = true;
    }
    changed_.notify_all();
  }
}

Preload::Lane* Preload::TakeLane() {
  std::unique_lock lock(mutex_);
  while (!stop_ && !lanes_.empty()) {
    Lane* best = nullptr;
    for (const auto& lane : lanes_) {
      if (lane->is_busy || (!lane->reader && open_ == most_open_)) continue;
      const auto rank = [](const Lane& l) { return std::tuple(l.Urgency(), l.next); };
      if (best == nullptr || rank(*lane) < rank(*best)) best = lane.get();
    }
    if (best != nullptr) {
      best->is_busy = true;
      if (!best->reader) {
        best->reader = std::make_unique<PartReader>(context_, best->part, 1, CancelToken(&stop_));
        ++open_;
      }
      return best;
    }
    changed_.wait(lock);
  }
  return nullptr;
}

void Preload::Advance(Lane& lane) {
  const size_t stop_at = std::min(lane.end, lane.next + kStretch);
  size_t i = lane.next;
  for (; i < stop_at && !stop_; ++i) {
    lane.reader->Decode(needed_.frames[i]);
    store_(i, lane.part, *lane.reader);
    Finish(i);
  }
  if (stop_) return;
  std::lock_guard lock(mutex_);
  lane.urgency.resize(lane.urgency.size() - (i - lane.next));
  lane.next = i;
  lane.is_busy = false;
  if (lane.next == lane.end) {
    CloseLane(lane);
    changed_.notify_all();
  }
}

void Preload::CloseLane(Lane& lane) {
  // The lane that follows goes on with the same reader, which then has nothing to seek.
  const auto heir = std::ranges::find_if(lanes_, [&lane](const auto& other) {
    return other->part == lane.part && other->next == lane.end && !other->reader;
  });
  if (heir != lanes_.end()) {
    (*heir)->reader = std::move(lane.reader);
  } else {
    --open_;
  }
  std::erase_if(lanes_, [&lane](const auto& other) { return other.get() == &lane; });
}

void Preload::Finish(size_t i) {
  {
    // Whoever sees the last frame ready is to find that all are stored.
    std::lock_guard lock(mutex_);
    if (parts_left_[i].fetch_sub(1, std::memory_order_acq_rel) > 1) return;
    if (--frames_left_ == 0) seconds_ = SecondsSince(start_);
  }
  changed_.notify_all();
}

}  // namespace mouthpiece

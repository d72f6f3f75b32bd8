// Walks through frame stores as sessions do, and what every frame must then be.
#ifndef MOUTHPIECE_TESTS_SUPPORT_STORE_WALK_H_
#define MOUTHPIECE_TESTS_SUPPORT_STORE_WALK_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/frame_store.h"
#include "support/fixtures.h"
#include "support/pictures.h"
#include "support/video_package.h"

namespace mouthpiece::testing {

inline constexpr CacheMode kModes[] = {CacheMode::kRam, CacheMode::kChunk, CacheMode::kStream,
                                       CacheMode::kDisk};

inline const char* NameOf(CacheMode mode) {
  constexpr const char* kNames[] = {"ram", "chunk", "stream", "disk"};
  return kNames[std::find(std::begin(kModes), std::end(kModes), mode) - std::begin(kModes)];
}

inline std::shared_ptr<const Avatar> Drawn() {
  static const std::shared_ptr<const Avatar> avatar = MakeAvatar(ReadVideoPackage(DrawnPackage()));
  return avatar;
}

inline FrameReaderOptions Walk(const FrameSequence& sequence, int in_flight = 16, int threads = 2) {
  FrameReaderOptions options;
  options.sequence = sequence;
  options.frames_in_flight = in_flight;
  options.threads = threads;
  return options;
}

/// The drawn package with only its first frames.
inline std::shared_ptr<const Avatar> FirstFrames(int count) {
  Package package = ReadVideoPackage(DrawnPackage());
  package.frame_count = count;
  package.rectangles.resize(static_cast<size_t>(count));
  return MakeAvatar(std::move(package));
}

inline void Append(std::vector<uint8_t>& bytes, const std::vector<uint8_t>& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

/// Everything of a source frame but the rectangle, which may hold what an earlier lease wrote.
inline std::vector<uint8_t> Visible(const SourceFrame& source, Rect rect) {
  std::vector<uint8_t> bytes;
  for (int p = 0; p < 3; ++p) {
    if (p == 1) rect = {rect.x1 / 2, rect.y1 / 2, (rect.x2 + 1) / 2, (rect.y2 + 1) / 2};
    const Plane& plane = source.frame.picture().planes[p];
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) {
        const bool inside = x >= rect.x1 && x < rect.x2 && y >= rect.y1 && y < rect.y2;
        if (!inside) bytes.push_back(plane.row(y)[x]);
      }
    }
  }
  Append(bytes, Samples(source.face.roi));
  Append(bytes, Samples(source.face.masked));
  const uint8_t* ring = source.face.ring.data;
  bytes.insert(bytes.end(), ring, ring + RingView::Bytes(source.face.ring.geometry));
  return bytes;
}

/// Writes all that a compositor may write.
inline void Scribble(const SourceFrame& source, Rect rect, uint8_t value) {
  for (int p = 0; p < 3; ++p) {
    if (p == 1) rect = {rect.x1 / 2, rect.y1 / 2, (rect.x2 + 1) / 2, (rect.y2 + 1) / 2};
    const Plane& plane = source.frame.picture().planes[p];
    for (int y = rect.y1; y < rect.y2; ++y) {
      std::fill(plane.row(y) + rect.x1, plane.row(y) + rect.x2, value);
    }
  }
}

/// Whole frames, as the disk store reads them: with it nothing was ever written to.
inline const std::vector<uint8_t>& Expected(const Avatar& avatar, int frame) {
  static std::map<std::pair<std::string, int>, std::vector<uint8_t>> cache;
  std::vector<uint8_t>& bytes = cache[{avatar.path().string(), frame}];
  if (bytes.empty()) {
    StoreOptions options;
    options.mode = CacheMode::kDisk;
    const FrameSequence one{LoopMode::kNone, avatar.frame_count(), {frame, frame + 1}};
    const std::shared_ptr<const Avatar> borrowed(std::shared_ptr<void>(), &avatar);
    const auto store = OpenFrameStore(borrowed, options, one);
    const auto reader = store->Open(Walk(one));
    bytes = Visible(reader->Next(), avatar.rectangles()[static_cast<size_t>(frame)]);
  }
  return bytes;
}

struct WalkCase {
  StoreOptions options;
  FrameSequence sequence;
  int in_flight = 4;
  int threads = 2;
};

/// Walks a store as a session does: holds frames, writes into them, lets go of the oldest.
inline void CheckWalk(const std::shared_ptr<const Avatar>& avatar, const WalkCase& c) {
  const auto store = OpenFrameStore(avatar, c.options, c.sequence);
  const auto reader = store->Open(Walk(c.sequence, c.in_flight, c.threads));
  std::deque<std::pair<SourceFrame, uint8_t>> held;
  for (int64_t i = 0; i < c.sequence.size(); ++i) {
    if (static_cast<int>(held.size()) == c.in_flight) {
      // Nobody else has written to a frame that is held.
      const auto& [oldest, value] = held.front();
      const Rect& rect = avatar->rectangles()[static_cast<size_t>(oldest.frame.source_index)];
      const Plane& luma = oldest.frame.picture().planes[0];
      ASSERT_EQ(luma.row(rect.y1)[rect.x1], value);
      ASSERT_EQ(luma.row(rect.y2 - 1)[rect.x2 - 1], value);
      held.pop_front();
    }
    SourceFrame source = reader->Next();
    const int frame = c.sequence.At(i);
    ASSERT_EQ(source.frame.output_index, i);
    ASSERT_EQ(source.frame.source_index, frame);
    const Rect& rect = avatar->rectangles()[static_cast<size_t>(frame)];
    ASSERT_EQ(Visible(source, rect), Expected(*avatar, frame)) << "output frame " << i;
    const auto value = static_cast<uint8_t>(i);
    Scribble(source, rect, value);
    held.emplace_back(std::move(source), value);
  }
  EXPECT_THROW(reader->Next(), Error);
}

inline StoreOptions Options(CacheMode mode, int chunk_frames = 500,
                            uint64_t budget = uint64_t{2} << 30) {
  StoreOptions options;
  options.mode = mode;
  options.chunk_frames = chunk_frames;
  options.memory_budget = budget;
  options.threads = 2;
  return options;
}

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_STORE_WALK_H_

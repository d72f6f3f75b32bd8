#include "device/vulkan/face_slots.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "support/errors.h"

namespace mouthpiece::vulkan {
namespace {

TEST(FaceSlots, FindsAFaceAgainThatArrived) {
  FaceSlots slots(2);
  const FaceSlots::Place first = slots.Take(7, 0);
  EXPECT_TRUE(first.is_new);
  slots.Arrived(0);
  slots.Release(first.slot);
  const FaceSlots::Place again = slots.Take(7, 1);
  EXPECT_FALSE(again.is_new);
  EXPECT_EQ(again.slot, first.slot);
}

TEST(FaceSlots, SharesAFaceWithinARequestAndNotWithAnotherBeforeItArrived) {
  FaceSlots slots(3);
  const FaceSlots::Place first = slots.Take(7, 0);
  EXPECT_FALSE(slots.Take(7, 0).is_new);
  const FaceSlots::Place other = slots.Take(7, 1);
  EXPECT_TRUE(other.is_new);
  EXPECT_NE(other.slot, first.slot);
}

TEST(FaceSlots, ForgetsAFaceThatNeverArrived) {
  FaceSlots slots(2);
  slots.Release(slots.Take(7, 0).slot);
  EXPECT_TRUE(slots.Take(7, 1).is_new);
}

TEST(FaceSlots, GivesAwayWhatWasUsedLongestAgo) {
  FaceSlots slots(2);
  for (const int frame : {1, 2, 1}) {
    const FaceSlots::Place place = slots.Take(frame, 0);
    slots.Arrived(0);
    slots.Release(place.slot);
  }
  slots.Release(slots.Take(3, 0).slot);
  EXPECT_FALSE(slots.Take(1, 0).is_new);
  EXPECT_TRUE(slots.Take(2, 0).is_new);
}

TEST(FaceSlots, RefusesMoreThanThereAre) {
  FaceSlots slots(1);
  slots.Take(1, 0);
  testing::ExpectError(ErrorCode::kInternal, {"faces"}, [&] { slots.Take(2, 0); });
}

// Requests that are filled, started or given up, at random, as a device's are.
TEST(FaceSlots, NeverShowsAFaceThatIsNotThere) {
  constexpr int kRequests = 3;
  constexpr int kBatch = 4;
  std::mt19937 random(1);
  FaceSlots slots(kRequests * kBatch + 2);
  std::map<int, int> held;  // face by slot
  struct Taken {
    int slot;
    int frame;
  };
  std::vector<std::vector<Taken>> requests(kRequests);
  for (int round = 0; round < 3000; ++round) {
    const int r = static_cast<int>(random() % kRequests);
    std::vector<Taken>& taken = requests[static_cast<size_t>(r)];
    for (const Taken& t : taken) {
      EXPECT_EQ(held[t.slot], t.frame);  // what a started request read until now
      slots.Release(t.slot);
    }
    taken.clear();
    std::vector<Taken> fresh;
    for (int i = 0; i < kBatch; ++i) {
      const int frame = static_cast<int>(random() % 20);
      const FaceSlots::Place place = slots.Take(frame, r);
      taken.push_back({place.slot, frame});
      if (place.is_new) fresh.push_back(taken.back());
    }
    if (random() % 4 == 0) {  // never started
      for (const Taken& t : taken) slots.Release(t.slot);
      taken.clear();
      continue;
    }
    for (const Taken& t : fresh) held[t.slot] = t.frame;
    slots.Arrived(r);
  }
}

}  // namespace
}  // namespace mouthpiece::vulkan

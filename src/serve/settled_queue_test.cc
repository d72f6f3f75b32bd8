#include "serve/settled_queue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <utility>

namespace mouthpiece::serve {
namespace {

std::shared_ptr<const Settled> Make(bool key, size_t samples = 0) {
  auto settled = std::make_shared<Settled>();
  auto unit = std::make_shared<media::AccessUnit>();
  unit->bytes.resize(100);
  unit->key = key;
  settled->unit = std::move(unit);
  settled->sound.resize(samples);
  return settled;
}

TEST(SettledQueue, BeginsWithAKey) {
  SettledQueue queue;
  const SettledQueue::Time now;
  queue.Push(Make(false), now);
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.waits_for_key());
  queue.Push(Make(true), now);
  queue.Push(Make(false), now);
  EXPECT_TRUE(queue.Pop()->unit->key);
  EXPECT_FALSE(queue.Pop()->unit->key);
  EXPECT_EQ(queue.Pop(), nullptr);
  EXPECT_EQ(queue.TakeDropped(), 1);
  EXPECT_EQ(queue.TakeDropped(), 0);
}

TEST(SettledQueue, DropsUpToAKeyWhatWaitsForTooLong) {
  SettledQueue queue;
  SettledQueue::Time now;
  queue.Push(Make(true), now);
  now += SettledQueue::kLate;
  queue.Push(Make(false), now);
  EXPECT_FALSE(queue.waits_for_key());
  now += std::chrono::milliseconds(1);
  queue.Push(Make(false), now);
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.waits_for_key());
  queue.Push(Make(true), now);
  EXPECT_FALSE(queue.empty());
  EXPECT_EQ(queue.TakeDropped(), 3);
}

TEST(SettledQueue, HoldsSoManyBytesAtMost) {
  SettledQueue queue;
  const SettledQueue::Time now;
  for (int i = 0; i < 100; ++i) {
    queue.Push(Make(i % 10 == 0, 500000), now);
    EXPECT_LE(queue.bytes(), SettledQueue::kMostBytes + 1000100);
  }
  while (queue.Pop() != nullptr) continue;
  EXPECT_EQ(queue.bytes(), 0U);
}

}  // namespace
}  // namespace mouthpiece::serve

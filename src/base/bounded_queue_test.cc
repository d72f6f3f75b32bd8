#include "base/bounded_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace mouthpiece {
namespace {

TEST(BoundedQueue, KeepsOrderAcrossThreadsAndNeverHoldsMoreThanItsCapacity) {
  constexpr int kItems = 10000;
  BoundedQueue<int> queue(3);
  std::atomic<int> pushed = 0;
  std::atomic<int> popped = 0;
  std::jthread producer([&] {
    for (int i = 0; i < kItems; ++i) {
      ASSERT_TRUE(queue.Push(i));
      ++pushed;
      EXPECT_LE(pushed - popped, 3 + 2);  // the queue, one being counted on either side
    }
    queue.Close();
  });
  int expected = 0;
  while (std::optional<int> item = queue.Pop()) {
    ++popped;
    ASSERT_EQ(*item, expected++);
  }
  EXPECT_EQ(expected, kItems);
}

TEST(BoundedQueue, CloseLetsConsumersDrainAndRefusesMore) {
  BoundedQueue<int> queue(2);
  queue.Push(1);
  queue.Close();
  EXPECT_FALSE(queue.Push(2));
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_EQ(queue.Pop(), std::nullopt);
}

TEST(BoundedQueue, AbortDropsWhatIsQueuedAndWakesABlockedProducer) {
  BoundedQueue<std::shared_ptr<int>> queue(1);
  const auto item = std::make_shared<int>(7);
  queue.Push(item);
  std::jthread producer([&] { EXPECT_FALSE(queue.Push(item)); });
  queue.Abort();
  producer.join();
  EXPECT_EQ(item.use_count(), 1);
  EXPECT_EQ(queue.Pop(), std::nullopt);
}

TEST(BoundedQueue, AbortWakesABlockedConsumer) {
  BoundedQueue<int> queue(1);
  std::jthread consumer([&] { EXPECT_EQ(queue.Pop(), std::nullopt); });
  queue.Abort();
}

}  // namespace
}  // namespace mouthpiece

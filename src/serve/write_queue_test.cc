#include "serve/write_queue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace mouthpiece::serve {
namespace {

using std::chrono::milliseconds;

const WriteQueue::Time kStart = WriteQueue::Time(milliseconds(1000));

/// An item that is called by one byte.
Outgoing Item(Content content, char name, uint32_t epoch = 0, bool key = false) {
  return {content, std::make_shared<const std::vector<uint8_t>>(1, static_cast<uint8_t>(name)),
          epoch, key};
}
Outgoing Key(char name, uint32_t epoch = 0) { return Item(Content::kVideo, name, epoch, true); }
Outgoing Delta(char name, uint32_t epoch = 0) { return Item(Content::kVideo, name, epoch); }
Outgoing Sound(char name, uint32_t epoch = 0) { return Item(Content::kSound, name, epoch); }

std::string PopAll(WriteQueue& queue, WriteQueue::Time now = kStart) {
  std::string names;
  while (const auto item = queue.Pop(now)) names += static_cast<char>((*item->bytes)[0]);
  return names;
}

TEST(WriteQueue, GivesWhatCameInOrder) {
  WriteQueue queue;
  EXPECT_FALSE(queue.Pop(kStart));
  queue.Push(OutgoingText("t"), kStart);
  queue.Push(Sound('s'), kStart);
  queue.Push(Key('K'), kStart);
  queue.Push(Delta('d'), kStart);
  EXPECT_EQ(queue.bytes(), 4U);
  EXPECT_EQ(PopAll(queue), "tsKd");
  EXPECT_EQ(queue.bytes(), 0U);
  EXPECT_EQ(queue.dropped(), 0);
}

TEST(WriteQueue, BeginsVideoWithAKey) {
  WriteQueue queue;
  for (const Outgoing& item : {Delta('a'), Sound('s'), Delta('b'), Key('K'), Delta('c')}) {
    queue.Push(item, kStart);
  }
  EXPECT_EQ(PopAll(queue), "sKc");
  EXPECT_EQ(queue.dropped(), 2);
}

TEST(WriteQueue, DropsWhatIsVoidAndNothingElse) {
  WriteQueue queue;
  for (const Outgoing& item : {Key('K'), OutgoingText("t"), Sound('s'), Delta('d')}) {
    queue.Push(item, kStart);
  }
  queue.Push(Item(Content::kFlush, 'F', 1), kStart);
  for (const Outgoing& item : {Sound('o'), Delta('p'), Sound('S', 1), Delta('q', 1), Key('L', 1)}) {
    queue.Push(item, kStart);
  }
  EXPECT_EQ(PopAll(queue), "tFSL") << "the delta of the new epoch refers to what was dropped";
}

TEST(WriteQueue, GoesOnWithAKeyWhenItIsLate) {
  WriteQueue queue;
  queue.Push(Key('K'), kStart);
  queue.Push(Sound('s'), kStart);
  queue.Push(Delta('a'), kStart);
  const WriteQueue::Time late = kStart + WriteQueue::kLate + milliseconds(1);
  EXPECT_EQ(queue.Age(late), WriteQueue::kLate + milliseconds(1));
  queue.Push(Delta('b'), late);
  EXPECT_TRUE(queue.TakeWantsKey());
  EXPECT_FALSE(queue.TakeWantsKey()) << "says so once";
  queue.Push(Key('L'), late);
  queue.Push(Delta('c'), late);
  EXPECT_EQ(PopAll(queue, late), "sLc");
}

TEST(WriteQueue, IsNotLateABitEarlier) {
  WriteQueue queue;
  queue.Push(Key('K'), kStart);
  queue.Push(Delta('a'), kStart + WriteQueue::kLate);
  EXPECT_EQ(PopAll(queue, kStart + WriteQueue::kLate), "Ka");
}

TEST(WriteQueue, HoldsBoundedVideo) {
  WriteQueue queue;
  const auto large = std::make_shared<const std::vector<uint8_t>>(size_t{1} << 20);
  for (int i = 0; i < 20; ++i) {
    queue.Push({Content::kVideo, large, 0, true}, kStart);
    EXPECT_LE(queue.bytes(), WriteQueue::kMostBytes);
  }
}

TEST(WriteQueue, KeepsTheBeginningOfMp4) {
  WriteQueue queue;
  queue.Push(Item(Content::kMp4Beginning, 'B'), kStart);
  queue.Push(Item(Content::kMp4, 'a'), kStart);
  queue.Push(Item(Content::kMp4, 'K', 0, true), kStart);
  queue.Push(Item(Content::kFlush, 'F', 1), kStart);
  EXPECT_EQ(PopAll(queue), "BKF") << "what has passed is of no epoch";
}

}  // namespace
}  // namespace mouthpiece::serve

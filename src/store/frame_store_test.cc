#include "store/frame_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/fixtures.h"
#include "support/store_walk.h"
#include "support/video_package.h"

namespace mouthpiece {
namespace {

using testing::CheckWalk;
using testing::Contains;
using testing::Drawn;
using testing::ErrorOf;
using testing::Expected;
using testing::FirstFrames;
using testing::kModes;
using testing::MakeAvatar;
using testing::NameOf;
using testing::Options;
using testing::ReadVideoPackage;
using testing::Scribble;
using testing::Visible;
using testing::Walk;

class AllModes : public ::testing::TestWithParam<CacheMode> {};

INSTANTIATE_TEST_SUITE_P(FrameStore, AllModes, ::testing::ValuesIn(kModes),
                         [](const auto& test) { return std::string(NameOf(test.param)); });

TEST_P(AllModes, GiveTheSameFramesInEveryLoop) {
  const int n = Drawn()->frame_count();
  ASSERT_EQ(n, 24);
  for (const LoopMode loop : {LoopMode::kPingPong, LoopMode::kRepeat, LoopMode::kNone}) {
    const int64_t end = loop == LoopMode::kNone ? n : 60;
    CheckWalk(Drawn(), {Options(GetParam()), {loop, n, {0, end}}});
    CheckWalk(Drawn(), {Options(GetParam()), {loop, n, {17, std::min<int64_t>(end, 40)}}});
  }
}

TEST_P(AllModes, WorkWithOneAndTwoFrames) {
  for (const int count : {1, 2}) {
    for (const LoopMode loop : {LoopMode::kPingPong, LoopMode::kRepeat}) {
      CheckWalk(FirstFrames(count), {Options(GetParam(), 1, 0), {loop, count, {0, 9}}});
    }
  }
}

TEST_P(AllModes, TakeFramesBackFromOtherThreads) {
  const FrameSequence sequence{LoopMode::kPingPong, 24, {0, 70}};
  const auto store = OpenFrameStore(Drawn(), Options(GetParam(), 5, 0), sequence);
  const auto reader = store->Open(Walk(sequence, 6, 2));
  BoundedQueue<SourceFrame> queue(2);
  std::vector<std::jthread> users;
  for (int t = 0; t < 3; ++t) {
    users.emplace_back([&queue, t] {
      while (auto source = queue.Pop()) {
        const int frame = source->frame.source_index;
        Scribble(*source, Drawn()->rectangles()[static_cast<size_t>(frame)],
                 static_cast<uint8_t>(t));
      }
    });
  }
  for (int64_t i = 0; i < sequence.size(); ++i) {
    SourceFrame source = reader->Next();
    const int frame = sequence.At(i);
    const Rect& rect = Drawn()->rectangles()[static_cast<size_t>(frame)];
    ASSERT_EQ(Visible(source, rect), Expected(*Drawn(), frame)) << i;
    queue.Push(std::move(source));
  }
  queue.Close();
}

TEST_P(AllModes, ServeSeveralReadersAtOnce) {
  const FrameSequence sequence{LoopMode::kPingPong, 24, {0, 50}};
  const auto store = OpenFrameStore(Drawn(), Options(GetParam(), 5, 0), sequence);
  for (int f = 0; f < 24; ++f) Expected(*Drawn(), f);
  std::vector<std::jthread> sessions;
  for (int t = 0; t < 3; ++t) {
    sessions.emplace_back([&store, &sequence, t] {
      const auto reader = store->Open(Walk(sequence, 3, 1));
      std::deque<SourceFrame> held;
      for (int64_t i = 0; i < sequence.size(); ++i) {
        if (held.size() == 3) held.pop_front();
        held.push_back(reader->Next());
        const int frame = sequence.At(i);
        const Rect& rect = Drawn()->rectangles()[static_cast<size_t>(frame)];
        ASSERT_EQ(Visible(held.back(), rect), Expected(*Drawn(), frame));
        Scribble(held.back(), rect, static_cast<uint8_t>(t));
      }
    });
  }
}

TEST_P(AllModes, NameFileAndFrameOfDamage) {
  const auto folder = testing::EmptyFolder();
  std::filesystem::copy(testing::DrawnPackage(), folder, std::filesystem::copy_options::recursive);
  for (const std::string name : {"full_body_video.mp4", "rois_320_video.mp4"}) {
    const auto path = folder / name;
    testing::DamageMiddle(testing::DrawnPackage() / name, path);
    const auto avatar = MakeAvatar(ReadVideoPackage(folder));
    const FrameSequence sequence{LoopMode::kPingPong, 24, {0, 40}};
    const Error error = ErrorOf([&] {
      const auto store = OpenFrameStore(avatar, Options(GetParam(), 3, 0), sequence);
      const auto reader = store->Open(Walk(sequence, 2));
      for (int64_t i = 0; i < sequence.size(); ++i) {
        const SourceFrame source = reader->Next();
        const int frame = source.frame.source_index;
        ASSERT_EQ(Visible(source, Drawn()->rectangles()[static_cast<size_t>(frame)]),
                  Expected(*Drawn(), frame));
      }
    });
    EXPECT_EQ(error.code(), ErrorCode::kBadPackage);
    EXPECT_TRUE(Contains(error, path.string() + ": frame ")) << error.what();
    std::filesystem::copy(testing::DrawnPackage() / name, path,
                          std::filesystem::copy_options::overwrite_existing);
  }
}

TEST_P(AllModes, NameAFileThatIsGone) {
  const auto folder = testing::EmptyFolder();
  std::filesystem::copy(testing::DrawnPackage(), folder, std::filesystem::copy_options::recursive);
  const auto avatar = MakeAvatar(ReadVideoPackage(folder));
  std::filesystem::remove(folder / "crops_328_video.mp4");
  const FrameSequence sequence{LoopMode::kNone, 24, {0, 24}};
  const Error error = ErrorOf([&] {
    const auto store = OpenFrameStore(avatar, Options(GetParam()), sequence);
    store->Open(Walk(sequence))->Next();
  });
  EXPECT_EQ(error.code(), ErrorCode::kBadPackage);
  EXPECT_TRUE(Contains(error, "crops_328_video.mp4")) << error.what();
}

TEST_P(AllModes, StopWhenCancelled) {
  const FrameSequence sequence{LoopMode::kPingPong, 24, {0, 1000}};
  std::atomic<bool> cancel{false};
  const auto store = OpenFrameStore(Drawn(), Options(GetParam(), 3, 0), sequence);
  FrameReaderOptions options = Walk(sequence, 2);
  options.cancel = CancelToken(&cancel);
  const auto reader = store->Open(options);
  reader->Next();
  cancel = true;
  const auto start = std::chrono::steady_clock::now();
  const Error error = ErrorOf([&] {
    for (int i = 0; i < 100; ++i) reader->Next();
  });
  EXPECT_EQ(error.code(), ErrorCode::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(500));
}

TEST_P(AllModes, CanBeDestroyedAtAnyMoment) {
  const FrameSequence sequence{LoopMode::kPingPong, 24, {5, 500}};
  for (const int count : {0, 1, 2, 5, 9, 18, 19, 27}) {
    const auto store = OpenFrameStore(Drawn(), Options(GetParam(), 4, 0), sequence);
    const auto reader = store->Open(Walk(sequence, 2));
    for (int i = 0; i < count; ++i) reader->Next();
    if (count % 2 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
}

TEST_P(AllModes, CountBytesAndTime) {
  const FrameSequence sequence{LoopMode::kPingPong, 24, {0, 50}};
  const auto store = OpenFrameStore(Drawn(), Options(GetParam(), 3, 0), sequence);
  {
    const auto reader = store->Open(Walk(sequence, 2));
    for (int64_t i = 0; i < sequence.size(); ++i) reader->Next();
  }
  const double parts = 426 * 240 * 1.5 + 2 * (320 * 320 * 1.5) + 3 * 8 * (328 + 320);
  EXPECT_NEAR(store->bytes_per_frame(), parts, 4 * 64);
  const double frames = static_cast<double>(store->peak_bytes()) / store->bytes_per_frame();
  const std::map<CacheMode, double> most{{CacheMode::kRam, 24},
                                         {CacheMode::kChunk, 6},
                                         {CacheMode::kStream, 3},
                                         {CacheMode::kDisk, 1}};
  EXPECT_GE(frames, 1);
  EXPECT_LE(frames, most.at(GetParam()));
  EXPECT_GT(store->decode_seconds(), 0);
  EXPECT_EQ(store->mode(), GetParam());
}

TEST(FrameStore, ReadsImageFoldersAsBgrFacesInFullRange) {
  const auto folder = testing::EmptyFolder();
  Package package = ReadVideoPackage(testing::DrawnPackage());
  package.root = folder;
  package.frame_count = 7;
  package.rectangles.resize(7);
  package.color.range = ColorRange::kFull;
  const auto to_images = [&](PictureSource& source, const std::string& name,
                             const std::string& suffix) {
    std::filesystem::create_directories(folder / name);
    testing::Ffmpeg("-i '" + source.path.string() + "' -frames:v 7 -q:v 2 '" +
                    (folder / name / ("%d." + suffix)).string() + "'");
    source.path = folder / name;
    source.video.reset();
    for (int i = 1; i <= 7; ++i) {
      source.images.push_back(folder / name / (std::to_string(i) + "." + suffix));
    }
    source.frame_count = 7;
  };
  to_images(package.full_body, "full_body_img", "jpg");
  to_images(package.crops, "crops_328", "jpg");
  to_images(package.rois, "rois_320", "png");
  to_images(package.model_inputs, "model_inputs", "jpg");
  const auto avatar = MakeAvatar(std::move(package));
  for (const CacheMode mode : kModes) {
    CheckWalk(avatar, {Options(mode, 2, 0), {LoopMode::kPingPong, 7, {0, 20}}, 2});
  }
  const FrameSequence sequence{LoopMode::kNone, 7, {4, 5}};
  const auto store = OpenFrameStore(avatar, Options(CacheMode::kRam), sequence);
  const auto reader = store->Open(Walk(sequence));
  const SourceFrame source = reader->Next();
  EXPECT_EQ(source.frame.picture().range, ColorRange::kFull);
  EXPECT_EQ(source.face.roi.format, PixelFormat::kBgrPlanar);

  std::filesystem::resize_file(folder / "model_inputs" / "5.jpg", 2000);
  const auto damaged = OpenFrameStore(avatar, Options(CacheMode::kRam), sequence);
  const Error error = ErrorOf([&] { damaged->Open(Walk(sequence))->Next(); });
  EXPECT_EQ(error.code(), ErrorCode::kBadPackage);
  EXPECT_TRUE(Contains(error, "5.jpg")) << error.what();
  EXPECT_TRUE(Contains(error, "(frame 4)")) << error.what();
}

}  // namespace
}  // namespace mouthpiece

#include "store/frame_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <iterator>
#include <map>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "base/bounded_queue.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/fixtures.h"
#include "support/pictures.h"
#include "support/video_package.h"

#ifdef __SANITIZE_THREAD__
// FFmpeg's libraries are not instrumented: how its decoder threads hand buffers over is not seen.
extern "C" const char* __tsan_default_suppressions() {
  return "race:libavcodec.so\nrace:libavutil.so\n";
}
#endif

namespace mouthpiece {
namespace {

using testing::Contains;
using testing::ErrorOf;
using testing::MakeAvatar;
using testing::ReadVideoPackage;

constexpr CacheMode kModes[] = {CacheMode::kRam, CacheMode::kChunk, CacheMode::kStream,
                                CacheMode::kDisk};

const char* NameOf(CacheMode mode) {
  constexpr const char* kNames[] = {"ram", "chunk", "stream", "disk"};
  return kNames[std::find(std::begin(kModes), std::end(kModes), mode) - std::begin(kModes)];
}

std::shared_ptr<const Avatar> Drawn() {
  static const std::shared_ptr<const Avatar> avatar =
      MakeAvatar(ReadVideoPackage(testing::DrawnPackage()));
  return avatar;
}

FrameReaderOptions Walk(const FrameSequence& sequence, int in_flight = 16, int threads = 2) {
  FrameReaderOptions options;
  options.sequence = sequence;
  options.frames_in_flight = in_flight;
  options.threads = threads;
  return options;
}

/// The drawn package with only its first frames.
std::shared_ptr<const Avatar> FirstFrames(int count) {
  Package package = ReadVideoPackage(testing::DrawnPackage());
  package.frame_count = count;
  package.rectangles.resize(static_cast<size_t>(count));
  return MakeAvatar(std::move(package));
}

void Append(std::vector<uint8_t>& bytes, const std::vector<uint8_t>& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

/// Everything of a source frame but the rectangle, which may hold what an earlier lease wrote.
std::vector<uint8_t> Visible(const SourceFrame& source, Rect rect) {
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
  Append(bytes, testing::Samples(source.face.roi));
  Append(bytes, testing::Samples(source.face.masked));
  const uint8_t* ring = source.face.ring.data;
  bytes.insert(bytes.end(), ring, ring + RingView::Bytes(source.face.ring.geometry));
  return bytes;
}

/// Writes all that a compositor may write.
void Scribble(const SourceFrame& source, Rect rect, uint8_t value) {
  for (int p = 0; p < 3; ++p) {
    if (p == 1) rect = {rect.x1 / 2, rect.y1 / 2, (rect.x2 + 1) / 2, (rect.y2 + 1) / 2};
    const Plane& plane = source.frame.picture().planes[p];
    for (int y = rect.y1; y < rect.y2; ++y) {
      std::fill(plane.row(y) + rect.x1, plane.row(y) + rect.x2, value);
    }
  }
}

/// Whole frames, as the disk store reads them: with it nothing was ever written to.
const std::vector<uint8_t>& Expected(const Avatar& avatar, int frame) {
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

struct Case {
  StoreOptions options;
  FrameSequence sequence;
  int in_flight = 4;
  int threads = 2;
};

/// Walks a store as a session does: holds frames, writes into them, lets go of the oldest.
void CheckWalk(const std::shared_ptr<const Avatar>& avatar, const Case& c) {
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

StoreOptions Options(CacheMode mode, int chunk_frames = 500, uint64_t budget = uint64_t{2} << 30) {
  StoreOptions options;
  options.mode = mode;
  options.chunk_frames = chunk_frames;
  options.memory_budget = budget;
  options.threads = 2;
  return options;
}

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

using WindowCase = std::tuple<CacheMode, int, int>;  // mode, chunk frames, frames in flight

class Windows : public ::testing::TestWithParam<WindowCase> {};

TEST_P(Windows, OfAnySizeGiveTheSameFrames) {
  const auto [mode, chunk_frames, in_flight] = GetParam();
  // Without a budget a stream holds no more than the caller and one frame.
  const StoreOptions options = Options(mode, chunk_frames, 0);
  CheckWalk(Drawn(), {options, {LoopMode::kPingPong, 24, {0, 80}}, in_flight, 2});
  CheckWalk(Drawn(), {options, {LoopMode::kPingPong, 24, {30, 55}}, in_flight, 1});
  CheckWalk(Drawn(), {options, {LoopMode::kRepeat, 24, {23, 60}}, in_flight, 4});
  CheckWalk(Drawn(), {options, {LoopMode::kRepeat, 24, {100, 101}}, in_flight, 2});
}

INSTANTIATE_TEST_SUITE_P(
    FrameStore, Windows,
    ::testing::Values(WindowCase{CacheMode::kChunk, 1, 1}, WindowCase{CacheMode::kChunk, 1, 5},
                      WindowCase{CacheMode::kChunk, 3, 4}, WindowCase{CacheMode::kChunk, 7, 2},
                      WindowCase{CacheMode::kChunk, 7, 16}, WindowCase{CacheMode::kChunk, 13, 3},
                      WindowCase{CacheMode::kStream, 1, 1}, WindowCase{CacheMode::kStream, 1, 2},
                      WindowCase{CacheMode::kStream, 1, 9}, WindowCase{CacheMode::kStream, 1, 22}),
    [](const auto& test) {
      return std::string(NameOf(std::get<0>(test.param))) + "_" +
             std::to_string(std::get<1>(test.param)) + "_" +
             std::to_string(std::get<2>(test.param));
    });

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

TEST(WindowStore, WorksAndSaysSoWithoutAScratchFile) {
  setenv("TMPDIR", (testing::EmptyFolder() / "missing").c_str(), 1);
  for (const CacheMode mode : {CacheMode::kChunk, CacheMode::kStream}) {
    std::vector<std::string> messages;
    StoreOptions options = Options(mode, 5, 0);
    options.message = [&messages](const std::string& line) { messages.push_back(line); };
    CheckWalk(Drawn(), {options, {LoopMode::kNone, 24, {0, 24}}, 4});
    EXPECT_TRUE(messages.empty());
    CheckWalk(Drawn(), {options, {LoopMode::kPingPong, 24, {0, 60}}, 4});
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_NE(messages[0].find(": frames are decoded for every use: "), std::string::npos);
  }
  unsetenv("TMPDIR");
}

TEST(RamStore, PreloadsOnlyWhatTheWalkShows) {
  const FrameSequence sequence{LoopMode::kRepeat, 24, {22, 27}};
  const auto store = OpenFrameStore(Drawn(), Options(CacheMode::kRam), sequence);
  EXPECT_EQ(store->peak_bytes(), static_cast<uint64_t>(5 * store->bytes_per_frame()));
  const auto reader = store->Open(Walk({LoopMode::kRepeat, 24, {0, 24}}));
  for (int i = 0; i < 3; ++i) reader->Next();
  EXPECT_TRUE(Contains(ErrorOf([&] { reader->Next(); }), "frame 3 was not preloaded"));
}

TEST(RamStore, LendsFramesBeforeAllAreThere) {
  const FrameSequence sequence{LoopMode::kPingPong, 24, {20, 70}};  // turns after three frames
  const auto store = OpenFrameStore(Drawn(), Options(CacheMode::kRam), sequence);
  const auto reader = store->Open(Walk(sequence));
  for (int i = 0; i < 10; ++i) reader->Next();
  const double so_far = store->preload_seconds();
  for (int64_t i = 10; i < sequence.size(); ++i) reader->Next();
  const double seconds = store->preload_seconds();
  EXPECT_GT(so_far, 0);
  EXPECT_GE(seconds, so_far);
  EXPECT_EQ(store->preload_seconds(), seconds) << "it has ended";
}

TEST(RamStore, PreloadsWithAnyNumberOfThreads) {
  for (const int threads : {1, 2, 3, 7, 20}) {
    StoreOptions options = Options(CacheMode::kRam);
    options.threads = threads;
    CheckWalk(Drawn(), {options, {LoopMode::kPingPong, 24, {0, 50}}});
    CheckWalk(Drawn(), {options, {LoopMode::kPingPong, 24, {30, 33}}});
  }
}

}  // namespace
}  // namespace mouthpiece

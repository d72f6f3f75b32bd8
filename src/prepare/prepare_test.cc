#include "mouthpiece/prepare.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "store/prepared_frames.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/fixtures.h"
#include "support/package.h"
#include "support/store_walk.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;
using testing::CheckWalk;
using testing::NamesIn;
using testing::Options;
using testing::ReadVideoPackage;
using testing::TestPackage;

std::shared_ptr<const Avatar> AvatarIn(const fs::path& root) {
  Package package = ReadVideoPackage(root);
  package.generator = testing::GeneratorOf(root);
  return testing::MakeAvatar(std::move(package));
}

/// A copy of the drawn package with its frames prepared.
class PreparedTest : public ::testing::Test {
 protected:
  std::unique_ptr<PreparedFrames> Find() {
    const Package& package = PackageOf(*avatar_);
    return PreparedFrames::Find(package, FrameLayout(package));
  }

  StoreOptions With(CacheMode mode) {
    StoreOptions options = Options(mode, 7);
    options.prepared = Find();
    return options;
  }

  /// Overwrites a byte of the file.
  static void Damage(const fs::path& file, uint64_t at) {
    std::vector<uint8_t> bytes = testing::ReadBytes(file);
    bytes.at(at) ^= 1;
    testing::WriteBytes(file, bytes);
  }

  const TestPackage package_;
  const std::shared_ptr<const Avatar> avatar_ = AvatarIn(package_.path());
  const Prepared prepared_ = Prepare(*avatar_, {.threads = 2});
};

TEST_F(PreparedTest, LiesInThePackageAndIsAsLongAsWasSaid) {
  EXPECT_EQ(prepared_.file.parent_path(), package_.path());
  EXPECT_TRUE(prepared_.is_there);
  EXPECT_EQ(fs::file_size(prepared_.file), prepared_.bytes);
  const Prepared found = FindPrepared(*avatar_);
  EXPECT_TRUE(found.is_there);
  EXPECT_EQ(found.file, prepared_.file);
}

TEST_F(PreparedTest, GivesTheFramesOfTheVideosInEveryMode) {
  for (const CacheMode mode : testing::kModes) {
    SCOPED_TRACE(testing::NameOf(mode));
    const auto store = OpenFrameStore(avatar_, With(mode), {LoopMode::kNone, 24, {0, 24}});
    EXPECT_EQ(store->prepared_file().empty(), mode == CacheMode::kDisk);
    CheckWalk(avatar_, {With(mode), {LoopMode::kPingPong, 24, {0, 120}}});
    CheckWalk(avatar_, {With(mode), {LoopMode::kRepeat, 24, {20, 90}}, 9});
  }
}

TEST_F(PreparedTest, IsNeverWrittenTo) {
  const std::vector<uint8_t> before = testing::ReadBytes(prepared_.file);
  CheckWalk(avatar_, {With(CacheMode::kRam), {LoopMode::kPingPong, 24, {0, 100}}});
  EXPECT_EQ(testing::ReadBytes(prepared_.file), before);
}

TEST_F(PreparedTest, NeedsNoVideoToBeDecoded) {
  const auto store = OpenFrameStore(avatar_, With(CacheMode::kRam), {LoopMode::kNone, 24, {0, 24}});
  fs::resize_file(package_.path() / "full_body_video.mp4", 100);
  const auto reader = store->Open(testing::Walk({LoopMode::kNone, 24, {0, 24}}));
  for (int i = 0; i < 24; ++i) EXPECT_EQ(reader->Next().frame.source_index, i);
}

TEST_F(PreparedTest, TakesOnlyTheMemoryOfLentFrames) {
  const auto cost = [&](const StoreOptions& options) {
    return EstimateStoreCost(*avatar_, CacheMode::kRam, options, 24).bytes;
  };
  const uint64_t prepared = cost(With(CacheMode::kRam));
  const uint64_t decoded = cost(Options(CacheMode::kRam));
  EXPECT_EQ(decoded - prepared, 8 * FrameLayout(PackageOf(*avatar_)).bytes());
}

TEST_F(PreparedTest, PartsThatAreDamagedAreDecodedAgain) {
  const FrameLayout layout(PackageOf(*avatar_));
  const auto frames = Find();
  const auto offset = [&](int frame, FramePart part) {
    const uint8_t* const begin = frames->block(0);
    const uint64_t first = prepared_.bytes - 24 * static_cast<uint64_t>(frames->block(1) - begin);
    return first +
           static_cast<uint64_t>(PartBytes(layout, part, frames->block(frame)).data() - begin);
  };
  Damage(prepared_.file, offset(3, FramePart::kFull) + 1000);
  Damage(prepared_.file, offset(3, FramePart::kRing) + 5);
  Damage(prepared_.file, offset(17, FramePart::kRoi));
  Damage(prepared_.file, offset(23, FramePart::kMasked) + 77);
  std::vector<std::string> messages;
  for (const CacheMode mode : testing::kModes) {
    SCOPED_TRACE(testing::NameOf(mode));
    StoreOptions options = With(mode);
    messages.clear();
    options.message = [&](const std::string& text) { messages.push_back(text); };
    CheckWalk(avatar_, {options, {LoopMode::kPingPong, 24, {0, 100}}});
    if (mode == CacheMode::kDisk) continue;
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_NE(messages[0].find(prepared_.file.string() + ": frame "), std::string::npos)
        << messages[0];
  }
}

TEST_F(PreparedTest, IsNotTakenWhenItIsNotWhatItSays) {
  const std::vector<uint8_t> whole = testing::ReadBytes(prepared_.file);
  for (const uint64_t at : {0, 30, 90, 100, 105, 110, 500}) {
    Damage(prepared_.file, at);
    EXPECT_EQ(Find(), nullptr) << at;
    testing::WriteBytes(prepared_.file, whole);
  }
  EXPECT_NE(Find(), nullptr);
  for (const uint64_t size :
       {uint64_t{0}, uint64_t{4096}, prepared_.bytes - 1, prepared_.bytes + 1}) {
    fs::resize_file(prepared_.file, size);
    EXPECT_EQ(Find(), nullptr) << size;
    testing::WriteBytes(prepared_.file, whole);
  }
}

TEST_F(PreparedTest, IsNotTakenForOtherPicturesAndMadeAnew) {
  const fs::path video = package_.path() / "rois_320_video.mp4";
  fs::last_write_time(video, fs::last_write_time(video) + std::chrono::seconds(1));
  EXPECT_FALSE(FindPrepared(*avatar_).is_there);
  const Prepared again = Prepare(*avatar_);
  EXPECT_NE(again.file, prepared_.file);
  EXPECT_FALSE(fs::exists(prepared_.file)) << "the old one is of no use any more";
  EXPECT_TRUE(RemovePrepared(*avatar_));
  EXPECT_FALSE(RemovePrepared(*avatar_));
  EXPECT_FALSE(FindPrepared(*avatar_).is_there);
}

TEST_F(PreparedTest, IsMadeOnceUnlessAskedFor) {
  const auto inode = [&] {
    struct stat status {};
    stat(prepared_.file.c_str(), &status);
    return status.st_ino;
  };
  const ino_t before = inode();
  Prepare(*avatar_);
  EXPECT_EQ(inode(), before);
  Prepare(*avatar_, {.remake = true});
  EXPECT_NE(inode(), before);
}

TEST(Prepare, LeavesNothingBehindWhenItFails) {
  const TestPackage package;
  const auto avatar = AvatarIn(package.path());
  const std::vector<std::string> before = NamesIn(package.path());
  std::atomic<bool> cancel = true;
  const Error cancelled = testing::ErrorOf([&] { Prepare(*avatar, {}, {.cancel = &cancel}); });
  EXPECT_EQ(cancelled.code(), ErrorCode::kCancelled);
  fs::resize_file(package.path() / "crops_328_video.mp4", 1000);
  const Error broken = testing::ErrorOf([&] { Prepare(*avatar); });
  EXPECT_TRUE(testing::Contains(broken, "crops_328_video.mp4")) << broken.what();
  EXPECT_EQ(NamesIn(package.path()), before);
}

TEST(Prepare, TellsHowFarItIs) {
  const TestPackage package;
  std::vector<int64_t> done;
  const auto tell = [&](const Progress& progress) {
    EXPECT_EQ(progress.phase, Progress::Phase::kPreparing);
    EXPECT_EQ(progress.total, 24);
    done.push_back(progress.done);
  };
  Prepare(*AvatarIn(package.path()), {}, {.progress = tell});
  ASSERT_EQ(done.size(), 24u);
  EXPECT_EQ(done.back(), 24);
}

}  // namespace
}  // namespace mouthpiece

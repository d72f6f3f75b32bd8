#include "store/prepared_backgrounds.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "store/frame_store.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/package.h"
#include "support/video_package.h"
#include "support/whole_frames.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;
using testing::WholeFrames;

class PreparedBackgroundsTest : public ::testing::Test {
 protected:
  PreparedBackgroundsTest() { Write(); }

  const Package& package() const { return PackageOf(*avatar_); }

  std::shared_ptr<WholeFrames> Keeper() const {
    return std::make_shared<WholeFrames>(avatar_->width(), avatar_->height());
  }

  void Write() {
    WritePreparedBackgrounds(package(), *Keeper(), file_, 2, {},
                             [this](int done) { EXPECT_EQ(done, ++told_); });
  }

  /// Shows all frames; returns what the keeper has got.
  std::shared_ptr<WholeFrames> Show(std::shared_ptr<const PreparedBackgrounds> backgrounds) const {
    const std::shared_ptr<WholeFrames> keeper = Keeper();
    const int frames = avatar_->frame_count();
    const FrameSequence all{LoopMode::kNone, frames, {0, frames}};
    StoreOptions options;
    options.threads = 2;
    options.keeper = keeper;
    options.backgrounds = std::move(backgrounds);
    const auto store = OpenFrameStore(avatar_, options, all);
    const auto reader = store->Open({.sequence = all, .cancel = {}});
    for (int i = 0; i < frames; ++i) reader->Next();
    return keeper;
  }

  const testing::TestPackage folder_;
  const std::shared_ptr<const Avatar> avatar_ =
      testing::MakeAvatar(testing::ReadVideoPackage(folder_.path()));
  const fs::path file_ = BackgroundsPaths(package(), Keeper()->FormName()).front();
  int told_ = 0;
};

TEST_F(PreparedBackgroundsTest, StandForTheFrames) {
  EXPECT_EQ(told_, avatar_->frame_count());
  const auto found = PreparedBackgrounds::Find(package(), Keeper()->FormName());
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->path(), file_);
  EXPECT_EQ(found->bytes(), fs::file_size(file_));
  const auto with = Show(found);
  const auto without = Show(nullptr);
  EXPECT_EQ(with->forms(), avatar_->frame_count());
  EXPECT_EQ(without->forms(), 0);
  EXPECT_EQ(with->frames(), without->frames());
}

TEST_F(PreparedBackgroundsTest, ThatAreDamagedAreMadeOfTheFrame) {
  std::vector<uint8_t> bytes = testing::ReadBytes(file_);
  bytes.back() ^= 1;
  testing::WriteBytes(file_, bytes);
  const auto with = Show(PreparedBackgrounds::Find(package(), Keeper()->FormName()));
  EXPECT_EQ(with->forms(), avatar_->frame_count() - 1);
  EXPECT_EQ(with->frames(), Show(nullptr)->frames());
}

TEST_F(PreparedBackgroundsTest, AreNotTakenWhenTheFileIsNotWhatItSays) {
  const std::vector<uint8_t> whole = testing::ReadBytes(file_);
  const auto is_found = [&] {
    return PreparedBackgrounds::Find(package(), Keeper()->FormName()) != nullptr;
  };
  for (const size_t at : {0, 40, 96, 104, 112, 120, 130}) {
    std::vector<uint8_t> damaged = whole;
    damaged[at] ^= 1;
    testing::WriteBytes(file_, damaged);
    EXPECT_FALSE(is_found()) << at;
  }
  for (const size_t size : {size_t{0}, size_t{100}, size_t{500}, whole.size() - 1}) {
    testing::WriteBytes(file_, {whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)});
    EXPECT_FALSE(is_found()) << size;
  }
  testing::WriteBytes(file_, whole);
  EXPECT_TRUE(is_found());
}

TEST_F(PreparedBackgroundsTest, AreOfOneFormAndOfTheRectangles) {
  EXPECT_EQ(PreparedBackgrounds::Find(package(), "another"), nullptr);
  Package moved = package();
  ++moved.rectangles.back().y2;
  EXPECT_EQ(PreparedBackgrounds::Find(moved, Keeper()->FormName()), nullptr);
}

TEST_F(PreparedBackgroundsTest, LeaveNothingBehindWhenTheyAreCancelled) {
  fs::remove(file_);
  const std::vector<std::string> before = testing::NamesIn(folder_.path());
  const std::atomic<bool> cancel = true;
  EXPECT_EQ(testing::ErrorOf([&] {
              WritePreparedBackgrounds(package(), *Keeper(), file_, 1, CancelToken(&cancel), {});
            }).code(),
            ErrorCode::kCancelled);
  EXPECT_EQ(testing::NamesIn(folder_.path()), before);
}

}  // namespace
}  // namespace mouthpiece

#include "import/dataset.h"

#include "support/dataset.h"
#include "support/errors.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;
using testing::ExpectError;
using testing::TestDataset;

void ExpectRefused(const TestDataset& dataset, std::initializer_list<std::string> parts) {
  ExpectError(ErrorCode::kBadMedia, parts, [&] { ReadDataset(dataset.path()); });
}

TEST(Dataset, IsListedByFrame) {
  const TestDataset folder(12);
  const Dataset dataset = ReadDataset(folder.path());
  EXPECT_EQ(dataset.frame_count(), 12);
  EXPECT_EQ(dataset.width, 64);
  EXPECT_EQ(dataset.height, 48);
  EXPECT_EQ(dataset.images[10].filename(), "10.png");
  EXPECT_EQ(dataset.rectangles[10], TestDataset::RectOf(10));
  EXPECT_TRUE(dataset.parsing.empty());
  EXPECT_TRUE(dataset.features.empty());
}

TEST(Dataset, TakesParsingAndFeaturesWhereTheyAre) {
  const TestDataset folder(3);
  folder.Write("aud_ave.npy", "x");
  for (int i = 0; i < 3; ++i) folder.WritePng("parsing/" + std::to_string(i) + ".png");
  const Dataset dataset = ReadDataset(folder.path());
  EXPECT_EQ(dataset.parsing.size(), 3U);
  EXPECT_EQ(dataset.features, folder / "aud_ave.npy");
  fs::remove(folder / "parsing/2.png");
  ExpectRefused(folder, {"parsing/2.png: is missing", "none for 2.png"});
}

TEST(Dataset, LeavesOtherFilesAside) {
  const TestDataset folder(3);
  for (const char* name : {"full_body_img/x3.png", "full_body_img/x.png", "full_body_img/3.txt",
                           "full_body_img/-3.png", "landmarks/7.lms"}) {
    folder.Write(name, "not looked at");
  }
  EXPECT_EQ(ReadDataset(folder.path()).frame_count(), 3);
}

TEST(Dataset, WithAHoleIsRefused) {
  const TestDataset folder(4);
  fs::remove(folder / "full_body_img/2.png");
  ExpectRefused(folder, {"full_body_img/2.png: is missing", "files 0 to 3", "3 of them"});
  fs::remove(folder / "full_body_img/0.png");
  ExpectRefused(folder, {"full_body_img/2.png: is missing", "files 1 to 3"});
}

TEST(Dataset, WithTwoPicturesOfAFrameIsRefused) {
  const TestDataset folder(2);
  folder.Write("full_body_img/1.jpg", "x");
  ExpectRefused(folder, {"gives number 1 twice", "1.jpg and 1.png"});
}

TEST(Dataset, WithoutAPartIsRefused) {
  const TestDataset folder(2);
  fs::remove(folder / "landmarks/1.lms");
  ExpectRefused(folder, {"landmarks/1.lms: is missing", "none for 1.png"});
  fs::remove_all(folder / "landmarks");
  ExpectRefused(folder, {"landmarks/0.lms: is missing"});
  fs::remove_all(folder / "full_body_img");
  ExpectRefused(folder, {"full_body_img"});
  fs::create_directory(folder / "full_body_img");
  ExpectRefused(folder, {"full_body_img: holds no frame"});
  ExpectError(ErrorCode::kBadMedia, {"nowhere"}, [&] { ReadDataset(folder / "nowhere"); });
}

TEST(Dataset, OfDifferingSizesIsRefused) {
  const TestDataset folder(3);
  folder.WritePng("full_body_img/1.png", 64, 50);
  ExpectRefused(folder, {"1.png: has a wrong size", "64x48 as 0.png", "64x50"});
}

TEST(Dataset, OfDifferingParsingSizesIsRefused) {
  const TestDataset folder(2);
  folder.WritePng("parsing/0.png");
  folder.WritePng("parsing/1.png", 32, 48);
  ExpectRefused(folder, {"parsing/1.png: has a wrong size", "64x48", "32x48"});
}

TEST(Dataset, ErrorsOfLandmarksNameTheirFile) {
  const TestDataset folder(3);
  folder.Write("landmarks/2.lms", "1 2\n3\n");
  ExpectRefused(folder, {"landmarks/2.lms: line 2 is wrong"});
}

}  // namespace
}  // namespace mouthpiece

#include "sink/jpeg_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "jpeg/jpeg_encoder.h"

namespace mouthpiece {
namespace {

constexpr Rect kRect{3, 4, 20, 21};

std::vector<uint8_t> MakeFile(uint8_t grey) {
  Picture picture(PixelFormat::kYuv420, ColorRange::kFull, 64, 48);
  std::fill_n(picture.view().planes[0].data, picture.bytes(), grey);
  JpegEncoder encoder(90, 2);
  const std::span<const uint8_t> file = encoder.Encode(picture.view());
  return {file.begin(), file.end()};
}

bool Holds(const JpegBackground* background, const std::vector<uint8_t>& file) {
  return background != nullptr && std::ranges::equal(background->file(), file);
}

TEST(JpegCache, FindsWhatWasAddedForTheSameSourceAndRectangle) {
  JpegCache cache(1 << 20);
  EXPECT_EQ(cache.Find(5, kRect), nullptr);
  cache.Add(5, kRect, MakeFile(10));
  cache.Add(6, kRect, MakeFile(20));
  EXPECT_TRUE(Holds(cache.Find(5, kRect), MakeFile(10)));
  EXPECT_TRUE(Holds(cache.Find(6, kRect), MakeFile(20)));
  EXPECT_EQ(cache.Find(7, kRect), nullptr);
  EXPECT_EQ(cache.Find(5, {3, 4, 20, 22}), nullptr);
}

TEST(JpegCache, KeepsTheFirstOfASource) {
  JpegCache cache(1 << 20);
  cache.Add(5, kRect, MakeFile(10));
  const uint64_t bytes = cache.bytes();
  cache.Add(5, kRect, MakeFile(20));
  EXPECT_TRUE(Holds(cache.Find(5, kRect), MakeFile(10)));
  EXPECT_EQ(cache.bytes(), bytes);
}

TEST(JpegCache, StaysWithinItsBudget) {
  const uint64_t one = JpegBackground(MakeFile(10)).bytes();
  for (const auto& [budget, kept] :
       {std::pair<uint64_t, int>{0, 0}, {one - 1, 0}, {one, 1}, {one * 3 - 1, 2}, {one * 3, 3}}) {
    JpegCache cache(budget);
    for (int i = 0; i < 5; ++i) cache.Add(i, kRect, MakeFile(10));
    EXPECT_EQ(cache.bytes(), one * static_cast<uint64_t>(kept));
    for (int i = 0; i < 5; ++i) EXPECT_EQ(cache.Find(i, kRect) != nullptr, i < kept);
  }
}

TEST(JpegCache, IsSharedByThreads) {
  const std::vector<uint8_t> file = MakeFile(10);
  JpegCache cache(JpegBackground(file).bytes() * 50);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 100; ++i) {
          cache.Add(i, kRect, file);
          const JpegBackground* found = cache.Find(i, kRect);
          EXPECT_TRUE(found == nullptr || Holds(found, file));
        }
      });
    }
  }
  EXPECT_EQ(cache.bytes(), JpegBackground(file).bytes() * 50);
}

}  // namespace
}  // namespace mouthpiece

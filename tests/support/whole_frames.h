// Backgrounds for tests of who hands them over.
#ifndef MOUTHPIECE_TESTS_SUPPORT_WHOLE_FRAMES_H_
#define MOUTHPIECE_TESTS_SUPPORT_WHOLE_FRAMES_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "image/background_keeper.h"
#include "support/pictures.h"

namespace mouthpiece::testing {

/// Keeps frames as they are and asks for 16 pixels around rectangles.
class WholeFrames : public BackgroundKeeper {
 public:
  WholeFrames(int width, int height) : width_(width), height_(height) {}

  Rect PartAround(const Rect& rect) const override {
    return {std::max(0, rect.x1 / 2 * 2 - 16), std::max(0, rect.y1 / 2 * 2 - 16),
            std::min(width_, rect.x2 + 16), std::min(height_, rect.y2 + 16)};
  }
  uint64_t ExpectedBytes() const override { return 1000; }
  uint64_t Keep(int source_index, const Rect&, ConstPictureView picture) override {
    std::lock_guard lock(mutex_);
    EXPECT_TRUE(frames_.try_emplace(source_index, Samples(picture)).second) << source_index;
    return 1000;
  }
  std::vector<uint8_t> Form(const Rect&, ConstPictureView picture) override {
    return Samples(picture);
  }
  std::string FormName() const override { return "samples"; }
  uint64_t KeepForm(int source_index, const Rect&, std::span<const uint8_t> form,
                    std::shared_ptr<const void> memory) override {
    std::lock_guard lock(mutex_);
    EXPECT_NE(memory, nullptr);
    ++forms_;
    EXPECT_TRUE(frames_.try_emplace(source_index, form.begin(), form.end()).second);
    return 0;
  }
  const std::map<int, std::vector<uint8_t>>& frames() const { return frames_; }
  int forms() const { return forms_; }

 private:
  const int width_;
  const int height_;
  std::mutex mutex_;
  std::map<int, std::vector<uint8_t>> frames_;
  int forms_ = 0;
};

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_WHOLE_FRAMES_H_

#include "support/pictures.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "image/image.h"

namespace mouthpiece::testing {

FrameLender::FrameLender(int width, int height, ColorRange range, int padding)
    : width_(width), height_(height), range_(range), padding_(padding) {}

Frame FrameLender::Lend(int64_t index) {
  std::lock_guard lock(mutex_);
  auto slot = std::find_if(slots_.begin(), slots_.end(), [](const Slot& s) { return !s.out; });
  if (slot == slots_.end()) {
    Slot fresh;
    fresh.bytes.resize(static_cast<size_t>((width_ + padding_ + 2) * (height_ + 2) * 2));
    fresh.view.range = range_;
    uint8_t* data = fresh.bytes.data();
    for (int p = 0; p < 3; ++p) {
      const int w = p == 0 ? width_ : (width_ + 1) / 2;
      const int h = p == 0 ? height_ : (height_ + 1) / 2;
      fresh.view.planes[p] = {data, w + padding_, w, h};
      data += (w + padding_) * h;
    }
    slots_.push_back(std::move(fresh));
    slot = slots_.end() - 1;
  }
  slot->out = true;
  ++lent_;
  most_out_ = std::max(most_out_, lent_ - returned_);
  DrawPicture(index, slot->view);
  Frame frame(slot->view, this, static_cast<int>(slot - slots_.begin()));
  frame.output_index = index;
  frame.source_index = static_cast<int>(index % 100);
  return frame;
}

void FrameLender::TakeBack(int number) noexcept {
  std::lock_guard lock(mutex_);
  Slot& slot = slots_[static_cast<size_t>(number)];
  returned_twice_ = returned_twice_ || !slot.out;
  slot.out = false;
  std::fill(slot.bytes.begin(), slot.bytes.end(), uint8_t{0x5A});
  ++returned_;
}

int FrameLender::lent() const {
  std::lock_guard lock(mutex_);
  return lent_;
}

int FrameLender::returned() const {
  std::lock_guard lock(mutex_);
  return returned_;
}

int FrameLender::most_out() const {
  std::lock_guard lock(mutex_);
  return most_out_;
}

bool FrameLender::returned_twice() const {
  std::lock_guard lock(mutex_);
  return returned_twice_;
}

void DrawPicture(int64_t index, PictureView picture) {
  const int low = picture.range == ColorRange::kLimited ? 16 : 0;
  const int span = picture.range == ColorRange::kLimited ? 219 : 255;
  for (int p = 0; p < 3; ++p) {
    const Plane& plane = picture.planes[p];
    const int centre = static_cast<int>((index * 3 + 20 * p) % plane.width);
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) {
        int value = 96 * x / plane.width + 64 * y / plane.height + 40;
        if (std::abs(x - centre) < 12 && y > plane.height / 4) value = 210 - p * 60;
        plane.row(y)[x] = static_cast<uint8_t>(low + value * span / 255);
      }
    }
  }
}

std::vector<uint8_t> PictureSamples(int64_t index, int width, int height, ColorRange range) {
  Picture picture(PixelFormat::kYuv420, range, width, height);
  DrawPicture(index, picture.view());
  const uint8_t* data = picture.view().planes[0].data;
  return {data, data + picture.bytes()};
}

std::vector<uint8_t> Samples(ConstPictureView picture) {
  std::vector<uint8_t> samples;
  for (const ConstPlane& plane : picture.planes) {
    for (int y = 0; y < plane.height; ++y) {
      samples.insert(samples.end(), plane.row(y), plane.row(y) + plane.width);
    }
  }
  return samples;
}

double Psnr(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) {
  if (a.size() != b.size() || a.empty()) return 0;
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  if (sum == 0) return 200;
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.size()) / sum);
}

}  // namespace mouthpiece::testing

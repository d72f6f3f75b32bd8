// Frames for devices: drawn pictures, random faces, odd rectangles.
#ifndef MOUTHPIECE_TESTS_SUPPORT_DEVICE_JOB_H_
#define MOUTHPIECE_TESTS_SUPPORT_DEVICE_JOB_H_

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <random>
#include <utility>
#include <vector>

#include "device/device.h"
#include "image/image.h"
#include "support/pictures.h"

namespace mouthpiece::testing {

/// An avatar of random faces, and the sound that it speaks. Thread-safe but for Kept().
class DeviceJob {
 public:
  static constexpr int kWidth = 203;
  static constexpr int kHeight = 131;

  DeviceJob(const std::filesystem::path& model, int side, int faces,
            ColorRange range = ColorRange::kLimited)
      : lender_(kWidth, kHeight, range, 3) {
    std::mt19937 random(17);
    const auto between = [&](int low, int high) {
      return std::uniform_int_distribution<int>(low, high)(random);
    };
    package_.generator = model;
    package_.geometry.inner = side;
    package_.geometry.crop = side + 8;
    package_.frame_count = faces;
    for (int i = 0; i < faces; ++i) {
      for (auto* pictures : {&rois_, &masked_}) {
        Picture& picture =
            pictures->emplace_back(PixelFormat::kBgrPlanar, ColorRange::kFull, side, side);
        uint8_t* const samples = picture.view().planes[0].data;
        for (size_t at = 0; at < picture.bytes(); ++at)
          samples[at] = static_cast<uint8_t>(random());
      }
      rings_.emplace_back(RingView::Bytes(package_.geometry));
      for (uint8_t& sample : rings_.back()) sample = static_cast<uint8_t>(random());
      const int x1 = between(0, kWidth - 40);
      const int y1 = between(0, kHeight - 40);
      package_.rectangles.push_back({x1, y1, between(x1 + 1, kWidth), between(y1 + 1, kHeight)});
    }
  }

  const Package& package() const { return package_; }
  const Rect& rect(int face) const { return package_.rectangles[static_cast<size_t>(face)]; }

  /// Keeps pixels of each rectangle as they are.
  void Keep() {
    for (const Rect& rect : package_.rectangles) {
      std::vector<KeptPixels::Span> spans;
      for (int y = rect.y1; y < rect.y2; y += 2 + y % 2) {
        spans.push_back({y, rect.x1 + rect.width() / 3, rect.x2 - rect.width() / 4});
      }
      package_.kept.Append(rect, spans);
    }
  }

  /// Output frame `index`: of face `face`. With `in_part`, of its picture only what is around the
  /// rectangle is there.
  SourceFrame Frame(int index, int face, bool in_part = false) {
    SourceFrame source;
    source.frame = lender_.Lend(index);
    source.frame.source_index = face;
    const auto at = static_cast<size_t>(face);
    source.face = {rois_[at].view(), masked_[at].view(), {rings_[at].data(), package_.geometry}};
    source.kept = package_.kept.Of(face);
    if (in_part) {
      const Rect& whole = rect(face);
      const Rect part{whole.x1 / 4 * 2, whole.y1 / 4 * 2, kWidth, kHeight};
      PictureView view = source.frame.picture();
      for (int p = 0; p < 3; ++p) {
        Plane& plane = view.planes[p];
        const int x = p == 0 ? part.x1 : part.x1 / 2;
        const int y = p == 0 ? part.y1 : part.y1 / 2;
        plane.data = plane.row(y) + x;
        plane.width -= x;
        plane.height -= y;
      }
      source.frame.Narrow(view);
      source.frame.part = part;
    }
    return source;
  }

  /// The window of output frame `index`.
  static void Speak(int index, std::span<float> window) {
    std::mt19937 random(static_cast<unsigned>(index));
    std::normal_distribution<float> feature;
    for (float& value : window) value = feature(random);
  }

  struct Options {
    Resample resample = Resample::kLinear;
    bool in_parts = false;
  };

  void Fill(Device& device, int request, int i, int index, const SourceFrame& source,
            Resample resample = Resample::kLinear) const {
    Speak(index, device.Fill(request, i, source, {rect(source.frame.source_index), resample}));
  }

  /// All samples of the output frames whose faces are `faces`, in batches, every request in use.
  std::vector<std::vector<uint8_t>> Render(Device& device, const std::vector<int>& faces,
                                           const Options& options) {
    const int batch = device.info().batch;
    const int requests = device.info().requests;
    const int count = static_cast<int>(faces.size());
    std::vector<std::vector<SourceFrame>> running(static_cast<size_t>(requests));
    std::vector<std::vector<uint8_t>> made;
    const auto finish = [&](int request) {
      std::vector<SourceFrame>& sources = running[static_cast<size_t>(request)];
      if (sources.empty()) return;
      device.Wait(request);
      device.Composite(request, sources);
      for (const SourceFrame& source : sources) made.push_back(Samples(source.frame.picture()));
      sources.clear();
    };
    int request = 0;
    for (int first = 0; first < count; first += batch, request = (request + 1) % requests) {
      finish(request);
      std::vector<SourceFrame>& sources = running[static_cast<size_t>(request)];
      for (int i = 0; i < std::min(batch, count - first); ++i) {
        sources.push_back(
            Frame(first + i, faces[static_cast<size_t>(first + i)], options.in_parts));
        Fill(device, request, i, first + i, sources.back(), options.resample);
      }
      device.Start(request, static_cast<int>(sources.size()));
    }
    for (int i = 0; i < requests; ++i) finish((request + i) % requests);
    return made;
  }
  std::vector<std::vector<uint8_t>> Render(Device& device, const std::vector<int>& faces) {
    return Render(device, faces, Options{});
  }

 private:
  FrameLender lender_;
  Package package_;
  std::vector<Picture> rois_, masked_;
  std::vector<std::vector<uint8_t>> rings_;
};

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_DEVICE_JOB_H_

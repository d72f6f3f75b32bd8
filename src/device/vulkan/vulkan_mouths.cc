#include "device/vulkan/vulkan_mouths.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "base/no_fork.h"
#include "compose/rectangle.h"
#include "compose/vulkan/vulkan_compositor.h"
#include "gpu/commands.h"
#include "gpu/instance.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

using gpu::Buffer;
using gpu::BufferRange;
using gpu::MemoryKind;
using vulkan::RectanglePlanes;

/// Ring and mouth up, compositing, the rectangle down.
constexpr int kMostSteps = 4;

/// To whole words.
size_t RoundUp(size_t bytes) { return (bytes + 3) / 4 * 4; }

size_t Area(FaceGeometry geometry) {
  return static_cast<size_t>(geometry.inner) * static_cast<size_t>(geometry.inner);
}

/// As uint8(255 x) is; what is no number is 0.
uint8_t Truncated(float value) {
  if (!(value > 0)) return 0;
  return value >= 1 ? 255 : static_cast<uint8_t>(value * 255);
}

class VulkanMouths final : public Mouths {
 public:
  VulkanMouths(const Package& package, int index)
      : gpu_(gpu::Instance::Open(), index),
        geometry_(package.geometry),
        ring_at_(6 * Area(geometry_)),
        ring_bytes_(RingView::Bytes(geometry_)),
        plane_bytes_(RoundUp(Area(geometry_))),
        compositor_(gpu_, geometry_),
        map_(package.mapped_range),
        commands_(gpu_, kMostSteps),
        face_(gpu_, RoundUp(ring_at_ + ring_bytes_), MemoryKind::kDevice, "a face"),
        mouth_(gpu_, 3 * plane_bytes_, MemoryKind::kDevice, "a mouth"),
        ring_up_(gpu_, RoundUp(ring_bytes_), MemoryKind::kUpload, "a face's border"),
        mouth_up_(gpu_, mouth_.bytes(), MemoryKind::kUpload, "a mouth"),
        description_(gpu_, sizeof(vulkan::CompositeFrame), MemoryKind::kUpload, "a rectangle") {}

  void Composite(const Prediction& prediction, const Placement& placement,
                 SourceFrame& source) override {
    const RectanglePlanes planes(placement.rect);
    const ColorRange range = source.frame.picture().range;
    std::memcpy(ring_up_.mapped().data(), source.face.ring.data, ring_bytes_);
    FillMouth(prediction);
    MakeRoom(planes.bytes());
    {
      const NoForkMeanwhile no_fork;
      Record({.rect = placement.rect, .resample = placement.resample, .range = range},
             planes.bytes());
      commands_.Submit();
      commands_.Wait();
    }
    gpu_.CheckMessages();
    const PictureView made = planes.View(download_.mapped().first(planes.bytes()), range);
    map_.Apply(made, CoveredSamples(placement.rect, 0));
    CopyRectangle(made, placement.rect, source.kept, source.frame.picture());
  }

 private:
  void FillMouth(const Prediction& prediction) const {
    const size_t area = Area(geometry_);
    for (size_t plane = 0; plane < 3; ++plane) {
      auto* const target =
          reinterpret_cast<uint8_t*>(mouth_up_.mapped().data()) + plane * plane_bytes_;
      if (prediction.u8 != nullptr) {
        std::memcpy(target, prediction.u8 + plane * area, area);
      } else {
        for (size_t i = 0; i < area; ++i) target[i] = Truncated(prediction.f32[plane * area + i]);
      }
    }
  }

  void MakeRoom(size_t bytes) {
    if (target_.bytes() >= bytes) return;
    target_ = Buffer(gpu_, bytes, MemoryKind::kDevice, "a rectangle");
    download_ = Buffer(gpu_, bytes, MemoryKind::kDownload, "a rectangle");
  }

  void Record(const vulkan::CompositeJob& job, size_t target_bytes) {
    commands_.Begin();
    commands_.Copy({ring_up_, 0, ring_bytes_}, {face_, ring_at_, ring_bytes_});
    commands_.Copy(BufferRange(mouth_up_), BufferRange(mouth_));
    const BufferRange target(target_, 0, target_bytes);
    compositor_.Record(commands_, {&job, 1},
                       {reinterpret_cast<vulkan::CompositeFrame*>(description_.mapped().data()), 1},
                       {.faces = BufferRange(face_),
                        .predictions = BufferRange(mouth_),
                        .frames = BufferRange(description_),
                        .target = target});
    commands_.Copy(target, {download_, 0, target_bytes});
  }

  gpu::Device gpu_;
  const FaceGeometry geometry_;
  const size_t ring_at_;  ///< Behind six planes of the face, which this shader does not read
  const size_t ring_bytes_;
  const size_t plane_bytes_;  ///< Of a mouth
  const vulkan::VulkanCompositor compositor_;
  RectangleMap map_;
  gpu::Commands commands_;
  const Buffer face_, mouth_;                      ///< There
  const Buffer ring_up_, mouth_up_, description_;  ///< Up
  Buffer target_, download_;
};

}  // namespace

std::unique_ptr<Mouths> OpenVulkanMouths(const Package& package, int index) {
  const NoFork no_fork;
  return std::make_unique<VulkanMouths>(package, index);
}

}  // namespace mouthpiece

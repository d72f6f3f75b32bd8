#include "compose/vulkan/vulkan_compositor.h"

#include <algorithm>

#include "compose/bgr_to_yuv.h"

namespace mouthpiece::vulkan {
namespace {

constexpr uint32_t kCode[] = {
#include "composite.inc"
};

constexpr int kGroupSide = 8;

struct Push {
  int crop, inner;
  int plane_words;
};

uint32_t DivideUp(int value, int divisor) {
  return static_cast<uint32_t>((value + divisor - 1) / divisor);
}

CompositeFrame Describe(const CompositeJob& job) {
  const RectanglePlanes planes(job.rect);
  const BgrToYuvCoefficients c = BgrToYuvFor(job.range);
  const auto f = [](double value) { return static_cast<float>(value); };
  return {.face = job.face_word,
          .target = static_cast<uint32_t>(job.target_offset / 4),
          .width = job.rect.width(),
          .height = job.rect.height(),
          .odd_x = job.rect.x1 & 1,
          .odd_y = job.rect.y1 & 1,
          .words = planes.words(),
          .cubic = job.resample == Resample::kCubic ? 1 : 0,
          .luma = {f(c.luma_b), f(c.luma_g), f(c.luma_r), f(c.y_offset)},
          .chroma = {f(c.u_b), f(c.u_luma), f(c.v_r), f(c.v_luma)},
          .offsets = {f(c.u_offset), f(c.v_offset), 0, 0}};
}

}  // namespace

RectanglePlanes::RectanglePlanes(const Rect& rect)
    : words_(static_cast<int>(DivideUp((rect.x2 + 1) / 2 - rect.x1 / 2, 4))),
      block_rows_((rect.y2 + 1) / 2 - rect.y1 / 2) {}

size_t RectanglePlanes::bytes() const {
  constexpr size_t kBytesOfWord = 4 * 2 * 2 + 4 + 4;  // of Y, of U, of V
  return static_cast<size_t>(words_) * static_cast<size_t>(block_rows_) * kBytesOfWord;
}

PictureView RectanglePlanes::View(std::span<std::byte> memory, ColorRange range) const {
  auto* const luma = reinterpret_cast<uint8_t*>(memory.data());
  const int width = words_ * 8;
  const int height = block_rows_ * 2;
  uint8_t* const u = luma + static_cast<ptrdiff_t>(width) * height;
  uint8_t* const v = u + static_cast<ptrdiff_t>(width / 2) * block_rows_;
  PictureView view{PixelFormat::kYuv420, range, {}};
  view.planes[0] = {luma, width, width, height};
  view.planes[1] = {u, width / 2, width / 2, block_rows_};
  view.planes[2] = {v, width / 2, width / 2, block_rows_};
  return view;
}

VulkanCompositor::VulkanCompositor(const gpu::Device& device, FaceGeometry geometry)
    : geometry_(geometry),
      kernel_(device, {.name = "composite",
                       .code = kCode,
                       .bindings = 4,
                       .push_bytes = sizeof(Push),
                       .constants = {}}) {}

void VulkanCompositor::Record(gpu::Commands& commands, std::span<const CompositeJob> jobs,
                              std::span<CompositeFrame> frames,
                              const CompositeMemory& memory) const {
  int words = 0;
  int block_rows = 0;
  for (size_t i = 0; i < jobs.size(); ++i) {
    frames[i] = Describe(jobs[i]);
    const RectanglePlanes planes(jobs[i].rect);
    words = std::max(words, planes.words());
    block_rows = std::max(block_rows, planes.block_rows());
  }
  const Push push{geometry_.crop, geometry_.inner, (geometry_.inner * geometry_.inner + 3) / 4};
  commands.Dispatch(kernel_,
                    {{memory.faces, gpu::Access::kRead},
                     {memory.predictions, gpu::Access::kRead},
                     {memory.frames, gpu::Access::kRead},
                     {memory.target, gpu::Access::kWrite}},
                    push,
                    {DivideUp(words, kGroupSide), DivideUp(block_rows, kGroupSide),
                     static_cast<uint32_t>(jobs.size())});
}

}  // namespace mouthpiece::vulkan

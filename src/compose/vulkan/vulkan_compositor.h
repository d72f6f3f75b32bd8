// Puts the network's pictures into rectangles on a GPU, from where only those come back.
#ifndef MOUTHPIECE_COMPOSE_VULKAN_VULKAN_COMPOSITOR_H_
#define MOUTHPIECE_COMPOSE_VULKAN_VULKAN_COMPOSITOR_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "gpu/buffer.h"
#include "gpu/commands.h"
#include "gpu/device.h"
#include "gpu/kernel.h"
#include "image/image.h"
#include "image/ring.h"
#include "mouthpiece/types.h"

namespace mouthpiece::vulkan {

/// A rectangle's Y, U and V in the device's memory: whole chroma blocks from the first one that the
/// rectangle touches on, rows of whole words.
class RectanglePlanes {
 public:
  explicit RectanglePlanes(const Rect& rect);

  size_t bytes() const;
  int words() const { return words_; }  ///< Four chroma blocks each, in a row
  int block_rows() const { return block_rows_; }
  /// What lies in `memory` of that many bytes. Samples outside the rectangle are undefined.
  PictureView View(std::span<std::byte> memory, ColorRange range) const;

 private:
  int words_;
  int block_rows_;
};

/// One frame as the shader is told of it; see composite.comp.
struct CompositeFrame {
  uint32_t face, target;
  int32_t width, height;
  int32_t odd_x, odd_y;
  int32_t words;
  int32_t cubic;
  float luma[4];
  float chroma[4];
  float offsets[4];
};

/// What is to be done for one frame.
struct CompositeJob {
  Rect rect;
  Resample resample = Resample::kLinear;
  ColorRange range = ColorRange::kLimited;  ///< Of the frame
  uint32_t face_word = 0;                   ///< Of the buffer of faces: six planes, then the ring
  size_t target_offset = 0;                 ///< Bytes, a multiple of 4
};

/// What the shader reads and writes, of all frames.
struct CompositeMemory {
  gpu::BufferRange faces;
  gpu::BufferRange predictions;  ///< Three planes of whole words a frame
  gpu::BufferRange frames;       ///< A CompositeFrame each
  gpu::BufferRange target;
};

/// The kernel, for pictures of one geometry. Immutable.
class VulkanCompositor {
 public:
  VulkanCompositor(const gpu::Device& device, FaceGeometry geometry);

  /// Writes Y, U and V as CompositeReference does, but for a level where sums round otherwise.
  /// `frames` is what the range of that name will hold when the commands run.
  void Record(gpu::Commands& commands, std::span<const CompositeJob> jobs,
              std::span<CompositeFrame> frames, const CompositeMemory& memory) const;

 private:
  const FaceGeometry geometry_;
  const gpu::Kernel kernel_;
};

}  // namespace mouthpiece::vulkan

#endif  // MOUTHPIECE_COMPOSE_VULKAN_VULKAN_COMPOSITOR_H_

#include "gpu_batch.h"

#include <cstring>

namespace mouthpiece {
namespace {

using gpu::Buffer;
using gpu::BufferRange;
using gpu::MemoryKind;

constexpr size_t kAlignment = 16;
constexpr size_t kExtremesBytes = 6 * sizeof(uint32_t);

size_t Frames(const vulkan::VulkanNetwork& network) { return static_cast<size_t>(network.batch()); }

}  // namespace

GpuBatch::GpuBatch(gpu::Device& device, const vulkan::VulkanNetwork& network, int side)
    : network_(network),
      area_(static_cast<size_t>(side) * static_cast<size_t>(side)),
      face_bytes_((6 * area_ + kAlignment - 1) / kAlignment * kAlignment),
      faces_(device, Frames(network) * face_bytes_, MemoryKind::kUpload, "faces"),
      slots_(device, Frames(network) * sizeof(uint32_t), MemoryKind::kUpload, "places"),
      audio_(device, Frames(network) * network.audio_bytes(), MemoryKind::kUpload, "sound"),
      pictures_(device, Frames(network) * network.prediction_bytes(), MemoryKind::kDownload,
                "pictures"),
      extremes_(device, Frames(network) * kExtremesBytes, MemoryKind::kDevice, "extremes") {}

void GpuBatch::Set(int frame, std::span<const uint8_t> visual, std::span<const float> window) {
  const auto i = static_cast<size_t>(frame);
  std::memcpy(&faces_.mapped()[i * face_bytes_], visual.data(), visual.size());
  const auto word = static_cast<uint32_t>(i * face_bytes_ / sizeof(uint32_t));
  std::memcpy(&slots_.mapped()[i * sizeof(uint32_t)], &word, sizeof(word));
  network_.PackAudio(window,
                     audio_.mapped().subspan(i * network_.audio_bytes(), network_.audio_bytes()));
}

void GpuBatch::Record(gpu::Commands& commands) const {
  commands.Begin();
  network_.Record(commands, network_.batch(),
                  {BufferRange(faces_), BufferRange(slots_), BufferRange(audio_),
                   BufferRange(pictures_), BufferRange(extremes_)});
}

std::vector<uint8_t> GpuBatch::Picture(int frame) const {
  const size_t plane_bytes = static_cast<size_t>(network_.plane_words()) * sizeof(uint32_t);
  std::vector<uint8_t> picture(3 * area_);
  for (size_t plane = 0; plane < 3; ++plane) {
    const size_t from = (static_cast<size_t>(frame) * 3 + plane) * plane_bytes;
    std::memcpy(&picture[plane * area_], &pictures_.mapped()[from], area_);
  }
  return picture;
}

}  // namespace mouthpiece

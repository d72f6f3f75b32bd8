#include "gpu/buffer.h"

#include <utility>

namespace mouthpiece::gpu {
namespace {

constexpr VkMemoryPropertyFlags kReachable =
    VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;

struct Wish {
  VkMemoryPropertyFlags needed;
  VkMemoryPropertyFlags wanted;
};

Wish WishFor(MemoryKind kind) {
  switch (kind) {
    case MemoryKind::kUpload:
      return {kReachable, 0};
    case MemoryKind::kDownload:
      return {kReachable, VK_MEMORY_PROPERTY_HOST_CACHED_BIT};
    default:
      return {0, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT};
  }
}

}  // namespace

Buffer::Buffer(const Device& device, size_t bytes, MemoryKind kind, const std::string& what)
    : device_(&device), bytes_(bytes) {
  try {
    Allocate(kind, std::to_string((bytes >> 20) + 1) + " MiB for " + what);
  } catch (...) {
    Free();
    throw;
  }
}

void Buffer::Allocate(MemoryKind kind, const std::string& what) {
  const Functions& vk = device_->functions();
  auto create = Make<VkBufferCreateInfo>(VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO);
  create.size = bytes_;
  create.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
                 VK_BUFFER_USAGE_TRANSFER_DST_BIT;
  device_->Check(vk.CreateBuffer(device_->handle(), &create, nullptr, &buffer_), what);
  VkMemoryRequirements requirements{};
  vk.GetBufferMemoryRequirements(device_->handle(), buffer_, &requirements);
  const Wish wish = WishFor(kind);
  const int type = device_->MemoryType(requirements.memoryTypeBits, wish.needed, wish.wanted);
  if (type < 0) device_->Check(VK_ERROR_OUT_OF_DEVICE_MEMORY, what + ", of memory that both reach");
  auto allocate = Make<VkMemoryAllocateInfo>(VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO);
  allocate.allocationSize = requirements.size;
  allocate.memoryTypeIndex = static_cast<uint32_t>(type);
  device_->Check(vk.AllocateMemory(device_->handle(), &allocate, nullptr, &memory_), what);
  device_->Check(vk.BindBufferMemory(device_->handle(), buffer_, memory_, 0), what);
  if (kind == MemoryKind::kDevice) return;
  void* mapped = nullptr;
  device_->Check(vk.MapMemory(device_->handle(), memory_, 0, VK_WHOLE_SIZE, 0, &mapped), what);
  mapped_ = {static_cast<std::byte*>(mapped), bytes_};
}

void Buffer::Free() noexcept {
  if (device_ == nullptr) return;
  const Functions& vk = device_->functions();
  vk.DestroyBuffer(device_->handle(), buffer_, nullptr);
  vk.FreeMemory(device_->handle(), memory_, nullptr);
  device_ = nullptr;
}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this == &other) return *this;
  Free();
  device_ = std::exchange(other.device_, nullptr);
  buffer_ = std::exchange(other.buffer_, VK_NULL_HANDLE);
  memory_ = std::exchange(other.memory_, VK_NULL_HANDLE);
  bytes_ = std::exchange(other.bytes_, 0);
  mapped_ = std::exchange(other.mapped_, {});
  return *this;
}

}  // namespace mouthpiece::gpu

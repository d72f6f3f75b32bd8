// One GPU: its queue, and what it can hold.
#ifndef MOUTHPIECE_GPU_DEVICE_H_
#define MOUTHPIECE_GPU_DEVICE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "gpu/instance.h"
#include "gpu/result.h"

namespace mouthpiece::gpu {

/// An opened device with one queue. Outlives what is made on it. Submit() is thread-safe; the rest
/// does not change it.
class Device {
 public:
  /// The device `index` of `instance`. Throws Error (kInvalidArgument) when there are fewer,
  /// (kUnsupported) when it cannot be used.
  Device(std::shared_ptr<const Instance> instance, int index);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const Functions& functions() const { return instance_->functions(); }
  VkDevice handle() const { return device_; }
  uint32_t queue_family() const { return queue_family_; }
  const DeviceInfo& info() const { return info_; }
  const Limits& limits() const { return info_.limits; }
  /// Of one step of its clock; 0: it has none.
  double timestamp_ns() const { return timestamp_ns_; }
  const Instance& instance() const { return *instance_; }
  /// "device vulkan:0 (NVIDIA H100)"
  const std::string& name() const { return name_; }

  /// A memory type of those whose bits are set in `allowed` that has all of `needed` and, where
  /// there is a choice, `wanted`; -1: there is none.
  int MemoryType(uint32_t allowed, VkMemoryPropertyFlags needed,
                 VkMemoryPropertyFlags wanted) const;

  /// Throws Error as gpu::Check does.
  void Check(VkResult result, const std::string& what) const { gpu::Check(result, name_, what); }

  /// Throws Error (kInternal) with the first line that the validation layer said since it was asked
  /// last, of any device of the instance.
  void CheckMessages() const;

  /// Runs recorded commands; `fence` is signalled behind them. Throws Error.
  void Submit(VkCommandBuffer commands, VkFence fence);

 private:
  const std::shared_ptr<const Instance> instance_;
  DeviceInfo info_;
  std::string name_;
  VkPhysicalDevice physical_ = VK_NULL_HANDLE;
  VkPhysicalDeviceMemoryProperties memory_{};
  double timestamp_ns_ = 0;
  uint32_t queue_family_ = 0;
  VkDevice device_ = VK_NULL_HANDLE;
  std::mutex mutex_;
  VkQueue queue_ = VK_NULL_HANDLE;  ///< Guarded by mutex_
};

}  // namespace mouthpiece::gpu

#endif  // MOUTHPIECE_GPU_DEVICE_H_

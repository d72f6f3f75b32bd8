#include "gpu/device.h"

#include "mouthpiece/error.h"

namespace mouthpiece::gpu {

Device::Device(std::shared_ptr<const Instance> instance, int index)
    : instance_(std::move(instance)) {
  const size_t count = instance_->devices().size();
  name_ = "device vulkan:" + std::to_string(index);
  if (index < 0 || static_cast<size_t>(index) >= count) {
    throw Error(ErrorCode::kInvalidArgument,
                name_ + ": expected one of vulkan:0 to vulkan:" + std::to_string(count - 1) +
                    ", which is all that this machine has");
  }
  info_ = instance_->devices()[static_cast<size_t>(index)];
  physical_ = instance_->handles()[static_cast<size_t>(index)];
  name_ += " (" + info_.name + ")";
  if (!info_.obstacle.empty()) throw Error(ErrorCode::kUnsupported, name_ + ": " + info_.obstacle);
  queue_family_ = static_cast<uint32_t>(instance_->QueueFamily(physical_));

  const Functions& vk = functions();
  vk.GetPhysicalDeviceMemoryProperties(physical_, &memory_);
  VkPhysicalDeviceProperties properties{};
  vk.GetPhysicalDeviceProperties(physical_, &properties);
  uint32_t families = 0;
  vk.GetPhysicalDeviceQueueFamilyProperties(physical_, &families, nullptr);
  std::vector<VkQueueFamilyProperties> family(families);
  vk.GetPhysicalDeviceQueueFamilyProperties(physical_, &families, family.data());
  const bool has_clock = family[queue_family_].timestampValidBits > 0;
  if (has_clock) timestamp_ns_ = double{properties.limits.timestampPeriod};

  constexpr float kPriority = 1;
  auto queue = Make<VkDeviceQueueCreateInfo>(VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO);
  queue.queueFamilyIndex = queue_family_;
  queue.queueCount = 1;
  queue.pQueuePriorities = &kPriority;
  auto create = Make<VkDeviceCreateInfo>(VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO);
  create.queueCreateInfoCount = 1;
  create.pQueueCreateInfos = &queue;
  Check(vk.CreateDevice(physical_, &create, nullptr, &device_), "it could not be opened");
  vk.GetDeviceQueue(device_, queue_family_, 0, &queue_);
}

Device::~Device() {
  if (device_ == VK_NULL_HANDLE) return;
  functions().DeviceWaitIdle(device_);
  functions().DestroyDevice(device_, nullptr);
}

int Device::MemoryType(uint32_t allowed, VkMemoryPropertyFlags needed,
                       VkMemoryPropertyFlags wanted) const {
  for (const VkMemoryPropertyFlags flags : {needed | wanted, needed}) {
    for (uint32_t i = 0; i < memory_.memoryTypeCount; ++i) {
      const bool is_allowed = (allowed >> i & 1U) != 0;
      if (is_allowed && (memory_.memoryTypes[i].propertyFlags & flags) == flags) {
        return static_cast<int>(i);
      }
    }
  }
  return -1;
}

void Device::CheckMessages() const {
  const std::string messages = instance_->TakeMessages();
  if (messages.empty()) return;
  throw Error(ErrorCode::kInternal,
              name_ + ": validation: " + messages.substr(0, messages.find('\n')));
}

void Device::Submit(VkCommandBuffer commands, VkFence fence) {
  auto submit = Make<VkSubmitInfo>(VK_STRUCTURE_TYPE_SUBMIT_INFO);
  submit.commandBufferCount = 1;
  submit.pCommandBuffers = &commands;
  const std::lock_guard lock(mutex_);
  Check(functions().QueueSubmit(queue_, 1, &submit, fence), "work could not be given to it");
}

}  // namespace mouthpiece::gpu

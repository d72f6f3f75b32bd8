// The way to a machine's GPUs: libvulkan, found when it is asked for, and the devices it knows.
#ifndef MOUTHPIECE_GPU_INSTANCE_H_
#define MOUTHPIECE_GPU_INSTANCE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gpu/functions.h"

namespace mouthpiece::gpu {

enum class DeviceType { kOther, kIntegrated, kDiscrete, kVirtual, kCpu };

/// What this project depends on of what a device can do.
struct Limits {
  uint32_t shared_bytes = 0;    ///< Of a workgroup
  uint32_t workgroup_size = 0;  ///< Invocations of a workgroup
  uint64_t binding_bytes = 0;   ///< That one binding of a buffer may show
};

struct DeviceInfo {
  std::string name;    ///< As the driver calls it: "NVIDIA H100"
  std::string driver;  ///< "NVIDIA 550.54"
  DeviceType type = DeviceType::kOther;
  uint64_t memory_bytes = 0;  ///< Of its largest heap of its own
  Limits limits;
  std::string obstacle;  ///< Why it cannot be used; empty: it can
};

struct InstanceOptions {
  std::string library = "libvulkan.so.1";
  /// Runs under Khronos's validation layer with its checks of synchronisation (Debian:
  /// vulkan-validationlayers). Set by MOUTHPIECE_VULKAN_VALIDATION in the environment, too.
  bool validation = false;
  /// Called with the functions that were found, which it may replace: for tests.
  std::function<void(Functions&)> change = nullptr;
};

/// A connection to libvulkan and its drivers. Thread-safe.
class Instance {
 public:
  /// Throws Error (kUnsupported) in one line that says which is missing: the library, an instance
  /// of version 1.1, a driver, the validation layer.
  static std::shared_ptr<const Instance> Open(const InstanceOptions& options = {});
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  const Functions& functions() const { return functions_; }
  /// In the order of the drivers: device N is `vulkan:N`. At least one.
  const std::vector<VkPhysicalDevice>& handles() const { return handles_; }
  /// Of the same order.
  const std::vector<DeviceInfo>& devices() const { return devices_; }
  /// The queue family of a device that computes; -1: none does.
  int QueueFamily(VkPhysicalDevice device) const;

  /// What the validation layer said since the last call, a line each; empty without it.
  std::string TakeMessages() const;

 private:
  Instance() = default;

  void FindFunctions(const InstanceOptions& options);
  void Create(bool validation);
  void FindDevices();
  DeviceInfo Describe(VkPhysicalDevice device) const;

  static VKAPI_ATTR VkBool32 VKAPI_CALL AddMessage(VkDebugUtilsMessageSeverityFlagBitsEXT severity,
                                                   VkDebugUtilsMessageTypeFlagsEXT types,
                                                   const VkDebugUtilsMessengerCallbackDataEXT* data,
                                                   void* log);

  void* library_ = nullptr;
  Functions functions_;
  std::function<void(Functions&)> change_;
  VkInstance instance_ = VK_NULL_HANDLE;
  VkDebugUtilsMessengerEXT messenger_ = VK_NULL_HANDLE;
  std::vector<VkPhysicalDevice> handles_;
  std::vector<DeviceInfo> devices_;
  struct Log {
    std::mutex mutex;
    std::string lines;  ///< Guarded by mutex
  };
  const std::unique_ptr<Log> log_ = std::make_unique<Log>();
};

}  // namespace mouthpiece::gpu

#endif  // MOUTHPIECE_GPU_INSTANCE_H_

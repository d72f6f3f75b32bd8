#include "gpu/instance.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "gpu/result.h"
#include "mouthpiece/error.h"

namespace mouthpiece::gpu {
namespace {

constexpr const char* kValidationLayer = "VK_LAYER_KHRONOS_validation";

[[noreturn]] void Fail(const std::string& why) {
  throw Error(ErrorCode::kUnsupported, "device vulkan: " + why);
}

[[noreturn]] void FailWithoutDriver() {
  Fail(
      "expected a driver for Vulkan, found none (NVIDIA's comes with its own, in containers with "
      "the "
      "capability `graphics`; Debian and Ubuntu: mesa-vulkan-drivers for others)");
}

bool WantsValidation(const InstanceOptions& options) {
  const char* const value =
      std::getenv("MOUTHPIECE_VULKAN_VALIDATION");  // NOLINT(concurrency-mt-unsafe)
  return options.validation || (value != nullptr && std::string_view(value) != "0");
}

DeviceType TypeOf(VkPhysicalDeviceType type) {
  switch (type) {
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
      return DeviceType::kIntegrated;
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
      return DeviceType::kDiscrete;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
      return DeviceType::kVirtual;
    case VK_PHYSICAL_DEVICE_TYPE_CPU:
      return DeviceType::kCpu;
    default:
      return DeviceType::kOther;
  }
}

/// Of its largest heap of its own, or, where it has none, of the largest there is.
uint64_t MemoryBytes(const VkPhysicalDeviceMemoryProperties& memory) {
  uint64_t own = 0;
  uint64_t any = 0;
  for (uint32_t i = 0; i < memory.memoryHeapCount; ++i) {
    const VkMemoryHeap& heap = memory.memoryHeaps[i];
    any = std::max(any, heap.size);
    if ((heap.flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) != 0) own = std::max(own, heap.size);
  }
  return own > 0 ? own : any;
}

std::string VersionText(uint32_t version) {
  return std::to_string(VK_API_VERSION_MAJOR(version)) + "." +
         std::to_string(VK_API_VERSION_MINOR(version));
}

}  // namespace

std::shared_ptr<const Instance> Instance::Open(const InstanceOptions& options) {
  const std::shared_ptr<Instance> instance(new Instance);
  instance->FindFunctions(options);
  instance->Create(WantsValidation(options));
  instance->FindDevices();
  return instance;
}

Instance::~Instance() {
  if (messenger_ != VK_NULL_HANDLE) {
    const auto destroy = reinterpret_cast<PFN_vkDestroyDebugUtilsMessengerEXT>(
        functions_.GetInstanceProcAddr(instance_, "vkDestroyDebugUtilsMessengerEXT"));
    if (destroy != nullptr) destroy(instance_, messenger_, nullptr);
  }
  if (instance_ != VK_NULL_HANDLE) functions_.DestroyInstance(instance_, nullptr);
  // The library stays: drivers leave threads and exit handlers behind.
}

void Instance::FindFunctions(const InstanceOptions& options) {
  library_ = dlopen(options.library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library_ == nullptr) {
    Fail("expected Vulkan's loader, " + options.library +
         " (Debian and Ubuntu: libvulkan1), found none");
  }
  functions_.GetInstanceProcAddr =
      reinterpret_cast<PFN_vkGetInstanceProcAddr>(dlsym(library_, "vkGetInstanceProcAddr"));
  if (functions_.GetInstanceProcAddr == nullptr) {
    Fail("expected Vulkan's loader, found no vkGetInstanceProcAddr in " + options.library);
  }
#define MOUTHPIECE_FIND(name)                                                              \
  functions_.name =                                                                        \
      reinterpret_cast<PFN_vk##name>(functions_.GetInstanceProcAddr(nullptr, "vk" #name)); \
  if (functions_.name == nullptr)                                                          \
    Fail(std::string("the loader has no vk") + #name + ": it is too old");
  MOUTHPIECE_VULKAN_GLOBAL(MOUTHPIECE_FIND)
#undef MOUTHPIECE_FIND
  change_ = options.change;
  if (change_) change_(functions_);
}

void Instance::Create(bool validation) {
  uint32_t version = VK_API_VERSION_1_0;
  if (functions_.EnumerateInstanceVersion(&version) != VK_SUCCESS || version < VK_API_VERSION_1_1) {
    Fail("expected version 1.1 or newer, found " + VersionText(version));
  }
  auto application = Make<VkApplicationInfo>(VK_STRUCTURE_TYPE_APPLICATION_INFO);
  application.pApplicationName = "mouthpiece";
  application.apiVersion = VK_API_VERSION_1_1;
  auto info = Make<VkInstanceCreateInfo>(VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO);
  info.pApplicationInfo = &application;

  constexpr VkValidationFeatureEnableEXT kChecks[] = {
      VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT};
  auto features = Make<VkValidationFeaturesEXT>(VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT);
  features.enabledValidationFeatureCount = std::size(kChecks);
  features.pEnabledValidationFeatures = kChecks;
#ifdef VK_EXT_layer_settings
  // Newer layers leave out what shaders read and write, and what they have said ten times, if they
  // are not told.
  const VkBool32 yes = VK_TRUE;
  const VkBool32 no = VK_FALSE;
  const VkLayerSettingEXT told[] = {
      {kValidationLayer, "syncval_shader_accesses_heuristic", VK_LAYER_SETTING_TYPE_BOOL32_EXT, 1,
       &yes},
      {kValidationLayer, "enable_message_limit", VK_LAYER_SETTING_TYPE_BOOL32_EXT, 1, &no}};
  auto settings =
      Make<VkLayerSettingsCreateInfoEXT>(VK_STRUCTURE_TYPE_LAYER_SETTINGS_CREATE_INFO_EXT);
  settings.settingCount = std::size(told);
  settings.pSettings = told;
  features.pNext = &settings;
#endif
  auto messenger = Make<VkDebugUtilsMessengerCreateInfoEXT>(
      VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT);
  messenger.pNext = &features;
  messenger.messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT |
                              VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
  messenger.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT |
                          VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT;
  messenger.pfnUserCallback = AddMessage;
  messenger.pUserData = log_.get();
  const char* const extension = VK_EXT_DEBUG_UTILS_EXTENSION_NAME;
  if (validation) {
    info.pNext = &messenger;
    info.enabledLayerCount = 1;
    info.ppEnabledLayerNames = &kValidationLayer;
    info.enabledExtensionCount = 1;
    info.ppEnabledExtensionNames = &extension;
  }
  const VkResult result = functions_.CreateInstance(&info, nullptr, &instance_);
  if (result == VK_ERROR_LAYER_NOT_PRESENT) {
    Fail(std::string("expected ") + kValidationLayer +
         " (Debian and Ubuntu: vulkan-validationlayers), found none");
  }
  if (result == VK_ERROR_INCOMPATIBLE_DRIVER) FailWithoutDriver();
  if (result != VK_SUCCESS) {  // a driver's file that is damaged is "out of host memory", too
    Fail("an instance could not be made: " + gpu::Describe(result) +
         "; VK_LOADER_DEBUG=error in the environment has the loader say more");
  }

#define MOUTHPIECE_FIND(name)                                                                \
  functions_.name =                                                                          \
      reinterpret_cast<PFN_vk##name>(functions_.GetInstanceProcAddr(instance_, "vk" #name)); \
  if (functions_.name == nullptr) Fail(std::string("the drivers have no vk") + #name);
  MOUTHPIECE_VULKAN_INSTANCE(MOUTHPIECE_FIND)
#undef MOUTHPIECE_FIND
  if (change_) change_(functions_);
  if (!validation) return;
  const auto create = reinterpret_cast<PFN_vkCreateDebugUtilsMessengerEXT>(
      functions_.GetInstanceProcAddr(instance_, "vkCreateDebugUtilsMessengerEXT"));
  messenger.pNext = nullptr;
  if (create == nullptr || create(instance_, &messenger, nullptr, &messenger_) != VK_SUCCESS) {
    Fail("the validation layer takes no messenger");
  }
}

void Instance::FindDevices() {
  uint32_t count = 0;
  VkResult result = functions_.EnumeratePhysicalDevices(instance_, &count, nullptr);
  handles_.resize(count);
  if (result == VK_SUCCESS) {
    result = functions_.EnumeratePhysicalDevices(instance_, &count, handles_.data());
  }
  if (result != VK_SUCCESS && result != VK_INCOMPLETE) {
    Fail("its devices could not be listed: " + gpu::Describe(result));
  }
  handles_.resize(std::min<size_t>(count, handles_.size()));
  if (handles_.empty()) FailWithoutDriver();
  for (VkPhysicalDevice const device : handles_) devices_.push_back(Describe(device));
}

DeviceInfo Instance::Describe(VkPhysicalDevice device) const {
  auto driver =
      Make<VkPhysicalDeviceDriverProperties>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES);
  auto properties =
      Make<VkPhysicalDeviceProperties2>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2);
  functions_.GetPhysicalDeviceProperties(device, &properties.properties);
  const uint32_t version = properties.properties.apiVersion;
  const VkPhysicalDeviceLimits limits = properties.properties.limits;
  DeviceInfo info;
  if (version >= VK_API_VERSION_1_2) {
    properties.pNext = &driver;
    functions_.GetPhysicalDeviceProperties2(device, &properties);
    info.driver = std::string(driver.driverName) + " " + driver.driverInfo;
  }
  VkPhysicalDeviceMemoryProperties memory{};
  functions_.GetPhysicalDeviceMemoryProperties(device, &memory);
  info.name = properties.properties.deviceName;
  info.type = TypeOf(properties.properties.deviceType);
  info.memory_bytes = MemoryBytes(memory);
  info.limits = {.shared_bytes = limits.maxComputeSharedMemorySize,
                 .workgroup_size = limits.maxComputeWorkGroupInvocations,
                 .binding_bytes = limits.maxStorageBufferRange};
  if (version < VK_API_VERSION_1_1) {
    info.obstacle = "expected Vulkan 1.1 or newer, found " + VersionText(version);
  } else if (QueueFamily(device) < 0) {
    info.obstacle = "it has no queue that computes";
  }
  return info;
}

int Instance::QueueFamily(VkPhysicalDevice device) const {
  uint32_t count = 0;
  functions_.GetPhysicalDeviceQueueFamilyProperties(device, &count, nullptr);
  std::vector<VkQueueFamilyProperties> families(count);
  functions_.GetPhysicalDeviceQueueFamilyProperties(device, &count, families.data());
  const auto computes = [](const VkQueueFamilyProperties& family) {
    return family.queueCount > 0 && (family.queueFlags & VK_QUEUE_COMPUTE_BIT) != 0;
  };
  const auto found = std::ranges::find_if(families, computes);
  return found == families.end() ? -1 : static_cast<int>(found - families.begin());
}

std::string Instance::TakeMessages() const {
  const std::lock_guard lock(log_->mutex);
  return std::exchange(log_->lines, {});
}

VkBool32 Instance::AddMessage(VkDebugUtilsMessageSeverityFlagBitsEXT /*severity*/,
                              VkDebugUtilsMessageTypeFlagsEXT /*types*/,
                              const VkDebugUtilsMessengerCallbackDataEXT* data, void* log) {
  auto& [mutex, lines] = *static_cast<Log*>(log);
  const std::string_view message = data->pMessage;
  const std::string_view name = data->pMessageIdName == nullptr ? "" : data->pMessageIdName;
  const std::lock_guard lock(mutex);
  // Older layers have the name in the message.
  if (message.find(name) == std::string_view::npos) lines.append(name).append(": ");
  lines.append(message).append("\n");
  return VK_FALSE;
}

}  // namespace mouthpiece::gpu

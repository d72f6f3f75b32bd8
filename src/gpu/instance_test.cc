// What is found, and what is said where something is missing or answers nonsense.
#include "gpu/instance.h"

#include <gtest/gtest.h>

#include <string>

#include "gpu/device.h"
#include "support/errors.h"
#include "support/gpu.h"

namespace mouthpiece::gpu {
namespace {

using testing::ExpectError;

/// An instance some of whose functions are the test's.
std::shared_ptr<const Instance> OpenWith(void (*change)(Functions&)) {
  return Instance::Open({.change = change});
}

TEST(Instance, FindsTheSoftwareDevice) {
  const Instance& instance = *testing::ValidatedInstance();
  ASSERT_FALSE(instance.devices().empty());
  EXPECT_EQ(instance.devices().size(), instance.handles().size());
  const DeviceInfo& info = instance.devices()[0];
  EXPECT_NE(info.name, "");
  EXPECT_NE(info.driver, "");
  EXPECT_GT(info.memory_bytes, uint64_t{1} << 20);
  EXPECT_EQ(info.obstacle, "");
  EXPECT_GE(instance.QueueFamily(instance.handles()[0]), 0);
  const Device device(testing::ValidatedInstance(), 0);
  EXPECT_EQ(device.name(), "device vulkan:0 (" + info.name + ")");
  EXPECT_GE(device.limits().workgroup_size, 128U);
  EXPECT_GE(device.limits().shared_bytes, uint32_t{1} << 14);
  EXPECT_GE(device.limits().binding_bytes, uint64_t{1} << 27);
  EXPECT_EQ(instance.TakeMessages(), "");
}

TEST(Instance, NamesTheLoaderThatIsMissingOrIsNone) {
  ExpectError(ErrorCode::kUnsupported,
              {"device vulkan: expected Vulkan's loader, libnone.so.1", "libvulkan1", "found none"},
              [] { Instance::Open({.library = "libnone.so.1"}); });
  ExpectError(ErrorCode::kUnsupported,
              {"device vulkan: ", "found no vkGetInstanceProcAddr in libm.so.6"},
              [] { Instance::Open({.library = "libm.so.6"}); });
}

TEST(Instance, WantsVersionOnePointOne) {
  ExpectError(ErrorCode::kUnsupported, {"device vulkan: expected version 1.1 or newer, found 1.0"},
              [] {
                OpenWith([](Functions& f) {
                  f.EnumerateInstanceVersion = [](uint32_t* version) {
                    *version = VK_API_VERSION_1_0;
                    return VK_SUCCESS;
                  };
                });
              });
}

TEST(Instance, SaysWhyNoInstanceWasMade) {
  const auto fail = [](VkResult (*create)(const VkInstanceCreateInfo*, const VkAllocationCallbacks*,
                                          VkInstance*)) {
    InstanceOptions options;
    options.change = [create](Functions& f) { f.CreateInstance = create; };
    Instance::Open(options);
  };
  ExpectError(ErrorCode::kUnsupported, {"expected a driver", "found none", "mesa-vulkan-drivers"},
              [&] { fail([](auto...) { return VK_ERROR_INCOMPATIBLE_DRIVER; }); });
  ExpectError(ErrorCode::kUnsupported, {"VK_LAYER_KHRONOS_validation", "vulkan-validationlayers"},
              [&] { fail([](auto...) { return VK_ERROR_LAYER_NOT_PRESENT; }); });
  ExpectError(ErrorCode::kUnsupported, {"an instance could not be made", "out of host memory"},
              [&] { fail([](auto...) { return VK_ERROR_OUT_OF_HOST_MEMORY; }); });
}

PFN_vkEnumeratePhysicalDevices real_enumerate;

TEST(Instance, TakesListsOfDevicesThatAreEmptyOrChange) {
  ExpectError(ErrorCode::kUnsupported, {"expected a driver", "found none"}, [] {
    OpenWith([](Functions& f) {
      f.EnumeratePhysicalDevices = [](VkInstance, uint32_t* count, VkPhysicalDevice*) {
        *count = 0;
        return VK_SUCCESS;
      };
    });
  });
  ExpectError(
      ErrorCode::kUnsupported, {"could not be listed", "VK_ERROR_INITIALIZATION_FAILED"}, [] {
        OpenWith([](Functions& f) {
          f.EnumeratePhysicalDevices = [](auto...) { return VK_ERROR_INITIALIZATION_FAILED; };
        });
      });
  // One that went meanwhile, and one that came.
  EXPECT_EQ(OpenWith([](Functions& f) {
              real_enumerate = f.EnumeratePhysicalDevices;
              f.EnumeratePhysicalDevices = [](VkInstance instance, uint32_t* count,
                                              VkPhysicalDevice* devices) {
                if (devices != nullptr) return real_enumerate(instance, count, devices);
                *count = 50;
                return VK_SUCCESS;
              };
            })
                ->devices()
                .size(),
            testing::ValidatedInstance()->devices().size());
  EXPECT_EQ(OpenWith([](Functions& f) {
              real_enumerate = f.EnumeratePhysicalDevices;
              f.EnumeratePhysicalDevices = [](VkInstance instance, uint32_t* count,
                                              VkPhysicalDevice* devices) {
                if (devices == nullptr) return real_enumerate(instance, count, devices);
                real_enumerate(instance, count, devices);
                *count += 3;
                return VK_INCOMPLETE;
              };
            })
                ->devices()
                .size(),
            testing::ValidatedInstance()->devices().size());
}

PFN_vkGetPhysicalDeviceProperties real_properties;

TEST(Instance, ListsDevicesThatCannotBeUsedWithTheReason) {
  auto instance = OpenWith([](Functions& f) {
    real_properties = f.GetPhysicalDeviceProperties;
    f.GetPhysicalDeviceProperties = [](VkPhysicalDevice device,
                                       VkPhysicalDeviceProperties* properties) {
      real_properties(device, properties);
      properties->apiVersion = VK_API_VERSION_1_0;
    };
  });
  EXPECT_NE(instance->devices()[0].obstacle, "");
  ExpectError(ErrorCode::kUnsupported,
              {"device vulkan:0 (", "expected Vulkan 1.1 or newer, found 1.0"},
              [&] { const Device device(instance, 0); });

  instance = OpenWith([](Functions& f) {
    f.GetPhysicalDeviceQueueFamilyProperties = [](VkPhysicalDevice, uint32_t* count,
                                                  VkQueueFamilyProperties* families) {
      *count = 1;
      if (families == nullptr) return;
      families[0] = {VK_QUEUE_GRAPHICS_BIT, 1, 0, {1, 1, 1}};
    };
  });
  ExpectError(ErrorCode::kUnsupported, {"device vulkan:0 (", "no queue that computes"},
              [&] { const Device device(instance, 0); });
}

TEST(Instance, RefusesDevicesThatAreNotThere) {
  const auto& instance = testing::ValidatedInstance();
  const int count = static_cast<int>(instance->devices().size());
  for (const int index : {-1, count, 1000}) {
    ExpectError(ErrorCode::kInvalidArgument,
                {"device vulkan:" + std::to_string(index) + ": expected",
                 "vulkan:" + std::to_string(count - 1)},
                [&] { const Device device(instance, index); });
  }
}

TEST(Instance, DevicesSayWhyTheyCannotBeOpened) {
  const auto instance = OpenWith([](Functions& f) {
    f.CreateDevice = [](auto...) { return VK_ERROR_INITIALIZATION_FAILED; };
  });
  ExpectError(ErrorCode::kInternal,
              {"device vulkan:0 (", "it could not be opened", "its driver could not start"},
              [&] { const Device device(instance, 0); });
}

}  // namespace
}  // namespace mouthpiece::gpu

// Drivers that are missing, lie, or are several.
#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "gpu/commands.h"
#include "gpu/instance.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/gpu_drivers.h"

namespace mouthpiece::gpu {
namespace {

using testing::Drivers;
using testing::WriteDriver;

void ExpectNoDriver() {
  testing::ExpectError(ErrorCode::kUnsupported,
                       {"device vulkan: expected a driver for Vulkan, found none",
                        "mesa-vulkan-drivers", "`graphics`"},
                       [] { Instance::Open(); });
}

TEST(Drivers, AreMissing) {
  const Drivers none({});
  ExpectNoDriver();
}

TEST(Drivers, ThatAreNoneAreLeftOut) {
  const testing::TempFolder folder;
  const std::vector<std::filesystem::path> liars = {
      WriteDriver(folder, "missing.json", "/nowhere/libvulkan_none.so"),
      WriteDriver(folder, "text.json", folder.Write("text.so", "no library").string()),
      WriteDriver(folder, "other.json", "libm.so.6"),
      folder.Write("other_json.json", "{}"),
  };
  for (const std::filesystem::path& liar : liars) {
    SCOPED_TRACE(liar.filename());
    const Drivers one({liar});
    ExpectNoDriver();
  }
  std::vector<std::filesystem::path> all = liars;
  all.push_back(testing::SoftwareDriver());
  const Drivers several(all);
  EXPECT_EQ(Instance::Open()->devices().size(), 1U);
}

TEST(Drivers, WhoseFilesAreDamagedAreAnError) {
  const testing::TempFolder folder;
  for (const char* text : {"", "{\"ICD\": "}) {
    const Drivers broken({folder.Write("broken.json", text)});
    testing::ExpectError(ErrorCode::kUnsupported, {"device vulkan: "}, [] { Instance::Open(); });
  }
}

TEST(Drivers, ACopyIsAnotherDevice) {
  const testing::TempFolder folder;
  const Drivers two({testing::SoftwareDriver(), testing::CopyOfSoftwareDriver(folder)});
  const auto instance = Instance::Open({.validation = true});
  ASSERT_EQ(instance->devices().size(), 2U);
  Device first(instance, 0);
  Device second(instance, 1);
  EXPECT_EQ(second.name(), "device vulkan:1 (" + instance->devices()[1].name + ")");
  for (Device* device : {&first, &second}) {
    const Buffer buffer(*device, 64, MemoryKind::kDownload, "words");
    Commands commands(*device, 1);
    commands.Begin();
    commands.Fill(BufferRange(buffer), 0x01010101);
    commands.Submit();
    commands.Wait();
    EXPECT_EQ(buffer.mapped()[63], std::byte{1});
  }
  EXPECT_EQ(instance->TakeMessages(), "");
}

}  // namespace
}  // namespace mouthpiece::gpu

// Calls of Vulkan that fail: one error each, nothing left behind, nothing that waits forever.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "gpu/commands.h"
#include "support/errors.h"
#include "support/failing_gpu.h"

namespace mouthpiece::gpu {
namespace {

using testing::ErrorOf;
using testing::planted_failure;

constexpr uint32_t kCode[] = {
#include "add.inc"
};

struct Push {
  uint32_t count, added;
};

constexpr size_t kWords = 100;

/// Some of everything that a device can be asked for.
void Work(const std::shared_ptr<const Instance>& instance) {
  Device device(instance, 0);
  const Kernel kernel(
      device,
      {.name = "add", .code = kCode, .bindings = 2, .push_bytes = sizeof(Push), .constants = {}});
  const Buffer up(device, kWords * 4, MemoryKind::kUpload, "what goes up");
  const Buffer there(device, kWords * 4, MemoryKind::kDevice, "what stays");
  const Buffer down(device, kWords * 4, MemoryKind::kDownload, "what comes down");
  Commands commands(device, 3, true);
  for (int i = 0; i < 2; ++i) {
    commands.Begin();
    commands.Dispatch(kernel, {{BufferRange(up)}, {BufferRange(there), Access::kWrite}},
                      Push{kWords, 1}, {2});
    commands.Copy(BufferRange(there), BufferRange(down));
    commands.Submit();
    commands.Wait();
  }
}

class Failures : public ::testing::Test {
 protected:
  void TearDown() override { planted_failure.Clear(); }

  /// Lets each call of the work fail in turn. The validation layer knows what was left behind, and
  /// what was taken away while it was in use.
  void FailEachCall(VkResult with, bool lasting, ErrorCode code, const std::string& says,
                    int least) {
    int failures = 0;
    for (bool fails = true; fails; ++failures) {
      planted_failure.Plant(failures, with, lasting);
      try {
        Work(instance_);
        fails = false;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), code) << failures << ": " << error.what();
        EXPECT_TRUE(testing::Contains(error, "device vulkan:0 (")) << error.what();
        EXPECT_TRUE(testing::Contains(error, says)) << error.what();
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
      }
      EXPECT_EQ(instance_->TakeMessages(), "") << "call " << failures;
    }
    EXPECT_GT(failures, least);
    planted_failure.Clear();
    Work(instance_);
  }

  void Open(void (*put_traps)(Functions&)) {
    instance_ = Instance::Open({.validation = true, .change = put_traps});
  }

  std::shared_ptr<const Instance> instance_;
};

TEST_F(Failures, MemoryThatRunsOutIsOneErrorWhereverItIs) {
  Open(testing::PutMemoryTraps);
  FailEachCall(VK_ERROR_OUT_OF_DEVICE_MEMORY, false, ErrorCode::kUnsupported,
               "out of device memory", 25);
  FailEachCall(VK_ERROR_OUT_OF_HOST_MEMORY, true, ErrorCode::kUnsupported, "out of host memory",
               25);
}

TEST_F(Failures, NamesWhatTheMemoryWasFor) {
  Open(testing::PutTraps<&Functions::AllocateMemory>);
  planted_failure.Plant(1, VK_ERROR_OUT_OF_DEVICE_MEMORY);
  testing::ExpectError(ErrorCode::kUnsupported, {"1 MiB for what stays", "smaller batch"},
                       [&] { Work(instance_); });
}

TEST_F(Failures, ADeviceThatIsLostIsOneErrorWhereverItIs) {
  Open(testing::PutLossTraps);
  for (const bool lasting : {false, true}) {
    FailEachCall(VK_ERROR_DEVICE_LOST, lasting, ErrorCode::kInternal, "the device was lost", 4);
  }
}

TEST_F(Failures, AnAnswerThatDoesNotComeInTimeIsAnError) {
  Open(testing::PutTraps<&Functions::WaitForFences>);
  FailEachCall(VK_TIMEOUT, false, ErrorCode::kInternal, "no answer in time", 2);
}

TEST_F(Failures, ListsOfCommandsCanBeUsedAgainAfterAFailure) {
  Open(testing::PutLossTraps);
  Device device(instance_, 0);
  const Buffer buffer(device, 64, MemoryKind::kDownload, "words");
  Commands commands(device, 1);
  for (const int before : {0, 1}) {
    commands.Begin();
    commands.Fill(BufferRange(buffer), 5);
    planted_failure.Plant(before, VK_ERROR_OUT_OF_HOST_MEMORY);
    EXPECT_EQ(ErrorOf([&] {
                commands.Submit();
                commands.Wait();
              }).code(),
              ErrorCode::kUnsupported);
    commands.Begin();
    commands.Fill(BufferRange(buffer), 7);
    commands.Submit();
    commands.Wait();
    EXPECT_FALSE(commands.running());
    EXPECT_EQ(buffer.mapped()[0], std::byte{7});
  }
  EXPECT_EQ(instance_->TakeMessages(), "");
}

}  // namespace
}  // namespace mouthpiece::gpu

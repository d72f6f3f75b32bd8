// A list of kernels and copies that run one after the other on a GPU.
#ifndef MOUTHPIECE_GPU_COMMANDS_H_
#define MOUTHPIECE_GPU_COMMANDS_H_

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "gpu/buffer.h"
#include "gpu/device.h"
#include "gpu/kernel.h"

namespace mouthpiece::gpu {

/// What a kernel does with a binding.
enum class Access { kRead, kWrite, kReadWrite };

struct Binding {
  BufferRange range;
  Access access = Access::kRead;
};

/// Workgroups of a dispatch.
struct Groups {
  uint32_t x = 1;
  uint32_t y = 1;
  uint32_t z = 1;
};

/// How long a recorded step ran.
struct StepTime {
  std::string name;
  double seconds = 0;
};

/// Recorded again and again: Begin, steps, Submit, Wait. Each step sees what earlier ones wrote:
/// barriers are put where a range was written before, and nowhere else. Not thread-safe.
class Commands {
 public:
  /// `most_steps`: of one recording. With `timed`, a device that has a clock times each step.
  Commands(Device& device, int most_steps, bool timed = false);
  ~Commands();
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;

  /// Forgets what was recorded. Waits for it where an earlier Wait() failed.
  void Begin();

  /// One binding for each of the kernel's, push constants of its size.
  void Dispatch(const Kernel& kernel, std::span<const Binding> bindings,
                std::span<const std::byte> push, Groups groups);
  template <typename Push>
  void Dispatch(const Kernel& kernel, std::initializer_list<Binding> bindings, const Push& push,
                Groups groups) {
    static_assert(std::is_trivially_copyable_v<Push>);
    Dispatch(kernel, std::span(bindings.begin(), bindings.size()),
             std::as_bytes(std::span(&push, 1)), groups);
  }
  /// Of the same size.
  void Copy(const BufferRange& from, const BufferRange& to);
  /// Fills a range, whose ends are multiples of 4 bytes, with `value`.
  void Fill(const BufferRange& range, uint32_t value);

  /// Ends the recording and runs it behind what was submitted to the device before.
  void Submit();
  /// Waits until it has run; at once when nothing runs. Throws Error (kInternal) when the device
  /// was lost or gives no answer for ten minutes; it still runs then, for all that is known.
  void Wait();
  bool running() const { return running_; }

  /// Of the last run, after Wait(); empty when nothing is timed.
  std::vector<StepTime> StepTimes() const;

  /// Leaves out barrier number `barrier` of each recording: for the test that it is missed.
  void OmitBarrier(int barrier) { omitted_barrier_ = barrier; }
  /// That were needed so far in this recording.
  int barriers() const { return barriers_; }

 private:
  struct Use {
    VkBuffer buffer;
    size_t begin;
    size_t end;
    bool is_write;
  };

  void Create(bool timed);
  void Destroy() noexcept;
  /// Puts a barrier where `uses` meet earlier ones, and remembers them.
  void Synchronise(std::span<const Use> uses);
  void Barrier(VkPipelineStageFlags to_stages, VkAccessFlags to_access);
  void Stamp(const std::string& name);
  VkDescriptorSet NewSet(const Kernel& kernel, std::span<const Binding> bindings);

  Device& device_;
  const int most_steps_;
  VkCommandPool pool_ = VK_NULL_HANDLE;
  VkCommandBuffer buffer_ = VK_NULL_HANDLE;
  VkDescriptorPool descriptors_ = VK_NULL_HANDLE;
  VkQueryPool stamps_ = VK_NULL_HANDLE;
  VkFence fence_ = VK_NULL_HANDLE;
  bool running_ = false;
  int barriers_ = 0;
  int omitted_barrier_ = -1;
  std::vector<Use> uses_;  ///< Since the last barrier
  std::vector<std::string> step_names_;
};

}  // namespace mouthpiece::gpu

#endif  // MOUTHPIECE_GPU_COMMANDS_H_

#include "gpu/commands.h"

#include <algorithm>

#include "mouthpiece/error.h"

namespace mouthpiece::gpu {
namespace {

constexpr int kMostBindings = 8;
constexpr uint64_t kPatienceNs = 600ULL * 1'000'000'000;

constexpr VkPipelineStageFlags kWorkStages =
    VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
constexpr VkAccessFlags kWrites = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
constexpr VkAccessFlags kReadsAndWrites =
    kWrites | VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_TRANSFER_READ_BIT;

}  // namespace

Commands::Commands(Device& device, int most_steps, bool timed)
    : device_(device), most_steps_(most_steps) {
  try {
    Create(timed);
  } catch (...) {
    Destroy();
    throw;
  }
}

Commands::~Commands() {
  if (running_) device_.functions().DeviceWaitIdle(device_.handle());
  Destroy();
}

void Commands::Create(bool timed) {
  const Functions& vk = device_.functions();
  const std::string what = "memory for commands";
  auto pool = Make<VkCommandPoolCreateInfo>(VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO);
  pool.queueFamilyIndex = device_.queue_family();
  device_.Check(vk.CreateCommandPool(device_.handle(), &pool, nullptr, &pool_), what);
  auto buffer = Make<VkCommandBufferAllocateInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO);
  buffer.commandPool = pool_;
  buffer.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
  buffer.commandBufferCount = 1;
  device_.Check(vk.AllocateCommandBuffers(device_.handle(), &buffer, &buffer_), what);

  const VkDescriptorPoolSize size{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                                  static_cast<uint32_t>(most_steps_ * kMostBindings)};
  auto descriptors =
      Make<VkDescriptorPoolCreateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO);
  descriptors.maxSets = static_cast<uint32_t>(most_steps_);
  descriptors.poolSizeCount = 1;
  descriptors.pPoolSizes = &size;
  device_.Check(vk.CreateDescriptorPool(device_.handle(), &descriptors, nullptr, &descriptors_),
                what);
  if (timed && device_.timestamp_ns() > 0) {
    auto stamps = Make<VkQueryPoolCreateInfo>(VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO);
    stamps.queryType = VK_QUERY_TYPE_TIMESTAMP;
    stamps.queryCount = static_cast<uint32_t>(most_steps_ + 1);
    device_.Check(vk.CreateQueryPool(device_.handle(), &stamps, nullptr, &stamps_), what);
  }
  auto fence = Make<VkFenceCreateInfo>(VK_STRUCTURE_TYPE_FENCE_CREATE_INFO);
  device_.Check(vk.CreateFence(device_.handle(), &fence, nullptr, &fence_), what);
}

void Commands::Destroy() noexcept {
  const Functions& vk = device_.functions();
  vk.DestroyFence(device_.handle(), fence_, nullptr);
  vk.DestroyQueryPool(device_.handle(), stamps_, nullptr);
  vk.DestroyDescriptorPool(device_.handle(), descriptors_, nullptr);
  vk.DestroyCommandPool(device_.handle(), pool_, nullptr);
}

void Commands::Begin() {
  Wait();
  const Functions& vk = device_.functions();
  const std::string what = "a list of commands";
  device_.Check(vk.ResetDescriptorPool(device_.handle(), descriptors_, 0), what);
  device_.Check(vk.ResetCommandPool(device_.handle(), pool_, 0), what);
  auto begin = Make<VkCommandBufferBeginInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO);
  begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  device_.Check(vk.BeginCommandBuffer(buffer_, &begin), what);
  uses_.clear();
  step_names_.clear();
  barriers_ = 0;
  // Behind what was submitted before, which may use the same memory.
  Barrier(kWorkStages, kReadsAndWrites);
  if (stamps_ != VK_NULL_HANDLE) {
    vk.CmdResetQueryPool(buffer_, stamps_, 0, static_cast<uint32_t>(most_steps_ + 1));
    Stamp("");
  }
}

void Commands::Dispatch(const Kernel& kernel, std::span<const Binding> bindings,
                        std::span<const std::byte> push, Groups groups) {
  if (bindings.size() != static_cast<size_t>(kernel.bindings()) ||
      push.size() != kernel.push_bytes()) {
    throw Error(ErrorCode::kInternal,
                kernel.name() + ": expected " + std::to_string(kernel.bindings()) +
                    " bindings and " + std::to_string(kernel.push_bytes()) +
                    " bytes of constants, found " + std::to_string(bindings.size()) + " and " +
                    std::to_string(push.size()));
  }
  std::vector<Use> uses;
  for (const Binding& binding : bindings) {
    const auto& [buffer, offset, bytes] = binding.range;
    uses.push_back({buffer->handle(), offset, offset + bytes, binding.access != Access::kRead});
  }
  Synchronise(uses);
  const Functions& vk = device_.functions();
  const VkDescriptorSet set = NewSet(kernel, bindings);
  vk.CmdBindPipeline(buffer_, VK_PIPELINE_BIND_POINT_COMPUTE, kernel.pipeline());
  vk.CmdBindDescriptorSets(buffer_, VK_PIPELINE_BIND_POINT_COMPUTE, kernel.layout(), 0, 1, &set, 0,
                           nullptr);
  if (!push.empty()) {
    vk.CmdPushConstants(buffer_, kernel.layout(), VK_SHADER_STAGE_COMPUTE_BIT, 0,
                        static_cast<uint32_t>(push.size()), push.data());
  }
  vk.CmdDispatch(buffer_, groups.x, groups.y, groups.z);
  Stamp(kernel.name());
}

void Commands::Copy(const BufferRange& from, const BufferRange& to) {
  Synchronise(
      std::array<Use, 2>{Use{from.buffer->handle(), from.offset, from.offset + from.bytes, false},
                         Use{to.buffer->handle(), to.offset, to.offset + to.bytes, true}});
  const VkBufferCopy region{from.offset, to.offset, from.bytes};
  device_.functions().CmdCopyBuffer(buffer_, from.buffer->handle(), to.buffer->handle(), 1,
                                    &region);
  Stamp("copy");
}

void Commands::Fill(const BufferRange& range, uint32_t value) {
  Synchronise(std::array<Use, 1>{
      Use{range.buffer->handle(), range.offset, range.offset + range.bytes, true}});
  device_.functions().CmdFillBuffer(buffer_, range.buffer->handle(), range.offset, range.bytes,
                                    value);
  Stamp("fill");
}

void Commands::Submit() {
  Barrier(VK_PIPELINE_STAGE_HOST_BIT, VK_ACCESS_HOST_READ_BIT);
  const Functions& vk = device_.functions();
  device_.Check(vk.EndCommandBuffer(buffer_), "a list of commands");
  device_.Check(vk.ResetFences(device_.handle(), 1, &fence_), "a list of commands");
  device_.Submit(buffer_, fence_);
  running_ = true;
}

void Commands::Wait() {
  if (!running_) return;
  const VkResult result =
      device_.functions().WaitForFences(device_.handle(), 1, &fence_, VK_TRUE, kPatienceNs);
  device_.Check(result, "its work was waited for");
  running_ = false;
}

std::vector<StepTime> Commands::StepTimes() const {
  if (stamps_ == VK_NULL_HANDLE || step_names_.empty()) return {};
  std::vector<uint64_t> stamps(step_names_.size());
  device_.Check(device_.functions().GetQueryPoolResults(
                    device_.handle(), stamps_, 0, static_cast<uint32_t>(stamps.size()),
                    stamps.size() * sizeof(uint64_t), stamps.data(), sizeof(uint64_t),
                    VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT),
                "its clock");
  std::vector<StepTime> times;
  for (size_t i = 1; i < stamps.size(); ++i) {
    const auto steps = static_cast<double>(stamps[i] - stamps[i - 1]);
    times.push_back({step_names_[i], steps * device_.timestamp_ns() * 1e-9});
  }
  return times;
}

void Commands::Synchronise(std::span<const Use> uses) {
  const auto collide = [](const Use& a, const Use& b) {
    return a.buffer == b.buffer && (a.is_write || b.is_write) && a.begin < b.end && b.begin < a.end;
  };
  const bool is_needed = std::ranges::any_of(uses, [&](const Use& use) {
    return std::ranges::any_of(uses_, [&](const Use& earlier) { return collide(use, earlier); });
  });
  if (is_needed) {
    if (barriers_++ != omitted_barrier_) Barrier(kWorkStages, kReadsAndWrites);
    uses_.clear();
  }
  uses_.insert(uses_.end(), uses.begin(), uses.end());
}

void Commands::Barrier(VkPipelineStageFlags to_stages, VkAccessFlags to_access) {
  auto barrier = Make<VkMemoryBarrier>(VK_STRUCTURE_TYPE_MEMORY_BARRIER);
  barrier.srcAccessMask = kWrites;
  barrier.dstAccessMask = to_access;
  device_.functions().CmdPipelineBarrier(buffer_, kWorkStages, to_stages, 0, 1, &barrier, 0,
                                         nullptr, 0, nullptr);
}

void Commands::Stamp(const std::string& name) {
  if (stamps_ == VK_NULL_HANDLE) return;
  step_names_.push_back(name);
  device_.functions().CmdWriteTimestamp(buffer_, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, stamps_,
                                        static_cast<uint32_t>(step_names_.size() - 1));
}

VkDescriptorSet Commands::NewSet(const Kernel& kernel, std::span<const Binding> bindings) {
  const Functions& vk = device_.functions();
  const VkDescriptorSetLayout layout = kernel.set_layout();
  auto allocate = Make<VkDescriptorSetAllocateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO);
  allocate.descriptorPool = descriptors_;
  allocate.descriptorSetCount = 1;
  allocate.pSetLayouts = &layout;
  VkDescriptorSet set = VK_NULL_HANDLE;
  device_.Check(vk.AllocateDescriptorSets(device_.handle(), &allocate, &set),
                kernel.name() + ": memory for bindings");
  std::vector<VkDescriptorBufferInfo> buffers;
  for (const Binding& binding : bindings) {
    buffers.push_back({binding.range.buffer->handle(), binding.range.offset, binding.range.bytes});
  }
  auto write = Make<VkWriteDescriptorSet>(VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET);
  write.dstSet = set;
  write.descriptorCount = static_cast<uint32_t>(buffers.size());
  write.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
  write.pBufferInfo = buffers.data();
  vk.UpdateDescriptorSets(device_.handle(), 1, &write, 0, nullptr);
  return set;
}

}  // namespace mouthpiece::gpu

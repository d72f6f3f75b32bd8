#include "gpu/kernel.h"

namespace mouthpiece::gpu {

Kernel::Kernel(const Device& device, const KernelOptions& options)
    : device_(device),
      name_(options.name),
      bindings_(options.bindings),
      push_bytes_(options.push_bytes) {
  try {
    Create(options);
  } catch (...) {
    Destroy();
    throw;
  }
}

Kernel::~Kernel() { Destroy(); }

void Kernel::Create(const KernelOptions& options) {
  const Functions& vk = device_.functions();
  const std::string what = "the kernel " + name_;
  std::vector<VkDescriptorSetLayoutBinding> bindings;
  for (int i = 0; i < bindings_; ++i) {
    bindings.push_back({.binding = static_cast<uint32_t>(i),
                        .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                        .descriptorCount = 1,
                        .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
                        .pImmutableSamplers = nullptr});
  }
  auto set =
      Make<VkDescriptorSetLayoutCreateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO);
  set.bindingCount = static_cast<uint32_t>(bindings.size());
  set.pBindings = bindings.data();
  device_.Check(vk.CreateDescriptorSetLayout(device_.handle(), &set, nullptr, &set_layout_), what);

  const VkPushConstantRange push{VK_SHADER_STAGE_COMPUTE_BIT, 0,
                                 static_cast<uint32_t>(push_bytes_)};
  auto layout = Make<VkPipelineLayoutCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO);
  layout.setLayoutCount = 1;
  layout.pSetLayouts = &set_layout_;
  layout.pushConstantRangeCount = push_bytes_ > 0 ? 1 : 0;
  layout.pPushConstantRanges = &push;
  device_.Check(vk.CreatePipelineLayout(device_.handle(), &layout, nullptr, &layout_), what);

  auto module_info = Make<VkShaderModuleCreateInfo>(VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO);
  module_info.codeSize = options.code.size_bytes();
  module_info.pCode = options.code.data();
  VkShaderModule shader = VK_NULL_HANDLE;
  device_.Check(vk.CreateShaderModule(device_.handle(), &module_info, nullptr, &shader), what);
  std::vector<VkSpecializationMapEntry> entries;
  for (uint32_t i = 0; i < options.constants.size(); ++i) {
    entries.push_back({i, static_cast<uint32_t>(i * sizeof(uint32_t)), sizeof(uint32_t)});
  }
  const VkSpecializationInfo constants{static_cast<uint32_t>(entries.size()), entries.data(),
                                       options.constants.size() * sizeof(uint32_t),
                                       options.constants.data()};
  auto pipeline = Make<VkComputePipelineCreateInfo>(VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO);
  pipeline.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
  pipeline.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
  pipeline.stage.module = shader;
  pipeline.stage.pName = "main";
  pipeline.stage.pSpecializationInfo = &constants;
  pipeline.layout = layout_;
  const VkResult result = vk.CreateComputePipelines(device_.handle(), VK_NULL_HANDLE, 1, &pipeline,
                                                    nullptr, &pipeline_);
  vk.DestroyShaderModule(device_.handle(), shader, nullptr);
  device_.Check(result, what);
}

void Kernel::Destroy() noexcept {
  const Functions& vk = device_.functions();
  vk.DestroyPipeline(device_.handle(), pipeline_, nullptr);
  vk.DestroyPipelineLayout(device_.handle(), layout_, nullptr);
  vk.DestroyDescriptorSetLayout(device_.handle(), set_layout_, nullptr);
}

}  // namespace mouthpiece::gpu

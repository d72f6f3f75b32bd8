// What a step of a network has to move and to compute, to tell how far a device is from its limits.
#ifndef MOUTHPIECE_INFER_VULKAN_OPERATION_COST_H_
#define MOUTHPIECE_INFER_VULKAN_OPERATION_COST_H_

#include <string>

#include "infer/vulkan/operations.h"

namespace mouthpiece::vulkan {

/// Of one frame; weights are read once a batch.
struct OperationCost {
  std::string name;  ///< "block 16x320x320": the kernel, and what it makes
  double bytes = 0;  ///< Tensors read and written once, as they are stored
  double weight_bytes = 0;
  double multiplications = 0;  ///< Each with its addition, of channels as they are stored
};

OperationCost CostOf(const Operation& operation, Storage storage);

}  // namespace mouthpiece::vulkan

#endif  // MOUTHPIECE_INFER_VULKAN_OPERATION_COST_H_

#include "network/folding.h"

#include <cmath>
#include <vector>

namespace mouthpiece {

void FoldScale(Convolution& convolution, std::span<const float> scale) {
  const size_t each = convolution.weights.size() / scale.size();
  for (size_t c = 0; c < scale.size(); ++c) {
    for (size_t i = 0; i < each; ++i) convolution.weights[c * each + i] *= scale[c];
    convolution.bias[c] *= scale[c];
  }
}

void FoldOffset(Convolution& convolution, std::span<const float> offset) {
  for (size_t c = 0; c < offset.size(); ++c) convolution.bias[c] += offset[c];
}

void FoldBatchNorm(Convolution& convolution, const BatchNorm& norm) {
  std::vector<float> scale(norm.scale.begin(), norm.scale.end());
  std::vector<float> offset(norm.offset.begin(), norm.offset.end());
  for (size_t c = 0; c < scale.size(); ++c) {
    scale[c] /= std::sqrt(norm.variance[c] + norm.epsilon);
    offset[c] -= norm.mean[c] * scale[c];
  }
  FoldScale(convolution, scale);
  FoldOffset(convolution, offset);
}

}  // namespace mouthpiece

// The order of work of the fused engine: which convolutions run as one step, and which memory each
// tensor between steps lives in.
#ifndef MOUTHPIECE_INFER_FUSED_PLAN_H_
#define MOUTHPIECE_INFER_FUSED_PLAN_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "infer/fused/layout.h"
#include "network/network.h"

namespace mouthpiece::fused {

/// Where a step's input comes from. What is not kTensor is made on the fly, a few rows at a time,
/// and never stored.
enum class SourceKind {
  kTensor,     ///< An earlier step's output
  kUpsampled,  ///< The same, doubled
  kVisual,     ///< The request's pictures
};

struct Source {
  SourceKind kind = SourceKind::kTensor;
  int tensor = -1;  ///< Not for kVisual
  Extent extent;    ///< As the step sees it: after doubling
};

enum class StepKind {
  kBlock,        ///< 1x1 convolution + ReLU, 3x3 depthwise + ReLU, 1x1 convolution
  kConvolution,  ///< Any dense convolution of a tensor
  kOutput,       ///< 1x1 convolution to three channels, sigmoid, bytes
};

/// Convolutions point into the network, which must outlive the plan.
struct Step {
  StepKind kind = StepKind::kBlock;
  std::vector<Source> sources;  ///< One or two, concatenated by channels
  const Convolution* expand = nullptr;
  const Convolution* depthwise = nullptr;
  const Convolution* project = nullptr;  ///< The only one of kConvolution and kOutput
  int residual = -1;                     ///< Tensor added to the result; -1: none
  int output = -1;                       ///< Tensor; -1 for kOutput
  Extent expanded;                       ///< Of the expanded tensor, before the depthwise stride
  Extent extent;                         ///< Of the result
  /// Runs together with the step before it, a few rows of each in turn, so that what passes between
  /// them is still in the second-level cache.
  bool is_chained = false;
};

/// A tensor between steps. Two that are never needed at once may share an offset.
struct Tensor {
  Extent extent;
  int step = -1;      ///< That makes it; -1: it is there at first
  int rows = 0;       ///< That there is memory for: row y is in place y % rows
  size_t offset = 0;  ///< In values
};

struct Plan {
  int side = 0;
  std::vector<Step> steps;
  std::vector<Tensor> tensors;
  int audio = -1;     ///< Tensor that takes the audio window
  size_t values = 0;  ///< Of the memory that holds all tensors
};

/// A plan, or the reason why the network has a shape that the engine does not know.
struct Planning {
  std::optional<Plan> plan;
  std::string obstacle;
};

/// Values of a tensor between steps that are too many for the second-level cache: a megabyte as
/// bytes.
inline constexpr size_t kManyValues = size_t{1} << 20;

/// Plans `network`, to which the plan then points. Steps are chained over tensors of so many values
/// or more, of which few rows are kept where nobody else reads them; without it, none is.
Planning MakePlan(const Network& network, std::optional<size_t> chained_values = std::nullopt);

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_PLAN_H_

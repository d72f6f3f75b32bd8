#include "infer/vulkan/operation_cost.h"

namespace mouthpiece::vulkan {
namespace {

/// Values of one frame.
struct Values {
  double tensors = 0;
  double weights = 0;
  double multiplications = 0;
};

double Area(int width, int height) { return static_cast<double>(width) * height; }

/// A doubled source is read as it is stored.
double SourceValues(const Operation& o, int groups0, int groups1, double area, uint32_t kind0,
                    uint32_t kind1) {
  if (o.source0 < 0) return area * 6 / 4;  // bytes of pictures, counted in floats
  const auto of = [&](int groups, uint32_t kind) {
    return groups * kGroup * (kind == 1 ? area / 4 : area);
  };
  return of(groups0, kind0) + of(groups1, kind1);
}

Values Product(const Operation& o) {
  const ProductPush& p = o.product;
  const double inputs = (p.groups0 + p.groups1) * kGroup;
  const double out_area = Area(p.out_width, p.out_height);
  const double weights = inputs * p.kernel_width * p.kernel_height * p.outputs;
  return {SourceValues(o, p.groups0, p.groups1, Area(p.width, p.height), o.constants[4],
                       o.constants[5]) +
              out_area * p.outputs * (1 + p.has_residual),
          weights, weights * out_area};
}

Values Depthwise(const Operation& o) {
  const DepthwisePush& p = o.depthwise;
  const double channels = p.groups * kGroup;
  const double out_area = Area(p.out_width, p.out_height);
  return {channels * (Area(p.width, p.height) + out_area), channels * 9, channels * 9 * out_area};
}

Values Block(const Operation& o) {
  const BlockPush& p = o.block;
  const double inputs = (p.groups0 + p.groups1) * kGroup;
  const double widened = p.widened * kGroup;
  const double outputs = o.constants[1] * kGroup;
  const double area = Area(p.width, p.height);
  const double out_area = Area(p.out_width, p.out_height);
  return {SourceValues(o, p.groups0, p.groups1, area, o.constants[3], o.constants[4]) +
              out_area * outputs * (1 + p.has_residual),
          widened * (inputs + 9 + outputs), widened * (inputs * area + (9 + outputs) * out_area)};
}

Values Output(const Operation& o) {
  const double inputs = o.output.groups * kGroup;
  return {inputs * o.output.area + 3.0 / 4 * o.output.area, inputs * kGroup,
          inputs * 3 * o.output.area};
}

const char* NameOf(Shader shader) {
  switch (shader) {
    case Shader::kDepthwise:
      return "depthwise";
    case Shader::kBlock:
    case Shader::kBlockOfVisual:
      return "block";
    case Shader::kOutput:
      return "output";
    default:
      return "product";
  }
}

Values ValuesOf(const Operation& operation) {
  switch (operation.shader) {
    case Shader::kDepthwise:
      return Depthwise(operation);
    case Shader::kBlock:
    case Shader::kBlockOfVisual:
      return Block(operation);
    case Shader::kOutput:
      return Output(operation);
    default:
      return Product(operation);
  }
}

}  // namespace

OperationCost CostOf(const Operation& operation, Storage storage) {
  const double value_bytes = storage == Storage::kHalf ? 2 : 4;
  const Values values = ValuesOf(operation);
  const Extent& extent = operation.extent;
  return {.name = std::string(NameOf(operation.shader)) + " " + std::to_string(extent.channels) +
                  "x" + std::to_string(extent.height) + "x" + std::to_string(extent.width),
          .bytes = values.tensors * value_bytes,
          .weight_bytes = values.weights * sizeof(float),
          .multiplications = values.multiplications};
}

}  // namespace mouthpiece::vulkan

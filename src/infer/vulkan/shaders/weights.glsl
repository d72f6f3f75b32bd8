// The network's weights and biases, floats in one buffer. Places are in sixteen bytes.
layout(binding = 2, std430) readonly buffer Weights { vec4 weights[]; };

// Floats `8 * group` to `8 * group + 7` of what begins at `at`.
Eight Factors(int at, int group) {
  return Eight(weights[at + 2 * group], weights[at + 2 * group + 1]);
}

// The network's weights, stored as tensors are, and its biases in floats, all in one buffer. Places
// are in sixteen bytes.
layout(binding = 2, std430) readonly buffer Weights { uvec4 weights[]; };

// Floats `8 * group` to `8 * group + 7` of what begins at `at`.
Eight Bias(int at, int group) {
  return Eight(uintBitsToFloat(weights[at + 2 * group]), uintBitsToFloat(weights[at + 2 * group + 1]));
}

// The same of weights.
#ifdef STORE_F32
Eight Factors(int at, int group) { return Bias(at, group); }
#else
Eight Factors(int at, int group) { return Unpack(weights[at + group]); }
#endif

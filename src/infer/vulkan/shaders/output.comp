// The last convolution, to three channels, and the picture behind it: uint8(255 * sigmoid), planes
// B, G, R of whole words each; and how far each plane goes down from 255 and up from 0.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "tensor.glsl"

layout(local_size_x = 64) in;  // four pixels each

layout(binding = 0, std430) readonly buffer Source { STORED source[]; };
layout(binding = 1, std430) writeonly buffer Result { uint result[]; };
#include "weights.glsl"
layout(binding = 3, std430) buffer Extremes { uint extremes[]; };  // [frame][plane][down, up]

layout(push_constant) uniform Push {
  int groups;  // of eight channels
  int area;    // pixels of a frame
  int weights_at, bias_at;
} p;

shared uint extreme[6];

void main() {
  const int thread = int(gl_LocalInvocationIndex);
  if (thread < 6) extreme[thread] = 0u;
  barrier();
  const int frame = int(gl_WorkGroupID.y);
  const int word = int(gl_GlobalInvocationID.x);
  const int words = (p.area + 3) / 4;
  uint packed[3] = uint[3](0u, 0u, 0u);
  for (int i = 0; i < 4 && word * 4 + i < p.area; ++i) {
    const int at = (frame * p.area + word * 4 + i) * p.groups;
    const Eight bias = Factors(p.bias_at, 0);
    vec3 sum = bias.a.xyz;
    for (int group = 0; group < p.groups; ++group) {
      const Eight v = LOAD(source, at + group);
      for (int c = 0; c < 4; ++c) {
        sum += v.a[c] * Factors(p.weights_at, group * 8 + c).a.xyz;
        sum += v.b[c] * Factors(p.weights_at, group * 8 + 4 + c).a.xyz;
      }
    }
    for (int c = 0; c < 3; ++c) {
      const float value = 255.0 / (1.0 + exp(-sum[c]));
      const uint byte = isnan(value) ? 0u : uint(value);
      packed[c] |= byte << (8 * i);
      atomicMax(extreme[2 * c], 255u - byte);
      atomicMax(extreme[2 * c + 1], byte);
    }
  }
  if (word < words) {
    for (int c = 0; c < 3; ++c) result[(frame * 3 + c) * words + word] = packed[c];
  }
  barrier();
  if (thread < 6) atomicMax(extremes[frame * 6 + thread], extreme[thread]);
}

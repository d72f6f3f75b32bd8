// A 3x3 depthwise convolution of a tensor with padding 1, its bias, and the ReLU behind it.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "tensor.glsl"

layout(local_size_x = 64) in;  // eight channels of a pixel each

layout(binding = 0, std430) readonly buffer Source { STORED source[]; };
layout(binding = 1, std430) writeonly buffer Result { STORED result[]; };
#include "weights.glsl"

layout(push_constant) uniform Push {
  int groups;  // of eight channels
  int width, height;
  int out_width, out_height;
  int stride;
  int values;  // groups of all pixels of a frame of the result
  int weights_at, bias_at;
} p;

void main() {
  const int id = int(gl_GlobalInvocationID.x);
  if (id >= p.values) return;
  const int group = id % p.groups;
  const int pixel = id / p.groups;
  const int frame = int(gl_WorkGroupID.y);
  const int x = pixel % p.out_width * p.stride - 1;
  const int y = pixel / p.out_width * p.stride - 1;
  Eight sum = Factors(p.bias_at, group);
  for (int tap = 0; tap < 9; ++tap) {
    const int tap_x = x + tap % 3;
    const int tap_y = y + tap / 3;
    if (tap_x < 0 || tap_y < 0 || tap_x >= p.width || tap_y >= p.height) continue;
    const Eight factor = Factors(p.weights_at, tap * p.groups + group);
    const Eight v = LOAD(source, ((frame * p.height + tap_y) * p.width + tap_x) * p.groups + group);
    sum.a += factor.a * v.a;
    sum.b += factor.b * v.b;
  }
  sum = Relu(sum);
  STORE(result, frame * p.values + id, sum);
}

// A whole block: 1x1 convolution and ReLU, 3x3 depthwise and ReLU, 1x1 convolution and, maybe, the
// sum with its input. What is widened in between exists for one tile and eight channels at a time,
// in shared memory.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "tensor.glsl"

const int kTile = 8;  // output pixels a side
layout(local_size_x = 64) in;  // one of them each
layout(constant_id = 0) const int kInputs = 2;   // groups of eight channels of both sources
layout(constant_id = 1) const int kOutputs = 2;  // of the result
layout(constant_id = 2) const int kStride = 1;
layout(constant_id = 3) const int kKind0 = 0;
layout(constant_id = 4) const int kKind1 = 0;

#include "sources.glsl"
#include "weights.glsl"

layout(binding = 3, std430) readonly buffer Residual { STORED residual[]; };
layout(binding = 4, std430) writeonly buffer Result { STORED result[]; };

layout(push_constant) uniform Push {
  int groups0, groups1;
  int width, height;  // of the sources, as they are seen
  int out_width, out_height;
  int widened;        // groups of eight channels in between
  int expand_at, expand_bias_at;
  int depthwise_at, depthwise_bias_at;
  int project_at, project_bias_at;
  int has_residual;
} p;

const int kSide = (kTile - 1) * kStride + 3;  // of what a tile looks at
const int kSeen = kSide * kSide;

shared STORED inputs[kInputs * kSeen * kParts];  // [group][pixel]
shared Eight widened[kSeen];                    // eight channels
shared Eight expand_factors[kInputs * 8];       // [input channel]
shared Eight project_factors[8 * kOutputs];     // [widened channel][group of outputs]

void main() {
  const int thread = int(gl_LocalInvocationIndex);
  const int frame = int(gl_WorkGroupID.z);
  const int left = int(gl_WorkGroupID.x) * kTile * kStride - 1;
  const int top = int(gl_WorkGroupID.y) * kTile * kStride - 1;
  const Eight none = Eight(vec4(0), vec4(0));

  for (int i = thread; i < kInputs * kSeen; i += 64) {
    const int group = i / kSeen;
    const int x = left + i % kSeen % kSide;
    const int y = top + i % kSeen / kSide;
    Eight v = none;
    if (x >= 0 && y >= 0 && x < p.width && y < p.height) {
#ifdef VISUAL
      v = LoadVisual(frame, x, y, p.width, p.height);
#else
      v = group < p.groups0
              ? LoadTensor(false, kKind0, frame, x, y, p.width, p.height, group, p.groups0)
              : LoadTensor(true, kKind1, frame, x, y, p.width, p.height, group - p.groups0,
                           p.groups1);
#endif
    }
    STORE(inputs, i, v);
  }

  Eight sums[kOutputs];
  for (int o = 0; o < kOutputs; ++o) sums[o] = Factors(p.project_bias_at, o);
  const int my_x = thread % kTile;
  const int my_y = thread / kTile;
  for (int wide = 0; wide < p.widened; ++wide) {
    barrier();  // before what the last turn used is written anew
    for (int i = thread; i < kInputs * 8; i += 64) {
      expand_factors[i] = Factors(p.expand_at, i * p.widened + wide);
    }
    for (int i = thread; i < 8 * kOutputs; i += 64) {
      project_factors[i] = Factors(p.project_at, wide * 8 * kOutputs + i);
    }
    barrier();
    const Eight expand_bias = Factors(p.expand_bias_at, wide);
    for (int i = thread; i < kSeen; i += 64) {
      const int x = left + i % kSide;
      const int y = top + i / kSide;
      Eight sum = none;
      if (x >= 0 && y >= 0 && x < p.width && y < p.height) {
        sum = expand_bias;
        for (int group = 0; group < kInputs; ++group) {
          const Eight v = LOAD(inputs, group * kSeen + i);
          for (int c = 0; c < 4; ++c) {
            const Eight f = expand_factors[group * 8 + c];
            sum.a += v.a[c] * f.a;
            sum.b += v.a[c] * f.b;
          }
          for (int c = 0; c < 4; ++c) {
            const Eight f = expand_factors[group * 8 + 4 + c];
            sum.a += v.b[c] * f.a;
            sum.b += v.b[c] * f.b;
          }
        }
      }
      widened[i] = Relu(sum);
    }
    barrier();
    Eight middle = Factors(p.depthwise_bias_at, wide);
    for (int tap = 0; tap < 9; ++tap) {
      const Eight f = Factors(p.depthwise_at, tap * p.widened + wide);
      const Eight v = widened[(my_y * kStride + tap / 3) * kSide + my_x * kStride + tap % 3];
      middle.a += f.a * v.a;
      middle.b += f.b * v.b;
    }
    middle = Relu(middle);
    for (int o = 0; o < kOutputs; ++o) {
      for (int c = 0; c < 4; ++c) {
        const Eight f = project_factors[c * kOutputs + o];
        sums[o].a += middle.a[c] * f.a;
        sums[o].b += middle.a[c] * f.b;
      }
      for (int c = 0; c < 4; ++c) {
        const Eight f = project_factors[(4 + c) * kOutputs + o];
        sums[o].a += middle.b[c] * f.a;
        sums[o].b += middle.b[c] * f.b;
      }
    }
  }
  const int x = int(gl_WorkGroupID.x) * kTile + my_x;
  const int y = int(gl_WorkGroupID.y) * kTile + my_y;
  if (x >= p.out_width || y >= p.out_height) return;
  const int at = ((frame * p.out_height + y) * p.out_width + x) * kOutputs;
  for (int o = 0; o < kOutputs; ++o) {
    Eight sum = sums[o];
    if (p.has_residual != 0) {
      const Eight other = LOAD(residual, at + o);
      sum = Eight(sum.a + other.a, sum.b + other.b);
    }
    STORE(result, at + o, sum);
  }
}

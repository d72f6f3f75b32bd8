// A dense convolution: pixels times channels, in tiles of kPixels x kOutputs, with its bias, and
// the sum with another tensor and the ReLU behind it.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "tensor.glsl"

layout(local_size_x_id = 0) in;  // kPixels / 4 * kOutputs / 8: four pixels, eight channels each
layout(constant_id = 0) const int kThreads = 256;
layout(constant_id = 1) const int kPixels = 128;  // of a tile; a multiple of 4
layout(constant_id = 2) const int kOutputs = 64;  // of a tile; a multiple of 8
layout(constant_id = 3) const int kDepth = 16;    // channels of a step of the sum; a multiple of 8
layout(constant_id = 4) const int kKind0 = 0;
layout(constant_id = 5) const int kKind1 = 0;

#include "sources.glsl"
#include "weights.glsl"

layout(binding = 3, std430) readonly buffer Residual { STORED residual[]; };
layout(binding = 4, std430) writeonly buffer Result { STORED result[]; };

layout(push_constant) uniform Push {
  int groups0, groups1;     // of eight channels of each source
  int width, height;        // of the sources, as they are seen
  int out_width, out_height;
  int outputs;              // channels, a multiple of 8
  int kernel_width, kernel_height, stride_x, stride_y, left, top;
  int pixels;               // of the result, of all frames
  int weights_at, bias_at;  // in sixteen bytes
  int relu, has_residual;
} p;

shared vec4 values[kDepth * kPixels / 4];    // [channel][pixel]
shared vec4 factors[kDepth * kOutputs / 4];  // [channel][output]

// Pixels and parts of a step that each thread fetches.
const int kFetches = kPixels * kDepth / 8 / kThreads;

// Where the kernel's first tap is for an output pixel; `frame` < 0: there is no such pixel.
struct Place {
  int frame, x, y;
};

Place PlaceOf(int pixel) {
  if (pixel >= p.pixels) return Place(-1, 0, 0);
  const int area = p.out_width * p.out_height;
  return Place(pixel / area, pixel % area % p.out_width * p.stride_x - p.left,
               pixel % area / p.out_width * p.stride_y - p.top);
}

// Eight channels of what an output pixel multiplies: group `group` over all taps.
Eight Operand(Place place, int group) {
  const Eight none = Eight(vec4(0), vec4(0));
  const int groups = p.groups0 + p.groups1;
  const int tap = group / groups;
  if (place.frame < 0 || tap >= p.kernel_width * p.kernel_height) return none;
  const int x = place.x + tap % p.kernel_width;
  const int y = place.y + tap / p.kernel_width;
  if (x < 0 || y < 0 || x >= p.width || y >= p.height) return none;
#ifdef VISUAL
  return LoadVisual(place.frame, x, y, p.width, p.height);
#else
  const int g = group % groups;
  return g < p.groups0
             ? LoadTensor(false, kKind0, place.frame, x, y, p.width, p.height, g, p.groups0)
             : LoadTensor(true, kKind1, place.frame, x, y, p.width, p.height, g - p.groups0,
                          p.groups1);
#endif
}

void main() {
  const int thread = int(gl_LocalInvocationIndex);
  const int first_pixel = int(gl_WorkGroupID.x) * kPixels;
  const int first_output = int(gl_WorkGroupID.y) * kOutputs;
  const int my_output = thread % (kOutputs / 8) * 8;
  const int my_pixel = thread / (kOutputs / 8) * 4;
  Place places[kFetches];
  for (int f = 0; f < kFetches; ++f) {
    places[f] = PlaceOf(first_pixel + (thread + f * kThreads) % kPixels);
  }
  Eight sums[4];
  for (int i = 0; i < 4; ++i) sums[i] = Eight(vec4(0), vec4(0));
  const int groups = (p.groups0 + p.groups1) * p.kernel_width * p.kernel_height;
  for (int group = 0; group < groups; group += kDepth / 8) {
    for (int f = 0; f < kFetches; ++f) {
      const int pixel = (thread + f * kThreads) % kPixels;
      const int part = (thread + f * kThreads) / kPixels;
      const Eight v = Operand(places[f], group + part);
      for (int c = 0; c < 4; ++c) {
        values[((part * 8 + c) * kPixels + pixel) / 4][pixel % 4] = v.a[c];
        values[((part * 8 + 4 + c) * kPixels + pixel) / 4][pixel % 4] = v.b[c];
      }
    }
    for (int i = thread; i < kDepth * kOutputs / 8; i += kThreads) {
      const int out_channel = i % (kOutputs / 8) * 8;
      const int depth = i / (kOutputs / 8);
      Eight v = Eight(vec4(0), vec4(0));
      if (first_output + out_channel < p.outputs && group + depth / 8 < groups) {
        v = Factors(p.weights_at, ((group * 8 + depth) * p.outputs + first_output + out_channel) / 8);
      }
      factors[(depth * kOutputs + out_channel) / 4] = v.a;
      factors[(depth * kOutputs + out_channel) / 4 + 1] = v.b;
    }
    barrier();
    for (int depth = 0; depth < kDepth; ++depth) {
      const vec4 four = values[(depth * kPixels + my_pixel) / 4];
      const vec4 a = factors[(depth * kOutputs + my_output) / 4];
      const vec4 b = factors[(depth * kOutputs + my_output) / 4 + 1];
      for (int i = 0; i < 4; ++i) {
        sums[i].a += four[i] * a;
        sums[i].b += four[i] * b;
      }
    }
    barrier();
  }
  const int out_channel = first_output + my_output;
  if (out_channel >= p.outputs) return;
  const Eight bias = Factors(p.bias_at, out_channel / 8);
  for (int i = 0; i < 4; ++i) {
    const int pixel = first_pixel + my_pixel + i;
    if (pixel >= p.pixels) return;
    const int at = (pixel * p.outputs + out_channel) / 8;
    Eight sum = Eight(sums[i].a + bias.a, sums[i].b + bias.b);
    if (p.has_residual != 0) {
      const Eight other = LOAD(residual, at);
      sum = Eight(sum.a + other.a, sum.b + other.b);
    }
    if (p.relu != 0) sum = Relu(sum);
    STORE(result, at, sum);
  }
}

// Multiplications and additions in registers, and nothing else: the rate that a device has at most.
#version 450

layout(local_size_x = 256) in;
layout(binding = 0, std430) writeonly buffer Result { vec4 result[]; };
layout(push_constant) uniform Push {
  int rounds;
  float factor;
} p;

void main() {
  vec4 sums[8];
  for (int i = 0; i < 8; ++i) sums[i] = vec4(float(gl_GlobalInvocationID.x) + float(i));
  for (int round = 0; round < p.rounds; ++round) {
    for (int i = 0; i < 8; ++i) sums[i] = fma(sums[i], vec4(p.factor), vec4(0.5));
  }
  vec4 sum = vec4(0);
  for (int i = 0; i < 8; ++i) sum += sums[i];
  result[gl_GlobalInvocationID.x] = sum;
}

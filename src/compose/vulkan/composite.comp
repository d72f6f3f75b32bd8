// From the network's pictures to the Y, U and V of the rectangles, of all frames of a batch: what
// CompositeReference does. Rectangles are written into pictures whose first sample is that of the
// first chroma block that the rectangle touches; what lies around the rectangle is undefined.
#version 450

layout(local_size_x = 8, local_size_y = 8) in;  // four chroma blocks side by side each

struct Frame {
  uint face;          // its first word in `faces`: six planes, then the ring
  uint target;        // its first word in `target`: the planes Y, U, V
  int width, height;  // of the rectangle
  int odd_x, odd_y;   // whether it begins at the second column, row of a block
  int words;          // four chroma blocks each, in a row of blocks
  int cubic;
  vec4 luma;          // of B, G, R; the offset
  vec4 chroma;        // u_b, u_luma, v_r, v_luma
  vec4 offsets;       // of U and V
};

layout(binding = 0, std430) readonly buffer Faces { uint faces[]; };
layout(binding = 1, std430) readonly buffer Predictions { uint predictions[]; };
layout(binding = 2, std430) readonly buffer Frames { Frame frames[]; };
layout(binding = 3, std430) writeonly buffer Target { uint target[]; };

layout(push_constant) uniform Push {
  int crop, inner;
  int plane_words;  // of a plane of a prediction
} p;

float Byte(uint word, int at) { return float(bitfieldExtract(word, (at & 3) * 8, 8)); }

// Sample (x, y) of the crop, or the nearest one that there is.
float Crop(uint ring, int frame, int channel, int x, int y) {
  const int margin = (p.crop - p.inner) / 2;
  x = clamp(x, 0, p.crop - 1);
  y = clamp(y, 0, p.crop - 1);
  const int base = channel * 2 * margin * (p.crop + p.inner);
  const bool is_low = y >= p.crop - margin;
  const bool is_right = x >= p.crop - margin;
  if (y >= margin && !is_low && x >= margin && !is_right) {
    const int at = (y - margin) * p.inner + x - margin;
    return Byte(predictions[(frame * 3 + channel) * p.plane_words + at / 4], at);
  }
  int at = base + 2 * margin * p.crop + (y - margin) * 2 * margin + (is_right ? x - p.inner : x);
  if (y < margin) at = base + y * p.crop + x;
  if (is_low) at = base + (margin + y - (p.crop - margin)) * p.crop + x;
  at += int(ring);  // in bytes, from the first word of `faces`
  return Byte(faces[at / 4], at);
}

float Cubic(int tap, float t) {
  const float a = -0.75;
  const float x = abs(float(tap - 1) - t);
  if (x <= 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  return ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a;
}

// B, G and R of the rectangle's pixel (x, y).
vec3 Pixel(int frame, int x, int y) {
  const float column = (float(x) + 0.5) * float(p.crop) / float(frames[frame].width) - 0.5;
  const float row = (float(y) + 0.5) * float(p.crop) / float(frames[frame].height) - 0.5;
  const int left = int(floor(column));
  const int top = int(floor(row));
  const float tx = column - float(left);
  const float ty = row - float(top);
  const uint ring = (frames[frame].face) * 4u + uint(6 * p.inner * p.inner);
  const bool cubic = frames[frame].cubic != 0;
  const int taps = cubic ? 4 : 2;
  const int before = cubic ? 1 : 0;
  vec3 sum = vec3(0);
  for (int j = 0; j < taps; ++j) {
    const float row_weight = cubic ? Cubic(j, ty) : (j == 0 ? 1.0 - ty : ty);
    for (int i = 0; i < taps; ++i) {
      const float weight = row_weight * (cubic ? Cubic(i, tx) : (i == 0 ? 1.0 - tx : tx));
      for (int c = 0; c < 3; ++c) {
        sum[c] += weight * Crop(ring, frame, c, left + i - before, top + j - before);
      }
    }
  }
  return clamp(sum, vec3(0), vec3(255));
}

uint Round(float value) { return uint(clamp(floor(value + 0.5), 0.0, 255.0)); }

void main() {
  const int frame = int(gl_GlobalInvocationID.z);
  const int word = int(gl_GlobalInvocationID.x);
  const int block_y = int(gl_GlobalInvocationID.y);
  const Frame f = frames[frame];
  const int blocks_y = (f.odd_y + f.height + 1) / 2;
  if (word >= f.words || block_y >= blocks_y) return;
  uint luma[4] = uint[4](0u, 0u, 0u, 0u);  // [row][word]
  uint u = 0u;
  uint v = 0u;
  for (int block = 0; block < 4; ++block) {
    float u_sum = 0.0;
    float v_sum = 0.0;
    float count = 0.0;
    for (int i = 0; i < 4; ++i) {
      const int column = block * 2 + i % 2;  // of the eight
      const int x = word * 8 + column - f.odd_x;
      const int y = block_y * 2 + i / 2 - f.odd_y;
      if (x < 0 || y < 0 || x >= f.width || y >= f.height) continue;
      const vec3 bgr = Pixel(frame, x, y);
      const float l = dot(f.luma.xyz, bgr);
      luma[i / 2 * 2 + column / 4] |= Round(l + f.luma.w) << (8 * (column % 4));
      u_sum += f.chroma.x * bgr.x - f.chroma.y * l + f.offsets.x;
      v_sum += f.chroma.z * bgr.z - f.chroma.w * l + f.offsets.y;
      count += 1.0;
    }
    if (count > 0.0) {
      u |= Round(u_sum / count) << (8 * block);
      v |= Round(v_sum / count) << (8 * block);
    }
  }
  const uint luma_row = f.target + uint(block_y * 2 * f.words * 2 + word * 2);
  target[luma_row] = luma[0];
  target[luma_row + 1u] = luma[1];
  target[luma_row + uint(f.words * 2)] = luma[2];
  target[luma_row + uint(f.words * 2) + 1u] = luma[3];
  const uint u_plane = f.target + uint(blocks_y * 2 * f.words * 2);
  const uint at = uint(block_y * f.words + word);
  target[u_plane + at] = u;
  target[u_plane + uint(blocks_y * f.words) + at] = v;
}

// What a step reads: one or two tensors side by side by channels, each as it is or doubled, or the
// request's pictures. Wants: a constant `kKind0`, `kKind1` (specialisation), the push constants
// named below.

const int kTensor = 0;
const int kUpsampled = 1;

#ifdef VISUAL
// Six planes of bytes a frame, wherever it lies in `faces`.
layout(binding = 0, std430) readonly buffer Faces { uint faces[]; };
layout(binding = 1, std430) readonly buffer Slots { uint slots[]; };  // first word, by frame

float FaceByte(uint word, uint at) {
  return float(bitfieldExtract(faces[word + at / 4u], int(at % 4u) * 8, 8));
}

Eight LoadVisual(int frame, int x, int y, int width, int height) {
  const uint plane = uint(width * height);
  const uint at = uint(y * width + x);
  const uint word = slots[frame];
  return Eight(vec4(FaceByte(word, at), FaceByte(word, plane + at), FaceByte(word, 2u * plane + at),
                    FaceByte(word, 3u * plane + at)) / 255.0,
               vec4(FaceByte(word, 4u * plane + at), FaceByte(word, 5u * plane + at), 0, 0) / 255.0);
}
#else
layout(binding = 0, std430) readonly buffer Source0 { STORED source0[]; };
layout(binding = 1, std430) readonly buffer Source1 { STORED source1[]; };

Eight Fetch(bool second, int at) {
  if (second) return LOAD(source1, at);
  return LOAD(source0, at);
}

// Group `group` of `groups` of pixel (x, y) of a tensor that is `width` x `height` as the step sees
// it, corners aligned where it was doubled.
Eight LoadTensor(bool second, int kind, int frame, int x, int y, int width, int height, int group,
                 int groups) {
  if (kind == kTensor) {
    return Fetch(second, ((frame * height + y) * width + x) * groups + group);
  }
  const int w = width / 2;
  const int h = height / 2;
  const float fx = width > 1 ? float(x) * float(w - 1) / float(width - 1) : 0.0;
  const float fy = height > 1 ? float(y) * float(h - 1) / float(height - 1) : 0.0;
  const int left = min(int(fx), w - 1);
  const int top = min(int(fy), h - 1);
  const int right = min(left + 1, w - 1);
  const int low = min(top + 1, h - 1);
  const int row0 = (frame * h + top) * w;
  const int row1 = (frame * h + low) * w;
  const float tx = fx - float(left);
  const Eight upper = Mix(Fetch(second, (row0 + left) * groups + group),
                          Fetch(second, (row0 + right) * groups + group), tx);
  const Eight lower = Mix(Fetch(second, (row1 + left) * groups + group),
                          Fetch(second, (row1 + right) * groups + group), tx);
  return Mix(upper, lower, fy - float(top));
}
#endif

// Tensors: [frame][pixel][channels], eight channels at a time, as half floats or, with STORE_F32,
// as floats. Sums are in floats.

struct Eight {
  vec4 a;
  vec4 b;
};

// An array of eights has kParts elements of type STORED for each; LOAD and STORE give and take the
// eight number `at` of one.
#ifdef STORE_F32
#define STORED vec4
const int kParts = 2;
#define LOAD(array, at) Eight(array[2 * (at)], array[2 * (at) + 1])
#define STORE(array, at, value)       \
  {                                   \
    array[2 * (at)] = (value).a;      \
    array[2 * (at) + 1] = (value).b;  \
  }
#else
#define STORED uvec4
const int kParts = 1;
Eight Unpack(uvec4 stored) {
  return Eight(vec4(unpackHalf2x16(stored.x), unpackHalf2x16(stored.y)),
               vec4(unpackHalf2x16(stored.z), unpackHalf2x16(stored.w)));
}
// The nearest values that half floats have, of two the even one: which way packHalf2x16 rounds is up
// to the driver. Beyond the largest there is infinity, and then no number.
vec4 RoundToHalf(vec4 value) {
  const vec4 most = vec4(65504.0);
  const uvec4 bits = floatBitsToUint(clamp(value, -most, most));
  return uintBitsToFloat((bits + 0xFFFu + (bits >> 13 & 1u)) & 0xFFFFE000u);
}
uvec4 Pack(Eight value) {
  const vec4 a = RoundToHalf(value.a);
  const vec4 b = RoundToHalf(value.b);
  return uvec4(packHalf2x16(a.xy), packHalf2x16(a.zw), packHalf2x16(b.xy), packHalf2x16(b.zw));
}
#define LOAD(array, at) Unpack(array[at])
#define STORE(array, at, value) array[at] = Pack(value)
#endif

Eight Mix(Eight x, Eight y, float t) { return Eight(mix(x.a, y.a, t), mix(x.b, y.b, t)); }
Eight Relu(Eight x) { return Eight(max(x.a, vec4(0)), max(x.b, vec4(0))); }

// Small values that the whole API shares: rectangles, rates, ranges, and the choices that users
// make, each with its name.
#ifndef MOUTHPIECE_TYPES_H_
#define MOUTHPIECE_TYPES_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace mouthpiece {

/// Half-open rectangle in pixels of the full frame: x in [x1, x2), y in [y1, y2).
struct Rect {
  int x1 = 0;
  int y1 = 0;
  int x2 = 0;
  int y2 = 0;

  int width() const { return x2 - x1; }
  int height() const { return y2 - y1; }
  bool operator==(const Rect&) const = default;
};

/// A rate or time base, numerator over denominator.
struct Rational {
  int num = 0;
  int den = 1;

  double value() const { return den == 0 ? 0.0 : static_cast<double>(num) / den; }
  bool operator==(const Rational&) const = default;
};

/// Half-open range of output frames.
struct FrameRange {
  int64_t begin = 0;
  int64_t end = 0;

  bool operator==(const FrameRange&) const = default;
};

/// One of the parts that a job is divided into for several machines.
struct Shard {
  int index = 0;  ///< From 0
  int count = 1;
};

/// How output frames walk the avatar's N frames. Ping-pong runs 0..N-1..0 without repeating
/// either end.
enum class LoopMode { kPingPong, kRepeat, kNone };

/// Where source frames come from; the pictures are byte-identical in every mode.
enum class CacheMode { kAuto, kRam, kChunk, kStream, kDisk };

/// Interpolation of the face square to the rectangle, as OpenCV's INTER_LINEAR / INTER_CUBIC.
enum class Resample { kLinear, kCubic };

/// What audio windows hold outside the feature array: zeros, or the nearest row again.
enum class AudioWindowMode { kZero, kEdge };

/// Arithmetic of the network. kAuto: bf16 where the CPU has AMX or AVX-512 BF16, else f32.
/// kInt8, on every CPU, for the networks that the fused engine knows: products of 8-bit integers,
/// twice as far from f32 as bf16 is. kF16, on GPUs, where kAuto is it: tensors in half floats,
/// weights and sums in f32.
enum class Precision { kAuto, kF32, kBf16, kInt8, kF16 };

/// What runs the network.
enum class EngineKind {
  kAuto,      ///< Fused where it knows the network and the precision, else OpenVINO
  kFused,     ///< Mouthpiece's own kernels, for the U-Net 328 family
  kOpenVino,  ///< OpenVINO's CPU plugin, for any network
};

/// Order of a pixel's three bytes.
enum class PixelOrder { kBgr, kRgb };

/// A value of an enumeration and what users call it.
template <typename Enum>
struct Named {
  Enum value;
  const char* name;
};

/// The names of an enumeration's values, in the order in which they are offered.
template <typename Enum>
struct NameTable;

template <>
struct NameTable<LoopMode> {
  static constexpr Named<LoopMode> kEntries[] = {
      {LoopMode::kPingPong, "pingpong"}, {LoopMode::kRepeat, "repeat"}, {LoopMode::kNone, "none"}};
};

template <>
struct NameTable<CacheMode> {
  static constexpr Named<CacheMode> kEntries[] = {{CacheMode::kAuto, "auto"},
                                                  {CacheMode::kRam, "ram"},
                                                  {CacheMode::kChunk, "chunk"},
                                                  {CacheMode::kStream, "stream"},
                                                  {CacheMode::kDisk, "disk"}};
};

template <>
struct NameTable<Resample> {
  static constexpr Named<Resample> kEntries[] = {{Resample::kLinear, "linear"},
                                                 {Resample::kCubic, "cubic"}};
};

template <>
struct NameTable<AudioWindowMode> {
  static constexpr Named<AudioWindowMode> kEntries[] = {{AudioWindowMode::kZero, "zero"},
                                                        {AudioWindowMode::kEdge, "edge"}};
};

template <>
struct NameTable<Precision> {
  static constexpr Named<Precision> kEntries[] = {{Precision::kAuto, "auto"},
                                                  {Precision::kF32, "f32"},
                                                  {Precision::kBf16, "bf16"},
                                                  {Precision::kInt8, "int8"},
                                                  {Precision::kF16, "f16"}};
};

template <>
struct NameTable<EngineKind> {
  static constexpr Named<EngineKind> kEntries[] = {{EngineKind::kAuto, "auto"},
                                                   {EngineKind::kFused, "fused"},
                                                   {EngineKind::kOpenVino, "openvino"}};
};

template <>
struct NameTable<PixelOrder> {
  static constexpr Named<PixelOrder> kEntries[] = {{PixelOrder::kBgr, "bgr"},
                                                   {PixelOrder::kRgb, "rgb"}};
};

template <typename Enum>
concept HasNames = requires {
  NameTable<Enum>::kEntries;
};

/// The name of `value`; "" for none of the enumeration's.
template <HasNames Enum>
constexpr const char* ToString(Enum value) {
  for (const Named<Enum>& entry : NameTable<Enum>::kEntries) {
    if (entry.value == value) return entry.name;
  }
  return "";
}

/// The value that is called `name`, if there is one.
template <HasNames Enum>
constexpr std::optional<Enum> FromString(std::string_view name) {
  for (const Named<Enum>& entry : NameTable<Enum>::kEntries) {
    if (entry.name == name) return entry.value;
  }
  return std::nullopt;
}

}  // namespace mouthpiece

#endif  // MOUTHPIECE_TYPES_H_

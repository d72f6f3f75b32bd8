// Pictures that are cut and scaled on their way to an output.
#ifndef MOUTHPIECE_SINK_SHAPE_H_
#define MOUTHPIECE_SINK_SHAPE_H_

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "mouthpiece/shape.h"
#include "mouthpiece/types.h"
#include "sink/sink.h"

namespace mouthpiece {

/// Pixels of a side of pictures that are scaled or cut.
inline constexpr int kMostSide = 16384;

/// What is done to every frame.
struct Shape {
  Rect crop;  ///< Of the frame; its origin is even
  int width = 0;
  int height = 0;  ///< Of what comes out
  Rational sample_aspect{1, 1};

  bool scales() const { return width != crop.width() || height != crop.height(); }
};

/// What options mean for such frames of an avatar with these faces (not empty). Null where nothing
/// is to be done. Throws Error (kInvalidArgument).
std::optional<Shape> ShapeOf(const std::optional<Crop>& crop, const std::optional<Scale>& scale,
                             const StreamFormat& frames, std::span<const Rect> faces);

/// Of the frames that come out.
StreamFormat Shaped(const StreamFormat& frames, const Shape& shape);

/// "crop 404x720 at 438,0, scale 270x480": what decides over the result.
std::string Describe(const Shape& shape);

/// Bytes of pictures that OpenShapingSink keeps for a sink that holds that many frames.
uint64_t ShapingBytes(const Shape& shape, int frames_held);

/// Gives `sink` the frames as they come out. Cutting moves pointers; scaled pictures are its own.
/// `frames` are those that go in.
std::unique_ptr<Sink> OpenShapingSink(std::unique_ptr<Sink> sink, const Shape& shape,
                                      const StreamFormat& frames);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_SHAPE_H_

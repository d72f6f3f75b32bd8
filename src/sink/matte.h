// Frames that are transparent in part, on their way to an output.
#ifndef MOUTHPIECE_SINK_MATTE_H_
#define MOUTHPIECE_SINK_MATTE_H_

#include <memory>
#include <optional>
#include <string>

#include "compose/matte.h"
#include "media/backdrop.h"
#include "mouthpiece/matte.h"
#include "mouthpiece/types.h"
#include "sink/sink.h"

namespace mouthpiece {

/// Where frames are transparent, and what becomes of that.
struct Matte {
  std::optional<ChromaKey> key;      ///< Null: the avatar's frames say so (SinkJob::alpha)
  std::optional<Backdrop> backdrop;  ///< Null: the output gets alpha

  bool gives_alpha() const { return !backdrop; }
};

/// What options mean for such frames. Null where the output gets the frames as they are: without
/// transparency, or without a background where it `takes_alpha` not. Throws Error.
std::shared_ptr<const Matte> MatteOf(const std::optional<KeyOut>& key_out,
                                     const std::string& background, bool takes_alpha,
                                     const StreamFormat& frames);

/// Bytes of pictures that OpenMatteSink keeps of frames of that size for a sink that holds so many.
uint64_t MatteBytes(int width, int height, int frames_held);

/// Gives `sink` the frames with alpha, or over the background. `frames` are those that go in, which
/// are `part` of the `whole` of the avatar's. `matte` outlives the sink.
std::unique_ptr<Sink> OpenMatteSink(std::unique_ptr<Sink> sink, const Matte& matte,
                                    const SinkJob& job, const StreamFormat& frames,
                                    const Rect& part, const Rect& whole);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_MATTE_H_

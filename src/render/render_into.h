// Render() with the sink and the frames' lifetime in other hands.
#ifndef MOUTHPIECE_RENDER_RENDER_INTO_H_
#define MOUTHPIECE_RENDER_RENDER_INTO_H_

#include <functional>
#include <memory>

#include "mouthpiece/render.h"
#include "render/lent_frame.h"
#include "render/network_keeper.h"
#include "sink/sink.h"

namespace mouthpiece {

using SinkOpener = std::function<std::unique_ptr<Sink>(const SinkOptions&, const StreamFormat&)>;

/// Renders into the sink that `open_sink` gives, by a network of `networks`, which are those of
/// `avatar`. `lender`, empty before, outlives the sink and all
/// frames that were written to it.
RenderStats RenderInto(const std::shared_ptr<const Avatar>& avatar, NetworkKeeper& networks,
                       const RenderOptions& options, const RenderHooks& hooks,
                       const SinkOpener& open_sink, FrameLender& lender);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_RENDER_RENDER_INTO_H_

#include "mouthpiece/renderer.h"

#include <utility>

#include "render/network_keeper.h"
#include "render/render_into.h"

namespace mouthpiece {

Renderer::Renderer(std::shared_ptr<const Avatar> avatar)
    : avatar_(std::move(avatar)), networks_(std::make_unique<NetworkKeeper>()) {}
Renderer::~Renderer() = default;

RenderStats Renderer::Render(const RenderOptions& options, const RenderHooks& hooks) {
  FrameLender lender;
  return RenderInto(avatar_, *networks_, options, hooks, OpenSink, lender);
}

}  // namespace mouthpiece

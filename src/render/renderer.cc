#include "mouthpiece/renderer.h"

#include <utility>

#include "render/check_options.h"
#include "render/render_into.h"
#include "speech/encoder_keeper.h"

namespace mouthpiece {
namespace {

Machine Checked(Machine machine) {
  CheckMachine(machine);
  return machine;
}

}  // namespace

Renderer::Renderer(std::shared_ptr<const Avatar> avatar, Machine machine)
    : context_(new RenderContext{std::move(avatar), Checked(std::move(machine)),
                                 PerProcess<DeviceKeeper>(std::make_unique<DeviceKeeper>),
                                 PerProcess<EncoderKeeper>(std::make_unique<EncoderKeeper>),
                                 PerProcess<StoreKeeper>(std::make_unique<StoreKeeper>)}) {}
Renderer::~Renderer() = default;

const std::shared_ptr<const Avatar>& Renderer::avatar() const { return context_->avatar; }

const Machine& Renderer::machine() const { return context_->machine; }

RenderStats Renderer::Render(const Job& job, const Output& output, const Hooks& hooks) {
  FrameOrigin origin;
  return RenderInto(*context_, job, output, hooks,
                    {.cancel = CancelToken(hooks.cancel, &context_->cancellations)}, OpenSink,
                    origin);
}

void Renderer::Cancel() { ++context_->cancellations; }

}  // namespace mouthpiece

// Rendering again and again with a network that was loaded once.
#ifndef MOUTHPIECE_RENDERER_H_
#define MOUTHPIECE_RENDERER_H_

#include <memory>

#include "mouthpiece/avatar.h"
#include "mouthpiece/render.h"

namespace mouthpiece {

class NetworkKeeper;  // src/render/network_keeper.h

/// An avatar and, from the first render on, its network, which the next render finds loaded when
/// it asks for the same `precision`, `engine`, `batch`, `threads` and `resample`; else that one is
/// let go and another is loaded. A model whose file changes meanwhile is not read again.
///
/// Thread-safe. Renders that run at the same time do not wait for each other: each has a network of
/// its own, one of which is kept. After an error the next render goes on with the same network.
class Renderer {
 public:
  explicit Renderer(std::shared_ptr<const Avatar> avatar);
  ~Renderer();
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;

  const std::shared_ptr<const Avatar>& avatar() const { return avatar_; }

  /// As the function of that name; RenderStats::network_wall_s is 0 when the network was there.
  RenderStats Render(const RenderOptions& options, const RenderHooks& hooks = {});

  /// For the library's own modules.
  NetworkKeeper& networks() { return *networks_; }

 private:
  const std::shared_ptr<const Avatar> avatar_;
  const std::unique_ptr<NetworkKeeper> networks_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_RENDERER_H_

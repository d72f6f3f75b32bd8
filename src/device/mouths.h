// Mouths that somebody else has made, put into frames by a device.
#ifndef MOUTHPIECE_DEVICE_MOUTHS_H_
#define MOUTHPIECE_DEVICE_MOUTHS_H_

#include <memory>
#include <string>

#include "avatar/package.h"
#include "compose/compositor.h"
#include "device/device.h"
#include "image/source_frame.h"

namespace mouthpiece {

/// The compositing of one device without its network. Not thread-safe.
class Mouths {
 public:
  virtual ~Mouths() = default;

  /// Writes `prediction` into the rectangle of a whole frame, but for what its `kept` holds, as
  /// Compositor does. Throws Error (kInternal).
  virtual void Composite(const Prediction& prediction, const Placement& placement,
                         SourceFrame& source) = 0;
};

/// Of the device `name`, the first one where it is a list; `auto`, of which nothing is known here,
/// is the CPU. Throws Error as OpenDevice does.
std::unique_ptr<Mouths> OpenMouths(const Package& package, const std::string& name);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_DEVICE_MOUTHS_H_

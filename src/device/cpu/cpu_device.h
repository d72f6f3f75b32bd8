// The CPU as a device: an engine, and the Compositor behind it.
#ifndef MOUTHPIECE_DEVICE_CPU_CPU_DEVICE_H_
#define MOUTHPIECE_DEVICE_CPU_CPU_DEVICE_H_

#include <memory>

#include "device/device.h"
#include "image/tone_curve.h"

namespace mouthpiece {

/// `geometry` and `mapped_range` are those of the package whose frames it gets.
std::unique_ptr<Device> CreateCpuDevice(std::unique_ptr<Engine> engine, FaceGeometry geometry,
                                        DynamicRange mapped_range = DynamicRange::kStandard);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_DEVICE_CPU_CPU_DEVICE_H_

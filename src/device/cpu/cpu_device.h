// The CPU as a device: an engine, and the Compositor behind it.
#ifndef MOUTHPIECE_DEVICE_CPU_CPU_DEVICE_H_
#define MOUTHPIECE_DEVICE_CPU_CPU_DEVICE_H_

#include <memory>

#include "device/device.h"

namespace mouthpiece {

/// `geometry`: the face of the package whose frames it gets.
std::unique_ptr<Device> CreateCpuDevice(std::unique_ptr<Engine> engine, FaceGeometry geometry);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_DEVICE_CPU_CPU_DEVICE_H_

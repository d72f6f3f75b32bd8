#include "device/vulkan/vulkan_generator.h"

#include <string>
#include <utility>

#include "device/engine_fit.h"
#include "infer/read_generator.h"
#include "infer/request_memory.h"
#include "infer/vulkan/operations.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

using vulkan::Storage;

/// One that is filled, one that runs, one that is composited into frames.
constexpr int kRequests = 3;

Storage StorageOf(const DeviceSettings& settings) {
  if (settings.engine == EngineKind::kOpenVino) {
    throw Error(ErrorCode::kInvalidArgument,
                "engine: expected auto or fused on device " + settings.name + ", found openvino");
  }
  switch (settings.precision) {
    case Precision::kAuto:
    case Precision::kF16:
      return Storage::kHalf;
    case Precision::kF32:
      return Storage::kFloat;
    default:
      throw Error(ErrorCode::kUnsupported, "precision: expected auto, f16 or f32 on device " +
                                               settings.name + ", found " +
                                               ToString(settings.precision));
  }
}

}  // namespace

VulkanGenerator LoadVulkanGenerator(const Package& package, const DeviceSettings& settings,
                                    const FeatureOrigin& features) {
  VulkanGenerator generator;
  generator.storage = StorageOf(settings);
  NetworkReading reading = ReadGenerator(package.generator);
  if (reading.network) {
    generator.network = std::make_unique<const Network>(std::move(*reading.network));
    fused::Planning planning = fused::MakePlan(*generator.network);
    reading.obstacle = planning.obstacle;
    if (planning.plan) {
      generator.plan = std::move(*planning.plan);
      reading.obstacle = vulkan::FindObstacle(generator.plan, generator.storage);
    }
  }
  if (!reading.obstacle.empty()) {
    throw Error(ErrorCode::kUnsupported, package.generator.string() + ": not for device " +
                                             settings.name + ": " + reading.obstacle);
  }
  EngineInfo& info = generator.info;
  info.model = package.generator;
  info.geometry = GeometryOfSide(generator.network->side);
  info.audio_shape = generator.network->audio_shape;
  info.precision = generator.storage == Storage::kHalf ? Precision::kF16 : Precision::kF32;
  info.requests = kRequests;
  CheckEngineFits(info, package);
  CheckFeatureRows(info, features);
  return generator;
}

}  // namespace mouthpiece

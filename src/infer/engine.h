// Running the generator network in batches.
#ifndef MOUTHPIECE_INFER_ENGINE_H_
#define MOUTHPIECE_INFER_ENGINE_H_

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "image/ring.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

class WeightsKeeper;

struct EngineOptions {
  std::filesystem::path model;  ///< ONNX file
  Precision precision = Precision::kAuto;
  int batch = 0;     ///< 0: chosen for the machine
  int threads = 0;   ///< 0: all cores
  int requests = 0;  ///< Batches in flight; 0: chosen for the machine
  EngineKind kind = EngineKind::kAuto;
  /// Shares the weights of the fused engine with other engines of the same keeper and file; null:
  /// they are the engine's own. Used while the engine is created only.
  WeightsKeeper* weights = nullptr;
};

/// What the loaded model takes and gives, and how it is run.
struct EngineInfo {
  std::filesystem::path model;            ///< The file that runs
  FaceGeometry geometry;                  ///< inner: side of the model's pictures
  std::array<int, 3> audio_shape{};       ///< Of one frame's audio window, e.g. 32, 16, 16
  int batch = 1;                          ///< Frames a request holds
  int requests = 1;                       ///< Requests that can be in flight
  int threads = 1;                        ///< Of the CPU; 0 on another device
  Precision precision = Precision::kF32;  ///< The one that runs; never kAuto
  std::string description;                ///< "OpenVINO 2026.4 CPU f32"
  /// Tells apart the fused engine's weights: engines that share them have the same. Null: unknown.
  const void* weights = nullptr;
};

/// A loaded model with a fixed number of requests. A request is filled through visual() and
/// audio(), started, waited for, and read through prediction(); then it may be filled again.
/// Different requests may be used from different threads at once.
class Engine {
 public:
  virtual ~Engine() = default;

  virtual const EngineInfo& info() const = 0;

  /// Input pictures of frame `i` < batch: planes B, G, R of the face, then B, G, R of the masked
  /// face, 8-bit, 6 x inner x inner, without padding. The scaling to [0,1] is the model's.
  virtual std::span<uint8_t> visual(int request, int i) = 0;
  /// Audio window of frame `i`, prod(audio_shape) values.
  virtual std::span<float> audio(int request, int i) = 0;

  /// Starts the request with its first `count` frames filled, 1 <= count <= batch. Waits
  /// for nothing but a fork that is about to happen (base/no_fork.h).
  virtual void Start(int request, int count) = 0;
  /// Waits for a started request. Throws Error if it failed.
  virtual void Wait(int request) = 0;
  /// Output of frame `i` < count: planes B, G, R, uint8(255 * model output), 3 x inner x inner.
  virtual std::span<const uint8_t> prediction(int request, int i) = 0;

  /// Seconds in which at least one request was running.
  virtual double busy_seconds() const = 0;
};

/// Loads an ONNX generator. Inputs are found by shape: [N,6,S,S] and [N,a,b,c]; output [N,3,S,S];
/// N dynamic or fixed. Throws Error (kBadPackage) naming the file and the shapes when the model is
/// damaged or of another kind; (kUnsupported) when `kind` cannot run it, or not in `precision`.
std::unique_ptr<Engine> CreateEngine(const EngineOptions& options);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_INFER_ENGINE_H_

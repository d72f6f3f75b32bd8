// What every engine keeps of its requests: where their frames lie, and which numbers there are.
#ifndef MOUTHPIECE_INFER_REQUEST_MEMORY_H_
#define MOUTHPIECE_INFER_REQUEST_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "infer/engine.h"

namespace mouthpiece {

/// The geometry of a network whose pictures measure `side`.
FaceGeometry GeometryOfSide(int side);

/// Values of one frame.
struct FrameSizes {
  FrameSizes() = default;
  explicit FrameSizes(const EngineInfo& info);

  size_t visual = 0;
  size_t audio = 0;
  size_t prediction = 0;
};

/// Memory of one request. Borrowed.
struct RequestMemory {
  uint8_t* visual = nullptr;
  float* audio = nullptr;
  uint8_t* prediction = nullptr;
};

/// The frames of an engine's requests. All functions throw Error (kInvalidArgument) for requests,
/// frames and counts that there are none of. Thread-safe.
class RequestFrames {
 public:
  RequestFrames() = default;
  /// `requests`: one for each of the engine's, with a batch's frames one after the other.
  RequestFrames(const EngineInfo& info, std::vector<RequestMemory> requests);

  std::span<uint8_t> visual(int request, int i) const;
  std::span<float> audio(int request, int i) const;
  std::span<uint8_t> prediction(int request, int i) const;

  /// The request's place in a list of all.
  size_t Index(int request) const;
  /// The same for a request that starts with `count` frames.
  size_t StartIndex(int request, int count) const;

 private:
  template <typename T>
  std::span<T> Frame(T* RequestMemory::*memory, size_t size, int request, int i) const;

  FrameSizes sizes_;
  int batch_ = 0;
  std::vector<RequestMemory> requests_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_INFER_REQUEST_MEMORY_H_

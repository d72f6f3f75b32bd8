#include "infer/request_memory.h"

#include <string>
#include <utility>

#include "mouthpiece/error.h"

namespace mouthpiece {

FaceGeometry GeometryOfSide(int side) {
  FaceGeometry geometry;
  const int margin = geometry.margin();
  geometry.inner = side;
  geometry.crop = side + 2 * margin;
  return geometry;
}

FrameSizes::FrameSizes(const EngineInfo& info) {
  const auto side = static_cast<size_t>(info.geometry.inner);
  visual = 6 * side * side;
  prediction = 3 * side * side;
  audio = 1;
  for (const int n : info.audio_shape) audio *= static_cast<size_t>(n);
}

RequestFrames::RequestFrames(const EngineInfo& info, std::vector<RequestMemory> requests)
    : sizes_(info), batch_(info.batch), requests_(std::move(requests)) {}

template <typename T>
std::span<T> RequestFrames::Frame(T* RequestMemory::*memory, size_t size, int request,
                                  int i) const {
  const RequestMemory& found = requests_[Index(request)];
  if (i < 0 || i >= batch_) {
    throw Error(ErrorCode::kInvalidArgument,
                "frame " + std::to_string(i) + " of a batch of " + std::to_string(batch_));
  }
  return {found.*memory + static_cast<size_t>(i) * size, size};
}

std::span<uint8_t> RequestFrames::visual(int request, int i) const {
  return Frame(&RequestMemory::visual, sizes_.visual, request, i);
}

std::span<float> RequestFrames::audio(int request, int i) const {
  return Frame(&RequestMemory::audio, sizes_.audio, request, i);
}

std::span<uint8_t> RequestFrames::prediction(int request, int i) const {
  return Frame(&RequestMemory::prediction, sizes_.prediction, request, i);
}

size_t RequestFrames::Index(int request) const {
  if (request < 0 || static_cast<size_t>(request) >= requests_.size()) {
    throw Error(ErrorCode::kInvalidArgument,
                "request " + std::to_string(request) + " of " + std::to_string(requests_.size()));
  }
  return static_cast<size_t>(request);
}

size_t RequestFrames::StartIndex(int request, int count) const {
  const size_t index = Index(request);
  if (count < 1 || count > batch_) {
    throw Error(ErrorCode::kInvalidArgument, "a request holds 1 to " + std::to_string(batch_) +
                                                 " frames, not " + std::to_string(count));
  }
  return index;
}

}  // namespace mouthpiece

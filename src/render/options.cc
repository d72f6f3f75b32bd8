#include "render/options.h"

#include <string>

#include "mouthpiece/error.h"
#include "render/devices.h"

namespace mouthpiece {
namespace {

[[noreturn]] void Reject(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

void CheckRange(const char* name, int64_t value, int64_t low, int64_t high) {
  if (value < low || value > high) {
    Reject(std::string(name) + ": expected " + std::to_string(low) + " to " + std::to_string(high) +
           ", found " + std::to_string(value));
  }
}

}  // namespace

void CheckOptions(const RenderOptions& options) {
  if (options.output.empty()) Reject("output: expected a file, folder or sink, found nothing");
  if (options.frames) {
    const auto [begin, end] = *options.frames;
    if (begin < 0 || end <= begin) {
      Reject("frames: expected 0 <= A < B, found " + std::to_string(begin) + ":" +
             std::to_string(end));
    }
  }
  if (options.shard && (options.shard->index < 0 || options.shard->index >= options.shard->count)) {
    Reject("shard: expected I/N with I from 0 to N-1, found " +
           std::to_string(options.shard->index) + "/" + std::to_string(options.shard->count));
  }
  CheckRange("chunk-frames", options.chunk_frames, 1, 1'000'000);
  CheckRange("batch", options.batch, 0, 256);
  CheckRange("threads", options.threads, 0, 1024);
  CheckDevices(options.devices);
  CheckRange("quality", options.encode.quality, 1, 100);
  if (options.encode.bitrate < 0) Reject("bitrate: expected a positive rate");
  if (options.encode.crf && options.encode.bitrate > 0) {
    Reject("crf and bitrate: expected one of them, found both");
  }
  if (options.memory_budget < (uint64_t{16} << 20)) {
    Reject("memory-budget: expected at least 16 MiB, found " +
           std::to_string(options.memory_budget) + " bytes");
  }
}

}  // namespace mouthpiece

#include "render/check_options.h"

#include <string>

#include "base/input_guard.h"
#include "device/open_device.h"
#include "mouthpiece/error.h"
#include "sink/shape.h"

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

void CheckMachine(const Machine& machine) {
  CheckRange("chunk-frames", machine.chunk_frames, 1, 1'000'000);
  CheckRange("batch", machine.batch, 0, 256);
  CheckRange("threads", machine.threads, 0, 1024);
  CheckDeviceName(machine.device);
  if (machine.memory_budget < (uint64_t{16} << 20)) {
    Reject("memory-budget: expected at least 16 MiB, found " +
           std::to_string(machine.memory_budget) + " bytes");
  }
}

void CheckJob(const Job& job) {
  constexpr int kMostTracks = 1024;
  const auto* speech = std::get_if<SpeechFile>(&job.drive);
  const auto* features = std::get_if<FeatureFile>(&job.drive);
  const std::string& sound = (speech != nullptr ? speech->path : job.sound).native();
  if (IsUrl(sound)) {
    Reject(sound +
           ": is a URL, and sound is read from files and pipes: curl -sL URL | mouthpiece " +
           "render ... --audio -");
  }
  if (features != nullptr && IsUrl(features->path.native())) {
    Reject(features->path.string() + ": is a URL, and features are read from files");
  }
  CheckRange("audio-track", speech != nullptr ? speech->track : job.sound_track, 0, kMostTracks);
  if (!job.sound.empty() && job.sound_samples.samples) {
    Reject("sound: expected a file or samples, found both");
  }
  if (job.frames) {
    const auto [begin, end] = *job.frames;
    if (begin < 0 || end <= begin) {
      Reject("frames: expected 0 <= A < B, found " + std::to_string(begin) + ":" +
             std::to_string(end));
    }
  }
  if (job.shard && (job.shard->index < 0 || job.shard->index >= job.shard->count)) {
    Reject("shard: expected I/N with I from 0 to N-1, found " + std::to_string(job.shard->index) +
           "/" + std::to_string(job.shard->count));
  }
}

void CheckOutput(const Output& output) {
  if (output.name.empty()) Reject("output: expected a file, folder or sink, found nothing");
  CheckRange("quality", output.encode.quality, 1, 100);
  if (output.key_out && !(output.key_out->similarity > 0 && output.key_out->similarity <= 1)) {
    Reject("key-out: expected a similarity above 0, at most 1");
  }
  if (output.crop) {
    CheckRange("crop width", output.crop->width, 1, kMostSide);
    CheckRange("crop height", output.crop->height, 1, kMostSide);
  }
  if (output.scale) {
    const auto [width, height] = *output.scale;
    if (width != Scale::kKeepShape) CheckRange("scale width", width, 1, kMostSide);
    if (height != Scale::kKeepShape) CheckRange("scale height", height, 1, kMostSide);
    if (width == height && width == Scale::kKeepShape) {
      Reject("scale: expected a width or a height, found neither");
    }
  }
  if (output.encode.bitrate < 0) Reject("bitrate: expected a positive rate");
  if (output.encode.crf && output.encode.bitrate > 0) {
    Reject("crf and bitrate: expected one of them, found both");
  }
}

}  // namespace mouthpiece

#include "sink/image_sink.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "mouthpiece/error.h"
#include "sink/byte_writer.h"
#include "sink/image_encoder.h"

namespace mouthpiece {
namespace {

constexpr int kMostThreads = 8;

int ThreadCount(int wanted) {
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  return std::clamp(wanted > 0 ? wanted : cores, 1, kMostThreads);
}

std::unordered_set<std::string> NamesIn(const std::filesystem::path& folder) {
  std::unordered_set<std::string> names;
  std::error_code ignored;  // a folder that is not there yet holds nothing
  for (const auto& entry : std::filesystem::directory_iterator(
           folder.empty() ? std::filesystem::path(".") : folder, ignored)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

/// The pattern, after checking that no image would take the place of a file.
ImagePattern CheckedPattern(const SinkOptions& options) {
  ImagePattern pattern = ParseImagePattern(options.output);
  if (options.encode.quality < 1 || options.encode.quality > 100) {
    throw Error(ErrorCode::kInvalidArgument,
                "quality is " + std::to_string(options.encode.quality) + ", not in 1..100");
  }
  const std::unordered_set<std::string> there = NamesIn(pattern.folder);
  if (options.overwrite || there.empty()) return pattern;
  for (int64_t i = 0; i < options.frame_count; ++i) {
    const std::string name = pattern.NameOf(options.first_frame + i);
    if (there.contains(name)) {
      throw Error(ErrorCode::kInvalidArgument,
                  (pattern.folder / name).string() + ": exists already; --overwrite replaces it");
    }
  }
  return pattern;
}

}  // namespace

ImageSink::ImageSink(const SinkOptions& options, const StreamFormat& format)
    : pattern_(CheckedPattern(options)),
      first_frame_(options.first_frame),
      overwrite_(options.overwrite),
      own_cache_(options.memory_budget),
      backgrounds_(options.backgrounds),
      folder_(pattern_.folder),
      queue_(static_cast<size_t>(ThreadCount(options.threads))) {
  try {
    for (int i = 0; i < ThreadCount(options.threads); ++i) {
      threads_.emplace_back([this, format, quality = options.encode.quality] {
        Work(format.width, format.height, quality);
      });
    }
  } catch (...) {
    Join();
    throw;
  }
}

ImageSink::~ImageSink() {
  queue_.Abort();
  Join();
}

void ImageSink::Join() {
  queue_.Close();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void ImageSink::ThrowIfFailed() {
  std::lock_guard lock(mutex_);
  if (failure_ != nullptr) std::rethrow_exception(failure_);
}

void ImageSink::Write(Frame frame) {
  if (!queue_.Push(std::move(frame))) ThrowIfFailed();
}

void ImageSink::Finish() {
  Join();
  ThrowIfFailed();
  folder_.Commit(overwrite_);
}

void ImageSink::Work(int width, int height, int quality) try {
  const std::unique_ptr<ImageEncoder> encoder = CreateImageEncoder(
      pattern_.format, width, height, quality, backgrounds_ ? backgrounds_->cache() : own_cache_);
  while (std::optional<Frame> frame = queue_.Pop()) {
    std::span<const std::span<const uint8_t>> pieces;
    const std::string name = pattern_.NameOf(first_frame_ + frame->output_index);
    {
      StageTimer::Scope timed(encoding_);
      pieces = encoder->Encode(*frame);
    }
    frame.reset();
    StageTimer::Scope timed(writing_);
    ByteWriter file(folder_.path() / name, (pattern_.folder / name).string());
    file.Write(pieces);
    file.Close();
  }
} catch (...) {
  {
    std::lock_guard lock(mutex_);
    if (failure_ == nullptr) failure_ = std::current_exception();
  }
  queue_.Abort();
}

}  // namespace mouthpiece

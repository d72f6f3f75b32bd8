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
#include "sink/sink_kinds.h"

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
const ImagePattern& CheckedPattern(const OutputPlan& plan, const SinkJob& job) {
  const ImagePattern& pattern = *plan.pattern;
  if (plan.encode.quality < 1 || plan.encode.quality > 100) {
    throw Error(ErrorCode::kInvalidArgument,
                "quality is " + std::to_string(plan.encode.quality) + ", not in 1..100");
  }
  const std::unordered_set<std::string> there = NamesIn(pattern.folder);
  if (plan.overwrite || there.empty()) return pattern;
  for (int64_t i = 0; i < job.frame_count; ++i) {
    const std::string name = pattern.NameOf(job.first_frame + i);
    if (there.contains(name)) {
      throw Error(ErrorCode::kInvalidArgument,
                  (pattern.folder / name).string() + ": exists already; --overwrite replaces it");
    }
  }
  return pattern;
}

std::unique_ptr<Sink> Open(const OutputPlan& plan, const SinkJob& job, const StreamFormat& format) {
  return std::make_unique<ImageSink>(plan, job, format);
}

void Check(const OutputPlan& plan, const SinkJob& job, const StreamFormat& /*format*/) {
  CheckedPattern(plan, job);
  PartialFolder(plan.pattern->folder, {plan.overwrite, job.inputs});
}

std::shared_ptr<BackgroundKeeper> KeepJpegs(const OutputPlan& plan, const StreamFormat& frames) {
  return std::make_shared<JpegBackgrounds>(frames, plan.encode.quality);
}

bool CarriesAlpha(const OutputPlan& plan) { return plan.pattern->format == ImageFormat::kPng; }

}  // namespace

std::optional<OutputPlan> PlanImages(const OutputName& name) {
  const bool is_file = name.suffix == ".jpg" || name.suffix == ".jpeg" || name.suffix == ".png";
  const bool is_pattern = name.path.filename().string().find('%') != std::string::npos;
  if (!name.is_folder && !is_file && !is_pattern && !name.suffix.empty()) return std::nullopt;
  OutputPlan plan;
  plan.kind = "images";
  plan.pattern = ParseImagePattern(name.text);
  plan.encoder_frames = 2 * kMostThreads;
  plan.open = Open;
  plan.check = Check;
  plan.carries_alpha = CarriesAlpha;
  if (plan.pattern->format == ImageFormat::kJpeg) {
    plan.takes_parts = true;
    plan.make_keeper = KeepJpegs;
  }
  return plan;
}

ImageSink::ImageSink(const OutputPlan& plan, const SinkJob& job, const StreamFormat& format)
    : pattern_(CheckedPattern(plan, job)),
      first_frame_(job.first_frame),
      own_cache_(job.memory_budget),
      backgrounds_(std::dynamic_pointer_cast<JpegBackgrounds>(job.backgrounds)),
      folder_(pattern_.folder, {plan.overwrite, job.inputs}),
      queue_(static_cast<size_t>(ThreadCount(job.threads))) {
  try {
    for (int i = 0; i < ThreadCount(job.threads); ++i) {
      threads_.emplace_back(
          [this, format, quality = plan.encode.quality] { Work(format, quality); });
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
  folder_.Commit();
}

void ImageSink::Work(const StreamFormat& format, int quality) try {
  const std::unique_ptr<ImageEncoder> encoder = CreateImageEncoder(
      pattern_.format, format, quality, backgrounds_ ? backgrounds_->cache() : own_cache_);
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

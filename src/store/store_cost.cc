#include "store/store_cost.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "avatar/package.h"
#include "store/part_reader.h"
#include "store/patch_store.h"
#include "store/preload.h"
#include "store/thread_count.h"

namespace mouthpiece {
namespace {

// What the caller of a store is taken to hold at once before it has said so.
constexpr int kFramesInFlight = FrameReaderOptions{}.frames_in_flight;

// Chunks shorter than this are no better than a stream.
constexpr int kLeastChunk = 64;

/// Working memory of one open source: a decoder's reference, delayed and output pictures with
/// their motion vectors, once more for each frame thread, and the demuxer's buffers and tables.
uint64_t SourceBytes(const PictureSource& source, int threads) {
  const auto picture = PictureBytes(PixelFormat::kYuv420, source.width, source.height);
  if (!source.video) return 4 * picture;  // file, scratch picture, libjpeg or PNG decoder
  constexpr uint64_t kFixed = 2'000'000;
  const auto pictures = static_cast<uint64_t>(10 + 4 * (threads - 1));
  return kFixed + pictures * picture;
}

std::string Mebibytes(uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.0f MiB", static_cast<double>(bytes) * 0x1p-20);
  return text;
}

StoreOptions WithMode(StoreOptions options, CacheMode mode) {
  options.mode = mode;
  return options;
}

}  // namespace

int FullDecoderThreads(int threads) { return std::clamp(threads / 2, 1, 4); }

uint64_t DecoderBytes(const Package& package, CacheMode mode, int threads) {
  uint64_t bytes = 0;  // of one reader a part
  uint64_t most = 0;
  for (const FramePart part : kFrameParts) {
    const bool is_ahead = mode == CacheMode::kChunk || mode == CacheMode::kStream;
    const int own = is_ahead && part == FramePart::kFull ? FullDecoderThreads(threads) : 1;
    const uint64_t source = SourceBytes(SourceOf(package, part), own);
    bytes += source;
    most = std::max(most, source);
  }
  if (mode == CacheMode::kDisk) return most;  // one after the other
  if (mode == CacheMode::kRam) {
    bytes += most * (static_cast<uint64_t>(PreloadReaders(threads)) - kFrameParts.size());
  }
  return bytes;
}

WindowSize WindowOf(const Avatar& avatar, const FrameLayout& layout, const StoreOptions& options,
                    int frames_in_flight) {
  if (options.mode == CacheMode::kChunk) {
    return ChunkWindow(avatar.frame_count(), std::max(options.chunk_frames, 1), frames_in_flight);
  }
  const uint64_t decoders =
      DecoderBytes(PackageOf(avatar), options.mode, ThreadCount(options.threads));
  const uint64_t memory = options.memory_budget > decoders ? options.memory_budget - decoders : 0;
  return StreamWindow(layout, avatar.frame_count(), memory, frames_in_flight);
}

StoreCost EstimateStoreCost(const Avatar& avatar, CacheMode mode, const StoreOptions& options,
                            int64_t frames_needed) {
  const FrameLayout layout(PackageOf(avatar));
  const int64_t needed = std::min<int64_t>(frames_needed, avatar.frame_count());
  int64_t frames = needed;
  if (mode == CacheMode::kDisk) frames = kFramesInFlight;
  if (mode == CacheMode::kChunk || mode == CacheMode::kStream) {
    const StoreOptions asked = WithMode(options, mode);
    frames = std::min<int64_t>(needed, WindowOf(avatar, layout, asked, kFramesInFlight).slots);
  }
  const uint64_t copies =
      mode == CacheMode::kDisk
          ? 0
          : static_cast<uint64_t>(MostCopies(kFramesInFlight)) * layout.full_bytes();
  const int threads = ThreadCount(options.threads);
  const uint64_t decoders = DecoderBytes(PackageOf(avatar), mode, threads);
  if (mode == CacheMode::kRam && options.keeper) {
    const uint64_t lent = PatchLayout(avatar, *options.keeper).bytes();
    const uint64_t kept = options.keeper->ExpectedBytes() + lent;
    return {static_cast<uint64_t>(frames) * kept + kFramesInFlight * lent +
                static_cast<uint64_t>(threads) * layout.bytes() + decoders,
            static_cast<double>(kept)};
  }
  StoreCost cost;
  if (mode == CacheMode::kRam && options.prepared != nullptr) {
    // Pages of the file are the system's; a lent frame's rectangle is the process's own.
    frames = std::min<int64_t>(frames, kFramesInFlight);
  }
  cost.bytes = static_cast<uint64_t>(frames) * layout.bytes() + copies + decoders;
  cost.bytes_per_frame = static_cast<double>(layout.bytes());
  return cost;
}

CacheChoice ChooseCacheMode(const Avatar& avatar, const StoreOptions& options,
                            int64_t frames_needed) {
  const auto cost = [&](CacheMode mode, int chunk_frames) {
    StoreOptions asked = options;
    asked.chunk_frames = chunk_frames;
    return EstimateStoreCost(avatar, mode, asked, frames_needed).bytes;
  };
  const uint64_t budget = options.memory_budget;
  const int64_t needed = std::min<int64_t>(frames_needed, avatar.frame_count());
  const uint64_t ram = cost(CacheMode::kRam, options.chunk_frames);
  const bool is_prepared = !options.keeper && options.prepared != nullptr;
  const std::string all = "all " + std::to_string(needed) + " frames" +
                          (is_prepared ? ", prepared," : "") + " take " + Mebibytes(ram) +
                          " of memory";
  const std::string allowed = Mebibytes(budget) + " are allowed";
  if (ram <= budget) {
    return {CacheMode::kRam, options.chunk_frames, "ram: " + all + ", " + allowed};
  }

  // The largest chunk that fits; the cost rises with its frames.
  int fits = 0;
  for (int low = 1, high = std::max(options.chunk_frames, 1); low <= high;) {
    const int middle = low + (high - low) / 2;
    if (cost(CacheMode::kChunk, middle) <= budget) {
      fits = middle;
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  if (fits >= std::min(kLeastChunk, std::max(options.chunk_frames, 1))) {
    return {CacheMode::kChunk, fits,
            "chunk: " + all + ", " + allowed + "; two chunks of " + std::to_string(fits) +
                " frames take " + Mebibytes(cost(CacheMode::kChunk, fits))};
  }
  return {CacheMode::kStream, options.chunk_frames,
          "stream: " + all + ", " + allowed + ", too little for two chunks of " +
              std::to_string(kLeastChunk) + " frames; a stream takes " +
              Mebibytes(cost(CacheMode::kStream, options.chunk_frames))};
}

}  // namespace mouthpiece

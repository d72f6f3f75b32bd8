// Brings one part of a walk's frames into their blocks, each decoded once if that can be.
#ifndef MOUTHPIECE_STORE_PART_LOADER_H_
#define MOUTHPIECE_STORE_PART_LOADER_H_

#include <cstdint>
#include <optional>

#include "base/scratch_file.h"
#include "store/memory.h"
#include "store/part_reader.h"
#include "store/scratch_slots.h"

namespace mouthpiece {

/// A scratch file shared by the loaders of a walk: frame blocks, of which each loader writes its
/// own part.
struct Scratch {
  FrameSequence sequence;
  int capacity = 0;  ///< Blocks
  ScratchFile file;
};

/// A PartReader that keeps what it decoded in a scratch file for the frame's next use. Walking
/// backwards it decodes all from the keyframe on and keeps that too. Not thread-safe.
class PartLoader {
 public:
  /// `scratch` may be null: then every use is decoded. It and the context outlive the loader.
  PartLoader(const PartContext& context, FramePart part, int decoder_threads, CancelToken cancel,
             MemoryMeter& meter, Scratch* scratch);
  ~PartLoader();

  /// Whatever of loading `frame` may take long and needs no block. Walk positions before `after`
  /// are served by this load. Throws Error as PartReader does, and kIo.
  void Prepare(int frame, int64_t after);
  /// Fills this part of `block` with that frame.
  void Store(uint8_t* block);

 private:
  void Write(int slot, uint8_t* block);
  void KeepUpTo(int frame, int64_t after);

  const PartContext& context_;
  const FramePart part_;
  MemoryMeter& meter_;
  PartReader reader_;
  Scratch* const scratch_;
  std::optional<ScratchSlots> slots_;
  std::optional<PageMemory> passing_;  ///< A block for frames on the way to the one asked for
  int frame_ = 0;
  int64_t after_ = 0;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_PART_LOADER_H_

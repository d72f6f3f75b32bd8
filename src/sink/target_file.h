// Standard output, or a file that appears when complete.
#ifndef MOUTHPIECE_SINK_TARGET_FILE_H_
#define MOUTHPIECE_SINK_TARGET_FILE_H_

#include <filesystem>
#include <optional>

#include "base/partial_output.h"
#include "sink/byte_writer.h"

namespace mouthpiece {

/// Where a sink of plain bytes writes: standard output when `name` is empty.
class TargetFile {
 public:
  TargetFile(const std::filesystem::path& name, const OutputRules& rules, CancelToken cancel = {})
      : writer_(ByteWriter::StandardOutput(cancel)) {
    if (name.empty()) return;
    partial_.emplace(name, rules);
    writer_ = ByteWriter(partial_->path(), name.string(), cancel);
  }

  ByteWriter& writer() { return writer_; }
  void RequireRoom(uint64_t bytes) const {
    if (partial_) partial_->RequireRoomFor(bytes);
  }
  void Finish() {
    writer_.Close();
    if (partial_) partial_->Commit();
  }

 private:
  std::optional<PartialFile> partial_;
  ByteWriter writer_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_TARGET_FILE_H_

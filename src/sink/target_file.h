// Standard output, or a file that appears when complete.
#ifndef MOUTHPIECE_SINK_TARGET_FILE_H_
#define MOUTHPIECE_SINK_TARGET_FILE_H_

#include <filesystem>
#include <optional>

#include "sink/byte_writer.h"
#include "sink/partial_output.h"

namespace mouthpiece {

/// Where a sink of plain bytes writes: standard output when `name` is empty.
class TargetFile {
 public:
  TargetFile(const std::filesystem::path& name, bool overwrite)
      : partial_(name.empty() ? std::nullopt : std::make_optional<PartialFile>(name, overwrite)),
        writer_(partial_ ? ByteWriter(partial_->path(), name.string())
                         : ByteWriter::StandardOutput()) {}

  ByteWriter& writer() { return writer_; }
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

// Writing bytes to a file, a device or standard output.
#ifndef MOUTHPIECE_SINK_BYTE_WRITER_H_
#define MOUTHPIECE_SINK_BYTE_WRITER_H_

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "image/image.h"

namespace mouthpiece {

/// Unbuffered, complete writes: short ones are continued, interrupted ones repeated, a descriptor
/// that is not ready is waited for. What waits, be it for a reader that does not read, ends within
/// a tenth of a second when the token says so, in Error (kCancelled). A closed pipe is an Error
/// (kIo), never a signal.
class ByteWriter {
 public:
  /// Standard output; it is not closed.
  static ByteWriter StandardOutput(CancelToken cancel = {});
  /// Opens `path` for writing, emptied or created; `name` is what messages call it. A named pipe
  /// is waited for until it is opened for reading.
  ByteWriter(const std::filesystem::path& path, std::string name, CancelToken cancel = {});
  ~ByteWriter();
  ByteWriter(ByteWriter&& other) noexcept;
  ByteWriter& operator=(ByteWriter&& other) noexcept;

  bool is_terminal() const;
  void Write(std::span<const uint8_t> bytes);
  /// Pieces, one behind the other.
  void Write(std::span<const std::span<const uint8_t>> pieces);
  void Write(std::string_view text);
  /// Writes `head`, then the samples of the planes row by row without padding, copying none.
  void Write(std::string_view head, const ConstPictureView& picture);
  /// Closes a file and reports what only shows then. Once.
  void Close();

 private:
  struct Piece {
    const void* data;
    size_t size;
  };
  ByteWriter(int fd, bool owned, std::string name, CancelToken cancel)
      : fd_(fd), owned_(owned), name_(std::move(name)), cancel_(cancel) {}
  void WritePieces();
  bool IsReady();
  [[noreturn]] void Fail(int code) const;

  int fd_;
  bool owned_;              ///< It is closed here
  bool may_block_ = false;  ///< A write of more than a little may wait for a reader
  std::string name_;
  CancelToken cancel_;
  std::vector<Piece> pieces_;  ///< Still to be written
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_BYTE_WRITER_H_

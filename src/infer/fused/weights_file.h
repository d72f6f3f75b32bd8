// Packed weights in a file that processes map and share.
#ifndef MOUTHPIECE_INFER_FUSED_WEIGHTS_FILE_H_
#define MOUTHPIECE_INFER_FUSED_WEIGHTS_FILE_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mouthpiece::fused {

/// Where the weights of `model`, as the kernels of that name read them, are kept: in the user's
/// cache folder (base/cache_folder.h). Empty: the user has none.
std::filesystem::path WeightsFilePath(const std::filesystem::path& model, const char* kernels);

/// All of them that are there of `model`, whatever kernels they are for.
std::vector<std::filesystem::path> WeightsFilesOf(const std::filesystem::path& model);

/// A mapping of such a file: memory that may be read and not written, and whose pages all processes
/// share. What it holds is taken at its word, so that only a file which this user alone may write
/// to is opened. Reading is thread-safe.
class WeightsFile {
 public:
  /// Null where there is none, of another version of Mouthpiece, of a model that has changed since,
  /// damaged, or anybody else's to change.
  static std::unique_ptr<const WeightsFile> Open(const std::filesystem::path& model,
                                                 const char* kernels);
  ~WeightsFile();
  WeightsFile(const WeightsFile&) = delete;
  WeightsFile& operator=(const WeightsFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  uint64_t bytes() const { return size_; }
  std::span<const int32_t> shape() const { return shape_; }
  /// Begins on a page.
  std::span<const std::byte> weights() const { return weights_; }

 private:
  WeightsFile(std::filesystem::path path, void* data, size_t size)
      : path_(std::move(path)), data_(data), size_(size) {}
  bool Read(const std::filesystem::path& model, const char* kernels);

  const std::filesystem::path path_;
  void* const data_;
  const size_t size_;
  std::span<const int32_t> shape_;
  std::span<const std::byte> weights_;
};

/// What weights are made from: this version of Mouthpiece, which kernels they are for, and the
/// model's files with their sizes and times. Ask before the model is read.
std::string OriginOf(const std::filesystem::path& model, const char* kernels);

/// Makes the file anew, of weights from that origin. It gets its name when it is complete. The
/// user has a cache folder. Throws Error (kIo).
void WriteWeightsFile(const std::filesystem::path& model, const char* kernels,
                      const std::string& origin, std::span<const int32_t> shape,
                      std::span<const std::byte> weights);

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_WEIGHTS_FILE_H_

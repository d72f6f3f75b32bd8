#include "infer/fused/weights_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/cache_folder.h"
#include "base/file_state.h"
#include "base/hidden_path.h"
#include "base/partial_output.h"
#include "mouthpiece/version.h"
#include "network/external_weights.h"

namespace mouthpiece::fused {
namespace {

// Counted up when weights are laid out otherwise than before.
constexpr int kFormat = 5;
constexpr size_t kPage = 4096;
constexpr const char* kSuffix = ".weights";
constexpr std::array<char, 24> kMagic{"mouthpiece.weights/1\n"};

/// The file's first bytes. The origin follows, the shape, and, from the next page on, the weights.
struct Header {
  std::array<char, 24> magic;
  uint64_t origin_bytes;  ///< A multiple of 8
  uint64_t shape_numbers;
  uint64_t weights_bytes;
  uint64_t checksum;  ///< Of all above and all that follows
};

size_t RoundUp(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

size_t WeightsOffset(const Header& header) {
  return RoundUp(sizeof(Header) + header.origin_bytes + header.shape_numbers * sizeof(int32_t),
                 kPage);
}

/// `rest`: all behind the header, in order.
uint64_t ChecksumOf(const Header& header, std::initializer_list<std::span<const std::byte>> rest) {
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  XXH3_64bits_update(&state, &header, offsetof(Header, checksum));
  for (const std::span<const std::byte> part : rest) {
    XXH3_64bits_update(&state, part.data(), part.size());
  }
  return XXH3_64bits_digest(&state);
}

std::string DigestOf(const std::string& text) {
  char digits[17];
  std::snprintf(digits, sizeof(digits), "%016llx",
                static_cast<unsigned long long>(XXH3_64bits(text.data(), text.size())));
  return digits;
}

/// The same from every folder.
std::filesystem::path Whole(const std::filesystem::path& model) {
  std::error_code ignored;
  return std::filesystem::weakly_canonical(model, ignored);
}

/// How the names of a model's files begin.
std::string PrefixOf(const std::filesystem::path& model) {
  return "model-" + DigestOf(Whole(model).string()) + "-";
}

std::string LineOf(const std::filesystem::path& file) {
  return FileState(file) + " " + file.string() + "\n";
}

/// The version that made a file, for which kernels, and of which model.
std::string HeadOf(const std::filesystem::path& model, const char* kernels) {
  return std::string(Version()) + " format " + std::to_string(kFormat) + " for " + kernels + "\n" +
         LineOf(Whole(model));
}

/// Whether each file after the origin's head is as it was.
bool FilesAreTheSame(std::string_view lines) {
  while (!lines.empty()) {
    const size_t end = lines.find('\n');
    if (end == std::string_view::npos) return false;
    const std::string line(lines.substr(0, end + 1));
    lines.remove_prefix(end + 1);
    if (line == "\n") continue;  // fills it up
    const size_t path = line.find(' ', line.find(' ') + 1);
    if (path == std::string::npos || LineOf(line.substr(path + 1, end - path - 1)) != line) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::filesystem::path WeightsFilePath(const std::filesystem::path& model, const char* kernels) {
  const std::filesystem::path folder = CacheFolder();
  if (folder.empty()) return {};
  return folder / (PrefixOf(model) + DigestOf(kernels) + kSuffix);
}

std::vector<std::filesystem::path> WeightsFilesOf(const std::filesystem::path& model) {
  std::vector<std::filesystem::path> files;
  const std::string prefix = PrefixOf(model);
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(CacheFolder(), ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(kSuffix)) files.push_back(entry.path());
  }
  return files;
}

std::string OriginOf(const std::filesystem::path& model, const char* kernels) {
  std::string origin = HeadOf(model, kernels);
  for (const std::filesystem::path& file : ExternalWeightsOf(model)) {
    origin += LineOf(Whole(model).parent_path() / file);
  }
  origin.resize(RoundUp(origin.size(), 8), '\n');
  return origin;
}

std::unique_ptr<const WeightsFile> WeightsFile::Open(const std::filesystem::path& model,
                                                     const char* kernels) {
  std::filesystem::path path = WeightsFilePath(model, kernels);
  const int file = path.empty() ? -1 : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return nullptr;
  struct stat status {};
  const bool is_mine = fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
                       status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  const auto size = static_cast<size_t>(status.st_size);
  void* const data = is_mine && size > sizeof(Header)
                         ? mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, file, 0)
                         : MAP_FAILED;
  close(file);
  if (data == MAP_FAILED) return nullptr;
  std::unique_ptr<WeightsFile> weights(new WeightsFile(std::move(path), data, size));
  return weights->Read(model, kernels) ? std::move(weights) : nullptr;
}

bool WeightsFile::Read(const std::filesystem::path& model, const char* kernels) {
  Header header;
  std::memcpy(&header, data_, sizeof(header));
  if (header.magic != kMagic || header.origin_bytes > size_ || header.shape_numbers > size_ ||
      header.origin_bytes % 8 != 0 || WeightsOffset(header) > size_ ||
      header.weights_bytes != size_ - WeightsOffset(header)) {
    return false;
  }
  const auto* const behind = static_cast<const std::byte*>(data_) + sizeof(header);
  const std::string_view origin(reinterpret_cast<const char*>(behind), header.origin_bytes);
  const std::string head = HeadOf(model, kernels);
  if (!origin.starts_with(head) || !FilesAreTheSame(origin.substr(head.size())) ||
      ChecksumOf(header, {{behind, size_ - sizeof(header)}}) != header.checksum) {
    return false;
  }
  shape_ = {reinterpret_cast<const int32_t*>(behind + header.origin_bytes), header.shape_numbers};
  weights_ = {static_cast<const std::byte*>(data_) + WeightsOffset(header), header.weights_bytes};
  return true;
}

WeightsFile::~WeightsFile() { munmap(data_, size_); }

void WriteWeightsFile(const std::filesystem::path& model, const char* kernels,
                      const std::string& origin, std::span<const int32_t> shape,
                      std::span<const std::byte> weights) {
  const std::filesystem::path path = WeightsFilePath(model, kernels);
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) FailIo(path.parent_path(), "cannot be made", error.value());
  Header header{.magic = kMagic,
                .origin_bytes = origin.size(),
                .shape_numbers = shape.size(),
                .weights_bytes = weights.size(),
                .checksum = 0};
  std::string before(WeightsOffset(header) - sizeof(header), '\0');
  std::memcpy(before.data(), origin.data(), origin.size());
  std::memcpy(before.data() + origin.size(), shape.data(), shape.size_bytes());
  header.checksum = ChecksumOf(header, {std::as_bytes(std::span(before)), weights});

  HiddenPath output(HiddenPath::Kind::kFile, ParentOf(path), path);
  std::ofstream file(output.path(), std::ios::binary);
  file.write(reinterpret_cast<const char*>(&header), sizeof(header));
  file.write(before.data(), static_cast<std::streamsize>(before.size()));
  file.write(reinterpret_cast<const char*>(weights.data()),
             static_cast<std::streamsize>(weights.size()));
  file.close();
  if (!file) FailIo(path, "cannot be written", errno);
  chmod(output.path().c_str(), S_IRUSR | S_IWUSR);
  std::filesystem::rename(output.path(), path, error);
  if (error) FailIo(path, "cannot be made", error.value());
  output.Forget();
}

}  // namespace mouthpiece::fused

#include "store/prepared_frames.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "avatar/sha256.h"
#include "base/cache_folder.h"
#include "base/file_state.h"
#include "base/hidden_path.h"
#include "base/partial_output.h"
#include "base/timing.h"
#include "mouthpiece/error.h"
#include "mouthpiece/version.h"
#include "store/preload.h"
#include "store/thread_count.h"

namespace mouthpiece {
namespace {

// Counted up when frames of the same files come out otherwise than before, or lie otherwise.
constexpr int kFormat = 1;
constexpr size_t kPage = 4096;
constexpr size_t kNameDigits = 16;  // of a digest
constexpr size_t kParts = kFrameParts.size();
constexpr uint8_t kWhole = 1;
constexpr uint8_t kDamaged = 2;

/// The file's first bytes; the checksums of all parts follow, then, on a page each, the blocks.
struct Header {
  char magic[24];
  char digest[64];
  uint64_t frame_count;
  uint64_t block_bytes;  ///< From one block to the next
  uint64_t checksum;     ///< Of the checksums and all above
};
constexpr char kMagic[24] = "mouthpiece.prepared/1\n";

size_t RoundUp(size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

/// From one block to the next: pages are never shared by two.
size_t Stride(const FrameLayout& layout) { return RoundUp(layout.bytes()); }

size_t ChecksumBytes(int frame_count) {
  return static_cast<size_t>(frame_count) * kParts * sizeof(uint64_t);
}

size_t FirstBlock(int frame_count) { return RoundUp(sizeof(Header) + ChecksumBytes(frame_count)); }

uint64_t Checksum(std::span<const uint8_t> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

/// Asks for pages of 2 MB where the file's system has such: 892 MB are then brought into a process
/// in 1 ms instead of 55. Only a hint.
void AskForLargePages(void* data, size_t size) { madvise(data, size, MADV_HUGEPAGE); }

/// Brings pages in that are about to be read: all at once costs less than one after the other.
void Populate(std::span<const uint8_t> bytes) {
  const auto begin = reinterpret_cast<uintptr_t>(bytes.data()) / kPage * kPage;
  const auto end = RoundUp(reinterpret_cast<uintptr_t>(bytes.data()) + bytes.size());
  // Older systems do not know it and do without.
  madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_READ);
}

uint64_t HeaderChecksum(const Header& header, const uint8_t* checksums, int frame_count) {
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  XXH3_64bits_update(&state, &header, offsetof(Header, checksum));
  XXH3_64bits_update(&state, checksums, ChecksumBytes(frame_count));
  return XXH3_64bits_digest(&state);
}

/// Closes itself.
class File {
 public:
  File(const std::filesystem::path& path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC)) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

/// A file that is gone has no line: nothing was made of so few.
void Describe(const std::filesystem::path& root, const std::filesystem::path& path,
              std::string& text) {
  const std::string state = FileState(path);
  if (!state.empty()) text += path.lexically_relative(root).string() + " " + state + "\n";
}

std::string HashOf(const std::string& text) {
  Sha256 hash;
  hash.Update({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  return hash.Finish();
}

}  // namespace

std::string PreparedDigest(const Package& package, const FrameLayout& layout) {
  std::string text = std::string(Version()) + " format " + std::to_string(kFormat) + " block " +
                     std::to_string(layout.bytes()) + " frames " +
                     std::to_string(package.frame_count) + "\n";
  for (const FramePart part : kFrameParts) {
    const PictureSource& source = SourceOf(package, part);
    text += std::to_string(source.width) + "x" + std::to_string(source.height) + "\n";
    if (source.video) Describe(package.root, source.path, text);
    for (const std::filesystem::path& image : source.images) Describe(package.root, image, text);
  }
  return HashOf(text);
}

std::vector<PreparedPlace> PreparedPlaces(const Package& package) {
  std::vector<PreparedPlace> places{{package.root, "prepared-"}};
  if (const std::filesystem::path cache = CacheFolder(); !cache.empty()) {
    std::error_code ignored;
    const std::string root = std::filesystem::weakly_canonical(package.root, ignored).string();
    places.push_back({cache, "prepared-" + HashOf(root).substr(0, kNameDigits) + "-"});
  }
  return places;
}

std::vector<std::filesystem::path> PreparedPaths(const Package& package,
                                                 const std::string& digest) {
  std::vector<std::filesystem::path> paths;
  for (const PreparedPlace& place : PreparedPlaces(package)) {
    paths.push_back(place.folder /
                    (place.prefix + digest.substr(0, kNameDigits) + kPreparedSuffix));
  }
  return paths;
}

uint64_t PreparedBytes(const FrameLayout& layout, int frame_count) {
  return FirstBlock(frame_count) + static_cast<uint64_t>(frame_count) * Stride(layout);
}

std::unique_ptr<PreparedFrames> PreparedFrames::Find(const Package& package,
                                                     const FrameLayout& layout) {
  const std::string digest = PreparedDigest(package, layout);
  for (const std::filesystem::path& path : PreparedPaths(package, digest)) {
    if (auto found = Open(path, digest, layout, package.frame_count)) return found;
  }
  return nullptr;
}

std::unique_ptr<PreparedFrames> PreparedFrames::Open(const std::filesystem::path& path,
                                                     const std::string& digest,
                                                     const FrameLayout& layout, int frame_count) {
  if (static_cast<size_t>(sysconf(_SC_PAGESIZE)) > kPage)
    return nullptr;  // blocks would share pages
  const File file(path, O_RDONLY);
  struct stat status {};
  const size_t size = PreparedBytes(layout, frame_count);
  if (file.get() < 0 || fstat(file.get(), &status) != 0 ||
      static_cast<size_t>(status.st_size) != size) {
    return nullptr;
  }
  // Bytes behind the last block are readable, as kernels want: the mapping's last page is longer
  // than the block, or a page follows that belongs to nobody else.
  void* const data = mmap(nullptr, size + kPage, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_NORESERVE, file.get(), 0);
  if (data == MAP_FAILED) return nullptr;
  AskForLargePages(data, size);
  auto* const bytes = static_cast<uint8_t*>(data);
  mmap(bytes + size, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  std::unique_ptr<PreparedFrames> frames(
      new PreparedFrames(path, layout, frame_count, bytes, size));
  Header header;
  std::memcpy(&header, bytes, sizeof(header));
  const bool fits = std::memcmp(header.magic, kMagic, sizeof(kMagic)) == 0 &&
                    digest.compare(0, digest.size(), header.digest, sizeof(header.digest)) == 0 &&
                    header.frame_count == static_cast<uint64_t>(frame_count) &&
                    header.block_bytes == Stride(layout) &&
                    header.checksum == HeaderChecksum(header, bytes + sizeof(Header), frame_count);
  return fits ? std::move(frames) : nullptr;
}

PreparedFrames::PreparedFrames(std::filesystem::path path, const FrameLayout& layout,
                               int frame_count, uint8_t* data, size_t size)
    : path_(std::move(path)),
      layout_(layout),
      frame_count_(frame_count),
      data_(data),
      size_(size),
      checked_(static_cast<size_t>(frame_count) * kParts) {}

PreparedFrames::~PreparedFrames() { munmap(data_, size_ + kPage); }

uint8_t* PreparedFrames::block(int frame) const {
  return data_ + FirstBlock(frame_count_) + static_cast<size_t>(frame) * Stride(layout_);
}

bool PreparedFrames::IsWhole(int frame, FramePart part) const {
  const size_t i = static_cast<size_t>(frame) * kParts + static_cast<size_t>(part);
  uint8_t found = checked_[i].load(std::memory_order_relaxed);
  if (found == 0) {
    uint64_t expected = 0;
    std::memcpy(&expected, data_ + sizeof(Header) + i * sizeof(expected), sizeof(expected));
    const std::span<const uint8_t> bytes = PartBytes(layout_, part, block(frame));
    Populate(bytes);
    found = Checksum(bytes) == expected ? kWhole : kDamaged;
    checked_[i].store(found, std::memory_order_relaxed);
    if (found == kDamaged && tell_ && !told_.exchange(true)) {
      tell_(path_.string() + ": frame " + std::to_string(frame) +
            " is damaged and decoded anew, as are others that are; mouthpiece prepare --remake " +
            "makes it whole");
    }
  }
  return found == kWhole;
}

void WritePreparedFrames(const Package& package, const std::filesystem::path& path, int threads,
                         const CancelToken& cancel, const std::function<void(int)>& progress) {
  const FrameLayout layout(package);
  const std::string digest = PreparedDigest(package, layout);
  const size_t size = PreparedBytes(layout, package.frame_count);
  RequireRoom(ParentOf(path), size, path);
  // Not a PartialFile: what another process has made meanwhile is the same, and may be replaced.
  HiddenPath output(HiddenPath::Kind::kFile, ParentOf(path), path);
  const File file(output.path(), O_RDWR);
  // A page without room would end the process when it is written to.
  const int status =
      file.get() < 0 ? errno : posix_fallocate(file.get(), 0, static_cast<off_t>(size));
  if (status != 0) {
    throw Error(ErrorCode::kIo, path.string() + ": " + std::generic_category().message(status));
  }
  void* const data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (data == MAP_FAILED)
    throw Error(ErrorCode::kIo, path.string() + ": " + std::generic_category().message(errno));
  AskForLargePages(data, size);
  auto* const bytes = static_cast<uint8_t*>(data);
  const std::unique_ptr<uint8_t, std::function<void(uint8_t*)>> mapping(
      bytes, [size](uint8_t* start) { munmap(start, size); });

  StageTimer timer;
  const PartContext context{package, layout, timer};
  const Needed all({LoopMode::kNone, package.frame_count, {0, package.frame_count}});
  const size_t first = FirstBlock(package.frame_count);
  {
    Preload preload(context, all, ThreadCount(threads),
                    [&](size_t i, FramePart part, PartReader& reader) {
                      uint8_t* const block = bytes + first + i * Stride(layout);
                      reader.Store(block);
                      const uint64_t sum = Checksum(PartBytes(layout, part, block));
                      const size_t at = i * kParts + static_cast<size_t>(part);
                      std::memcpy(bytes + sizeof(Header) + at * sizeof(sum), &sum, sizeof(sum));
                    });
    for (int i = 0; i < package.frame_count; ++i) {
      preload.WaitFor(static_cast<size_t>(i), cancel);
      if (progress) progress(i + 1);
    }
  }
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  std::memcpy(header.digest, digest.data(), sizeof(header.digest));
  header.frame_count = static_cast<uint64_t>(package.frame_count);
  header.block_bytes = Stride(layout);
  header.checksum = HeaderChecksum(header, bytes + sizeof(Header), package.frame_count);
  std::memcpy(bytes, &header, sizeof(header));
  if (msync(bytes, size, MS_SYNC) != 0) {
    throw Error(ErrorCode::kIo, path.string() + ": " + std::generic_category().message(errno));
  }
  std::error_code error;
  std::filesystem::rename(output.path(), path, error);
  if (error) FailIo(path, "cannot be made", error.value());
  output.Forget();
}

}  // namespace mouthpiece

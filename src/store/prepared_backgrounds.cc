#include "store/prepared_backgrounds.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <mutex>
#include <system_error>

#include "avatar/sha256.h"
#include "base/hidden_path.h"
#include "base/partial_output.h"
#include "base/timing.h"
#include "store/memory.h"
#include "store/preload.h"
#include "store/prepared_frames.h"
#include "store/thread_count.h"

namespace mouthpiece {
namespace {

constexpr size_t kFramesDigits = 16;  // of the digest of the frames, in the name
constexpr size_t kFormDigits = 8;
constexpr std::array<char, 32> kMagic{"mouthpiece.backgrounds/1\n"};

/// The file's first bytes; an Entry for each frame follows, then what was kept of them.
struct Header {
  std::array<char, 32> magic;
  std::array<char, 64> digest;
  uint64_t frame_count;
  uint64_t bytes;     ///< Of the file
  uint64_t checksum;  ///< Of all above and of the entries
};

struct Entry {
  uint64_t offset;
  uint64_t bytes;
  uint64_t checksum;
};

size_t EntriesEnd(size_t frame_count) { return sizeof(Header) + frame_count * sizeof(Entry); }

uint64_t ChecksumOf(const Header& header, const uint8_t* entries) {
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  XXH3_64bits_update(&state, &header, offsetof(Header, checksum));
  XXH3_64bits_update(&state, entries, header.frame_count * sizeof(Entry));
  return XXH3_64bits_digest(&state);
}

std::string FramesDigest(const Package& package) {
  return PreparedDigest(package, FrameLayout(package));
}

/// Of the frames, of where their mouths lie, and of the form.
std::string DigestOf(const Package& package, const std::string& frames_digest,
                     const std::string& form_name) {
  std::string text = frames_digest + "\n" + form_name + "\n";
  for (const Rect& rect : package.rectangles) {
    for (const int side : {rect.x1, rect.y1, rect.x2, rect.y2}) text += std::to_string(side) + " ";
  }
  Sha256 hash;
  hash.Update({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  return hash.Finish();
}

/// Where the files of these digests may be.
std::vector<std::filesystem::path> PathsOf(const Package& package, const std::string& frames_digest,
                                           const std::string& digest) {
  const std::string name = frames_digest.substr(0, kFramesDigits) + "-" +
                           digest.substr(0, kFormDigits) + kBackgroundsSuffix;
  std::vector<std::filesystem::path> paths;
  for (const PreparedPlace& place : PreparedPlaces(package)) {
    paths.push_back(place.folder / (place.prefix + name));
  }
  return paths;
}

}  // namespace

std::string BackgroundsPrefix(const Package& package) {
  return FramesDigest(package).substr(0, kFramesDigits) + "-";
}

std::vector<std::filesystem::path> BackgroundsPaths(const Package& package,
                                                    const std::string& form_name) {
  const std::string frames_digest = FramesDigest(package);
  return PathsOf(package, frames_digest, DigestOf(package, frames_digest, form_name));
}

std::shared_ptr<const PreparedBackgrounds> PreparedBackgrounds::Find(const Package& package,
                                                                     const std::string& form_name) {
  const std::string frames_digest = FramesDigest(package);  // asks for the state of every picture
  const std::string digest = DigestOf(package, frames_digest, form_name);
  for (const std::filesystem::path& path : PathsOf(package, frames_digest, digest)) {
    if (auto found = Open(path, digest, package.frame_count)) return found;
  }
  return nullptr;
}

std::shared_ptr<const PreparedBackgrounds> PreparedBackgrounds::Open(
    const std::filesystem::path& path, const std::string& digest, int frame_count) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return nullptr;
  struct stat status {};
  const bool is_file = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  const auto size = static_cast<size_t>(status.st_size);
  const bool is_long_enough = is_file && size >= EntriesEnd(static_cast<size_t>(frame_count));
  void* const data =
      is_long_enough ? mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0) : MAP_FAILED;
  close(file);
  if (data == MAP_FAILED) return nullptr;
  const auto* const bytes = static_cast<const uint8_t*>(data);
  const std::shared_ptr<const PreparedBackgrounds> found(
      new PreparedBackgrounds(path, bytes, size));
  Header header;
  std::memcpy(&header, bytes, sizeof(header));
  const bool fits = header.magic == kMagic && digest.size() == header.digest.size() &&
                    std::memcmp(digest.data(), header.digest.data(), digest.size()) == 0 &&
                    header.frame_count == static_cast<uint64_t>(frame_count) &&
                    header.bytes == size &&
                    header.checksum == ChecksumOf(header, bytes + sizeof(Header));
  return fits ? found : nullptr;
}

PreparedBackgrounds::~PreparedBackgrounds() { munmap(const_cast<uint8_t*>(data_), size_); }

std::span<const uint8_t> PreparedBackgrounds::Of(int frame) const {
  Entry entry;
  std::memcpy(&entry, data_ + EntriesEnd(static_cast<size_t>(frame)), sizeof(entry));
  if (entry.offset > size_ || entry.bytes > size_ - entry.offset) return {};
  const std::span<const uint8_t> form(data_ + entry.offset, entry.bytes);
  if (XXH3_64bits(form.data(), form.size()) != entry.checksum) return {};
  return form;
}

void WritePreparedBackgrounds(const Package& package, BackgroundKeeper& keeper,
                              const std::filesystem::path& path, int threads,
                              const CancelToken& cancel, const std::function<void(int)>& progress) {
  const FrameLayout layout(package);
  const auto frames = static_cast<size_t>(package.frame_count);
  // Before they are read: of pictures that change meanwhile it is not.
  const std::string digest = DigestOf(package, FramesDigest(package), keeper.FormName());
  RequireRoom(ParentOf(path), keeper.ExpectedBytes() * frames, path);
  HiddenPath output(HiddenPath::Kind::kFile, ParentOf(path), path);
  std::ofstream file(output.path(), std::ios::binary);
  std::vector<Entry> entries(frames);
  uint64_t end = EntriesEnd(frames);
  file.seekp(static_cast<std::streamoff>(end));
  std::mutex mutex;  // guards the file and its end
  {
    const std::unique_ptr<PreparedFrames> prepared = PreparedFrames::Find(package, layout);
    StageTimer timer;
    MemoryMeter meter;
    BufferPool whole(layout.bytes(), meter);
    const PartContext context{package, layout, timer, prepared.get()};
    const Needed all({LoopMode::kNone, package.frame_count, {0, package.frame_count}});
    Preload preload(context, all, ThreadCount(threads),
                    [&](size_t i, FramePart part, PartReader& reader) {
                      if (part != FramePart::kFull) return;
                      const BufferPool::Buffer buffer = whole.Acquire();
                      reader.Store(buffer.data);
                      const std::vector<uint8_t> form =
                          keeper.Form(package.rectangles[i], layout.full(buffer.data));
                      whole.Release(buffer.number);
                      const uint64_t checksum = XXH3_64bits(form.data(), form.size());
                      const std::lock_guard lock(mutex);
                      entries[i] = {end, form.size(), checksum};
                      end += form.size();
                      file.write(reinterpret_cast<const char*>(form.data()),
                                 static_cast<std::streamsize>(form.size()));
                    });
    for (size_t i = 0; i < frames; ++i) {
      preload.WaitFor(i, cancel);
      if (progress) progress(static_cast<int>(i) + 1);
    }
  }
  Header header{.magic = kMagic, .digest = {}, .frame_count = frames, .bytes = end, .checksum = 0};
  std::memcpy(header.digest.data(), digest.data(), header.digest.size());
  const auto* const table = reinterpret_cast<const uint8_t*>(entries.data());
  header.checksum = ChecksumOf(header, table);
  file.seekp(0);
  file.write(reinterpret_cast<const char*>(&header), sizeof(header));
  file.write(reinterpret_cast<const char*>(table),
             static_cast<std::streamsize>(frames * sizeof(Entry)));
  file.close();
  if (!file) FailIo(path, "cannot be written", errno);
  std::error_code error;
  std::filesystem::rename(output.path(), path, error);
  if (error) FailIo(path, "cannot be made", error.value());
  output.Forget();
}

}  // namespace mouthpiece

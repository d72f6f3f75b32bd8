#include "media/metadata_keys.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "media/codec_choice.h"
#include "media/video_writer.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

// FFmpeg's muxers leave others out without a word.
constexpr std::string_view kMp4[] = {
    "album",  "album_artist", "artist",     "comment",  "composer", "copyright",
    "date",   "description",  "episode_id", "genre",    "grouping", "keywords",
    "lyrics", "network",      "show",       "synopsis", "title"};
constexpr std::string_view kMov[] = {"album", "artist",   "comment", "copyright", "date",
                                     "genre", "location", "make",    "model",     "title"};
constexpr std::string_view kAvi[] = {"artist", "comment",  "copyright", "date",
                                     "genre",  "language", "title",     "track"};
// Of Matroska, which has any, those that its muxer makes something else of.
constexpr std::string_view kNotMatroska[] = {"creation_time", "duration", "encoder",
                                             "encoding_tool", "stereo_mode"};

/// Empty: any.
std::span<const std::string_view> KeysOf(const std::string& container) {
  if (container == ".mp4") return kMp4;
  if (container == ".mov") return kMov;
  if (container == ".avi") return kAvi;
  return {};
}

[[noreturn]] void Refuse(const std::filesystem::path& path, const std::string& why) {
  throw Error(ErrorCode::kInvalidArgument, path.string() + ": metadata: " + why);
}

/// Whether Matroska keeps it: spaces would become underscores, and "-ger" a language.
bool IsMatroskaKey(const std::string& key) {
  std::string lower;
  for (const unsigned char c : key) {
    if (std::isalnum(c) == 0 && c != '_') return false;
    lower += static_cast<char>(std::tolower(c));
  }
  return !key.empty() && std::ranges::find(kNotMatroska, lower) == std::end(kNotMatroska);
}

void CheckKey(const std::filesystem::path& path, const std::string& key) {
  const std::string container = VideoSuffixOf(path);
  const std::span<const std::string_view> known = KeysOf(container);
  const bool is_kept =
      known.empty() ? IsMatroskaKey(key) : std::ranges::find(known, key) != known.end();
  if (is_kept) return;
  std::string list;
  for (const std::string_view each : known) list.append(list.empty() ? "" : ", ").append(each);
  Refuse(path, container + " keeps no \"" + key + "\"" +
                   (list.empty() ? "" : "; possible are " + list + "; .mkv takes nearly any"));
}

}  // namespace

void CheckMetadata(const std::filesystem::path& path, const Metadata& metadata) {
  std::set<std::string> keys;
  for (const auto& [key, value] : metadata) {
    CheckKey(path, key);
    if (!keys.insert(key).second) Refuse(path, "\"" + key + "\" is given twice");
    if (value.empty()) Refuse(path, "\"" + key + "\" has no value");
  }
}

}  // namespace mouthpiece

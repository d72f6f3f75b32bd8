#include "avatar/models.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>

#include "avatar/file_access.h"
#include "avatar/json_file.h"
#include "avatar/sha256.h"
#include "base/printable.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kConfig = "onnx_dist_config.json";

/// A path as Windows writes it, too.
fs::path ReadPath(std::string text) {
  std::replace(text.begin(), text.end(), '\\', '/');
  return text;
}

std::string ReadText(const fs::path& config, const std::string& name, const json& value) {
  if (!value.is_string()) Fail(config, name + " is wrong", "a string", value.type_name());
  return value.get<std::string>();
}

std::string ReadDigest(const fs::path& config, const std::string& name, const json& value) {
  std::string digest = ReadText(config, name, value);
  const bool is_hexadecimal = std::all_of(digest.begin(), digest.end(),
                                          [](unsigned char c) { return std::isxdigit(c) != 0; });
  if (digest.size() != 64 || !is_hexadecimal) {
    Fail(config, name + " is wrong", "64 hexadecimal digits", Quoted(digest));
  }
  std::transform(digest.begin(), digest.end(), digest.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return digest;
}

fs::path FindModel(const fs::path& root, const std::vector<ModelEntry>& entries,
                   const std::string& name, std::initializer_list<const char*> places) {
  for (const ModelEntry& entry : entries) {
    if (entry.name == name) return entry.file;
  }
  for (const char* place : places) {
    if (NameExists(root / place)) return place;
  }
  return {};
}

}  // namespace

std::vector<ModelEntry> ReadModelEntries(const fs::path& root) {
  if (!NameExists(root / kConfig)) return {};
  const fs::path config = InsidePackage(root, kConfig);
  const json document = ReadJsonFile(config);
  if (!document.is_object()) {
    Fail(config, "is of the wrong kind", "an object", document.type_name());
  }
  std::vector<ModelEntry> entries;
  for (const auto& [key, value] : document.items()) {
    if (!value.is_object() || !value.contains("file") || value["file"].is_null()) continue;
    if (value.contains("included") && value["included"] == false) continue;
    const std::string name = Quoted(key);
    ModelEntry entry;
    entry.name = key;
    entry.file = ReadPath(ReadText(config, "file of " + name, value["file"]));
    if (Printable(entry.file.string()) != entry.file.string()) {  // messages name the file
      Fail(config, "file of " + name + " is wrong", "a path", Quoted(entry.file.string()));
    }
    if (entry.file.empty() || entry.file.is_absolute()) {
      Fail(config, "file of " + name + " leaves the package", "a path inside it",
           Quoted(entry.file.string()));
    }
    InsidePackage(root, entry.file);
    if (value.contains("sha256") && !value["sha256"].is_null()) {
      entry.sha256 = ReadDigest(config, "sha256 of " + name, value["sha256"]);
    }
    entries.push_back(entry);
  }
  return entries;
}

DigestStatus CheckModel(const fs::path& root, const fs::path& file,
                        const std::vector<ModelEntry>& entries) {
  const fs::path path = InsidePackage(root, file);
  RequireFile(path);
  DigestStatus status = DigestStatus::kNotGiven;
  for (const ModelEntry& entry : entries) {
    if (entry.file.lexically_normal() != file.lexically_normal() || entry.sha256.empty()) continue;
    const std::string found = Sha256OfFile(path);
    if (found != entry.sha256) {
      Fail(path, std::string("is not the file that ") + kConfig + " names",
           "sha256 " + entry.sha256.substr(0, 12) + "...", found.substr(0, 12) + "...");
    }
    status = DigestStatus::kMatches;
  }
  return status;
}

fs::path FindGenerator(const fs::path& root, const std::vector<ModelEntry>& entries) {
  return FindModel(root, entries, "generator",
                   {"checkpoint/model_best.onnx", "models/generator.onnx"});
}

fs::path FindAudioEncoder(const fs::path& root, const std::vector<ModelEntry>& entries) {
  return FindModel(root, entries, "audio_encoder", {"models/audio_encoder.onnx"});
}

}  // namespace mouthpiece

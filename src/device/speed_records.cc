#include "device/speed_records.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "avatar/sha256.h"
#include "base/cache_folder.h"
#include "base/file_state.h"
#include "base/partial_output.h"
#include "device/list_devices.h"
#include "mouthpiece/error.h"
#include "mouthpiece/version.h"

namespace mouthpiece {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "mouthpiece.speeds/1";
constexpr size_t kNameDigits = 16;  // of a digest
constexpr uintmax_t kMostBytes = 1 << 20;

bool IsSameDevice(const SpeedRecord& a, const SpeedRecord& b) {
  return a.kind == b.kind && a.name == b.name;
}

/// Throws nlohmann's exceptions.
SpeedRecord RecordOf(const Json& entry) {
  SpeedRecord record;
  record.kind = FromString<DeviceKind>(entry.at("type").get<std::string>()).value();
  record.name = entry.at("name");
  record.driver = entry.at("driver");
  record.fps = entry.at("fps");
  return record;
}

}  // namespace

bool IsOf(const SpeedRecord& record, const DeviceDescription& device) {
  return record.kind == device.kind && record.name == device.name && record.driver == device.driver;
}

std::filesystem::path SpeedFile(const Package& package) {
  const std::filesystem::path folder = CacheFolder();
  const std::string state = FileState(package.generator);
  if (folder.empty() || state.empty()) return {};
  std::error_code ignored;
  const std::string text = std::string(Version()) + "\n" + DescribeCpu().name + "\n" +
                           std::filesystem::weakly_canonical(package.generator, ignored).string() +
                           "\n" + state + "\n";
  Sha256 hash;
  hash.Update({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  return folder / ("speeds-" + hash.Finish().substr(0, kNameDigits) + ".json");
}

std::vector<SpeedRecord> ReadSpeeds(const std::filesystem::path& file) {
  std::vector<SpeedRecord> records;
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error) ||
      std::filesystem::file_size(file, error) > kMostBytes || error) {
    return records;
  }
  std::ifstream stream(file);
  try {
    const Json document = Json::parse(stream);
    if (document.at("schema") != kSchema) return {};
    for (const Json& entry : document.at("devices")) {
      const SpeedRecord record = RecordOf(entry);
      if (std::isfinite(record.fps) && record.fps > 0) records.push_back(record);
    }
  } catch (const std::exception&) {
    return {};  // of another version, or damaged: as if nothing had been measured
  }
  return records;
}

void RememberSpeeds(const std::filesystem::path& file, const std::vector<SpeedRecord>& records) {
  std::vector<SpeedRecord> all = ReadSpeeds(file);
  std::erase_if(all, [&](const SpeedRecord& old) {
    return std::ranges::any_of(
        records, [&](const SpeedRecord& record) { return IsSameDevice(old, record); });
  });
  all.insert(all.end(), records.begin(), records.end());
  Json document = {{"schema", kSchema}, {"devices", Json::array()}};
  for (const SpeedRecord& record : all) {
    document["devices"].push_back({{"type", ToString(record.kind)},
                                   {"name", record.name},
                                   {"driver", record.driver},
                                   {"fps", record.fps}});
  }
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  if (error) FailIo(file.parent_path(), "cannot be made", error.value());
  PartialFile output(file, {.overwrite = true, .inputs = {}});
  {
    std::ofstream stream(output.path());
    stream << document.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
    stream.flush();
    if (!stream) throw Error(ErrorCode::kIo, file.string() + ": cannot be written");
  }
  output.Commit();
}

}  // namespace mouthpiece

#include "render/devices.h"

#include <charconv>
#include <string>
#include <string_view>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

constexpr std::string_view kCuda = "cuda";

[[noreturn]] void Reject(std::string_view found) {
  throw Error(ErrorCode::kInvalidArgument,
              "device: expected cpu, cuda, cuda:N or GPUs separated by commas, found \"" +
                  std::string(found) + "\"");
}

/// The N of "cuda:N"; 0 of "cuda". `whole` is what an error shows.
int CudaIndex(std::string_view name, std::string_view whole) {
  if (!name.starts_with(kCuda)) Reject(whole);
  name.remove_prefix(kCuda.size());
  if (name.empty()) return 0;
  if (!name.starts_with(':')) Reject(whole);
  name.remove_prefix(1);
  int index = -1;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
  if (error != std::errc() || end != name.data() + name.size() || index < 0) Reject(whole);
  return index;
}

}  // namespace

std::vector<Device> ParseDevices(const std::string& text) {
  if (text == "cpu") return {Device{}};
  std::vector<Device> devices;
  std::string_view rest = text;
  while (true) {
    const size_t comma = rest.find(',');
    devices.push_back({Device::Kind::kCuda, CudaIndex(rest.substr(0, comma), text)});
    if (comma == std::string_view::npos) return devices;
    rest.remove_prefix(comma + 1);
  }
}

std::string ToString(const std::vector<Device>& devices) {
  std::string text;
  for (const Device& device : devices) {
    if (!text.empty()) text += ',';
    text += device.kind == Device::Kind::kCpu ? std::string("cpu")
                                              : "cuda:" + std::to_string(device.index);
  }
  return text;
}

void CheckDevices(const std::vector<Device>& devices) {
  if (ParseDevices(ToString(devices)) != devices) Reject(ToString(devices));
  if (devices.front().kind == Device::Kind::kCuda) {
    throw Error(ErrorCode::kUnsupported,
                "device " + ToString(devices) + ": this build of mouthpiece runs on the CPU only");
  }
}

}  // namespace mouthpiece

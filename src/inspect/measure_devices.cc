#include <algorithm>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "avatar/package.h"
#include "base/cancel.h"
#include "base/timing.h"
#include "device/choose_device.h"
#include "device/open_device.h"
#include "device/speed_records.h"
#include "infer/weights_keeper.h"
#include "mouthpiece/devices.h"
#include "mouthpiece/error.h"
#include "store/frame_store.h"

namespace mouthpiece {
namespace {

/// An avatar's first frames, decoded, as many as all requests of a device hold; of a shorter avatar
/// there and back again.
class HeldFrames {
 public:
  HeldFrames(const std::shared_ptr<const Avatar>& avatar, int count, const CancelToken& cancel) {
    const int frames = avatar->frame_count();
    const FrameSequence walk{LoopMode::kPingPong, frames, {0, count}};
    StoreOptions options = StoreOptionsFor(*avatar, {});
    options.mode = CacheMode::kRam;
    store_ = OpenFrameStore(avatar, options, walk);
    reader_ = store_->Open(
        {.sequence = walk, .frames_in_flight = count + 1, .threads = 0, .cancel = cancel});
    for (int i = 0; i < count; ++i) {
      frames_.push_back(reader_->Next());
      frames_.back().kept = PackageOf(*avatar).kept.Of(frames_.back().frame.source_index);
    }
  }

  std::span<SourceFrame> Of(int request, int batch) {
    return std::span(frames_).subspan(static_cast<size_t>(request * batch),
                                      static_cast<size_t>(batch));
  }

 private:
  std::unique_ptr<FrameStore> store_;
  std::unique_ptr<FrameReader> reader_;
  std::vector<SourceFrame> frames_;
};

/// Keeps a device busy with the same frames again and again, in silence.
class Runner {
 public:
  Runner(const std::shared_ptr<const Avatar>& avatar, Device& device, const CancelToken& cancel)
      : avatar_(*avatar),
        device_(device),
        batch_(device.info().batch),
        requests_(device.info().requests),
        cancel_(cancel),
        frames_(avatar, batch_ * requests_, cancel) {}

  /// Frames that were done, and the seconds that they took.
  std::pair<int64_t, double> Run(double seconds) {
    const Clock::time_point warming = Clock::now();
    Start(0);
    Finish(0);
    const double batch_s = SecondsSince(warming);
    // So many as are done in time, where one takes seconds.
    const int in_flight = std::clamp(static_cast<int>(seconds / batch_s), 1, requests_);
    const Clock::time_point start = Clock::now();
    for (int request = 0; request < in_flight; ++request) Start(request);
    int64_t done = 0;
    int running = in_flight;
    for (int request = 0; running > 0; request = (request + 1) % in_flight) {
      Finish(request);
      done += batch_;
      --running;
      if (SecondsSince(start) >= seconds || cancel_.cancelled()) continue;
      Start(request);
      ++running;
    }
    return {done, SecondsSince(start)};
  }

 private:
  void Start(int request) {
    for (int i = 0; const SourceFrame& source : frames_.Of(request, batch_)) {
      const Rect& rect = avatar_.rectangles()[static_cast<size_t>(source.frame.source_index)];
      std::ranges::fill(device_.Fill(request, i++, source, {rect, Resample::kLinear}), 0.0F);
    }
    device_.Start(request, batch_);
  }

  void Finish(int request) {
    device_.Wait(request);
    device_.Composite(request, frames_.Of(request, batch_));
  }

  const Avatar& avatar_;
  Device& device_;
  const int batch_;
  const int requests_;
  const CancelToken cancel_;
  HeldFrames frames_;
};

/// The CPU, then those that were asked for. Throws Error.
std::vector<DeviceDescription> Chosen(const Package& package,
                                      const std::vector<std::string>& names) {
  std::vector<DeviceDescription> all = Devices();
  std::vector<DeviceDescription> chosen{all.front()};
  if (names.empty()) {
    std::ranges::copy_if(all.begin() + 1, all.end(), std::back_inserter(chosen),
                         [](const DeviceDescription& each) {
                           return each.is_usable && each.kind != DeviceKind::kSoftware;
                         });
    return chosen;
  }
  for (const std::string& name : names) {
    CheckDeviceName(name);
    DeviceSettings settings;
    settings.name = name;
    std::string sought = ChooseDevice(package, settings).name;
    if (sought == "vulkan") sought += ":0";
    const auto found = std::ranges::find(all, sought, &DeviceDescription::device);
    if (found == all.end()) {
      const bool has_none = !all.back().is_usable && all.back().device == "vulkan";
      throw Error(
          ErrorCode::kInvalidArgument,
          "device " + name + ": " +
              (has_none ? all.back().note : "expected one of those that mouthpiece devices lists"));
    }
    if (std::ranges::find(chosen, found->device, &DeviceDescription::device) == chosen.end()) {
      chosen.push_back(*found);
    }
  }
  return chosen;
}

DeviceSpeed Measure(const std::shared_ptr<const Avatar>& avatar, const DeviceDescription& device,
                    double seconds, const CancelToken& cancel) {
  DeviceSpeed speed;
  speed.device = device;
  try {
    WeightsKeeper weights;
    DeviceSettings settings;
    settings.name = device.device;
    const std::unique_ptr<Device> opened = OpenDevice(PackageOf(*avatar), settings, 0, weights);
    speed.batch = opened->info().batch;
    speed.engine = opened->info().description;
    Runner runner(avatar, *opened, cancel);
    const auto [frames, took_s] = runner.Run(seconds);
    speed.frames = frames;
    speed.fps = static_cast<double>(frames) / took_s;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kCancelled || error.code() == ErrorCode::kBadPackage) throw;
    speed.problem = error.what();
  }
  cancel.ThrowIfCancelled();
  return speed;
}

void Remember(const Avatar& avatar, const std::vector<DeviceSpeed>& speeds, const Hooks& hooks) {
  std::vector<SpeedRecord> records;
  for (const DeviceSpeed& speed : speeds) {
    if (speed.fps <= 0) continue;
    const DeviceDescription& device = speed.device;
    records.push_back({device.kind, device.name, device.driver, speed.fps});
  }
  const std::filesystem::path file = SpeedFile(PackageOf(avatar));
  if (file.empty()) {
    Warn(hooks, "there is no cache folder to remember this in: HOME is not set");
    return;
  }
  try {
    RememberSpeeds(file, records);
  } catch (const Error& error) {
    Warn(hooks, std::string("this is not remembered: ") + error.what());
  }
}

}  // namespace

std::vector<DeviceSpeed> MeasureDevices(const std::shared_ptr<const Avatar>& avatar,
                                        const MeasureOptions& options, const Hooks& hooks) {
  if (!(options.seconds > 0 && options.seconds <= 600)) {
    throw Error(ErrorCode::kInvalidArgument, "seconds: expected more than 0, at most 600");
  }
  const CancelToken cancel(hooks.cancel);
  std::vector<DeviceSpeed> speeds;
  for (const DeviceDescription& device : Chosen(PackageOf(*avatar), options.devices)) {
    if (hooks.message) hooks.message("measuring " + device.device + " (" + device.name + ")");
    speeds.push_back(Measure(avatar, device, options.seconds, cancel));
  }
  Remember(*avatar, speeds, hooks);
  return speeds;
}

}  // namespace mouthpiece

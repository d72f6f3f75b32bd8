#include <algorithm>
#include <filesystem>
#include <numeric>
#include <string>
#include <utility>

#include "audio/window_stream.h"
#include "base/timing.h"
#include "device/choose_device.h"
#include "device/open_device.h"
#include "infer/weights_keeper.h"
#include "live/encoder_choice.h"
#include "live/row_track.h"
#include "live/stage_state.h"
#include "mouthpiece/error.h"
#include "prepare/prepare_for.h"
#include "render/check_options.h"
#include "store/frame_sequence.h"

namespace mouthpiece::live {
namespace {

constexpr float kSilentMel = -4;
constexpr size_t kLatest = 63;
constexpr size_t kMostEncoders = 4;
constexpr int kFramesToMeasure = 3;

double MillisecondsSince(mouthpiece::Clock::time_point start) { return 1e3 * SecondsSince(start); }

[[noreturn]] void Reject(const std::string& message, ErrorCode code) { throw Error(code, message); }

StageOptions Checked(const StageOptions& options) {
  CheckMachine(options.machine);
  const CacheMode cache = options.machine.cache;
  if (cache != CacheMode::kAuto && cache != CacheMode::kRam) {
    Reject(std::string("cache: expected auto or ram, since live frames come from memory, found ") +
               ToString(cache),
           ErrorCode::kInvalidArgument);
  }
  if (options.loop == LoopMode::kNone) {
    Reject("loop: expected pingpong or repeat, found none: a session has no end",
           ErrorCode::kInvalidArgument);
  }
  return options;
}

uint64_t FileBytes(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  return error ? 0 : size;
}

}  // namespace

void Measured::Add(double ms) {
  const std::lock_guard lock(mutex_);
  if (latest_.size() < kLatest) {
    latest_.push_back(ms);
  } else {
    latest_[next_] = ms;
    next_ = (next_ + 1) % kLatest;
  }
}

double Measured::ms() const {
  std::vector<double> sorted;
  {
    const std::lock_guard lock(mutex_);
    sorted = latest_;
  }
  if (sorted.empty()) return 0;
  const auto quarter = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 4);
  std::ranges::nth_element(sorted, quarter);
  return *quarter;
}

Stage::State::State(std::shared_ptr<const Avatar> shown, std::shared_ptr<Scheduler::State> threads,
                    const StageOptions& chosen)
    : avatar(std::move(shown)),
      scheduler(std::move(threads)),
      options(Checked(chosen)),
      idle(avatar->rectangles()) {
  scheduler->RequireOwnProcess();
  const int frames = avatar->frame_count();
  if (avatar->frame_rate() != Rational{kFeatureRate, 1}) {
    Reject(package().root.string() + ": expected a video of 25 frames a second, found " +
               std::to_string(avatar->frame_rate().num) + "/" +
               std::to_string(avatar->frame_rate().den),
           ErrorCode::kUnsupported);
  }
  PrepareFor(*avatar, options.machine, {}, {});
  encoders =
      LoadSmallEncoders(package(), std::min(static_cast<size_t>(scheduler->cores), kMostEncoders));
  DeviceSettings settings = DeviceSettingsOf(options.machine);
  settings.batch = 1;
  settings.threads = scheduler->cores;
  settings.name = ChooseDevice(package(), settings).name;
  WeightsKeeper weights;  // of none else: all sessions share the device
  device = OpenDevice(package(), settings, kFeatureValues, weights);
  const auto& [a, b, c] = device->info().audio_shape;
  if (int64_t{a} * b * c != int64_t{kWindowRows} * kFeatureValues) {
    Reject(device->info().model.string() + ": expected an audio input of 16 x 512 values, found " +
               std::to_string(int64_t{a} * b * c),
           ErrorCode::kUnsupported);
  }
  requests.resize(static_cast<size_t>(device->info().requests));
  std::iota(requests.begin(), requests.end(), 0);

  StoreOptions keeping = StoreOptionsFor(*avatar, options.machine);
  keeping.mode = CacheMode::kRam;
  const uint64_t needed =
      EstimateStoreCost(*avatar, keeping.mode, keeping, frames).bytes + idle.bytes();
  if (needed > keeping.memory_budget) {
    constexpr uint64_t kMebibyte = uint64_t{1} << 20;
    Reject(package().root.string() + ": expected a memory budget of " +
               std::to_string((needed + kMebibyte - 1) / kMebibyte) + " MiB or more, found " +
               std::to_string(keeping.memory_budget / kMebibyte) + " MiB",
           ErrorCode::kInvalidArgument);
  }
  bytes = needed + FileBytes(device->info().model) + FileBytes(package().audio_encoder);
  store = OpenFrameStore(avatar, keeping, {LoopMode::kNone, frames, {0, frames}});

  silence.resize(kFeatureValues);
  const std::vector<float> mel(kWindowValues, kSilentMel);
  for (int i = 0; i < kFramesToMeasure; ++i) Encode(mel, silence);
  for (int i = 0; i < kWindowRows; ++i) {
    silent_window.insert(silent_window.end(), silence.begin(), silence.end());
  }
  for (int64_t i = 0; i < kFramesToMeasure; ++i) PaintIdle(AvatarFrame(kFirstFrame + i));
}

int Stage::State::AvatarFrame(int64_t frame) const {
  return FrameSequence{options.loop, avatar->frame_count(), {frame, frame + 1}}.At(0);
}

void Stage::State::Encode(std::span<const float> windows, std::span<float> rows) {
  std::unique_ptr<AudioEncoder> encoder;
  {
    std::unique_lock lock(mutex);
    returned.wait(lock, [&] { return !encoders.empty(); });
    encoder = std::move(encoders.back());
    encoders.pop_back();
  }
  const auto give_back = [&] {
    {
      const std::lock_guard lock(mutex);
      encoders.push_back(std::move(encoder));
    }
    returned.notify_all();
  };
  try {
    while (!rows.empty()) {
      const auto start = mouthpiece::Clock::now();
      const size_t count =
          std::min(rows.size() / kFeatureValues, static_cast<size_t>(encoder->batch()));
      std::ranges::copy(windows.first(count * kWindowValues), encoder->windows().begin());
      std::ranges::copy(encoder->Run(static_cast<int>(count)), rows.begin());
      windows = windows.subspan(count * kWindowValues);
      rows = rows.subspan(count * kFeatureValues);
      encoding.Add(MillisecondsSince(start) / static_cast<double>(count));
    }
  } catch (...) {
    give_back();
    throw;
  }
  give_back();
}

SourceFrame Stage::State::Take(int avatar_frame, FrameOrigin& origin) const {
  const int frames = avatar->frame_count();
  origin.store = store;
  origin.matrix = MatrixOf(package().color.matrix);
  origin.reader = store->Open({.sequence = {LoopMode::kNone, frames, {avatar_frame, frames}},
                               .frames_in_flight = 1,
                               .threads = 1,
                               .cancel = {}});
  SourceFrame source = origin.reader->Next();
  source.kept = package().kept.Of(avatar_frame);
  return source;
}

VideoFrame Stage::State::PaintFrame(int avatar_frame, std::span<const float> window,
                                    bool keep_idle) {
  auto origin = std::make_shared<FrameOrigin>();
  SourceFrame source = Take(avatar_frame, *origin);
  const auto start = mouthpiece::Clock::now();
  int request = 0;
  {
    std::unique_lock lock(mutex);
    returned.wait(lock, [&] { return !requests.empty(); });
    request = requests.back();
    requests.pop_back();
  }
  const auto give_back = [&] {
    {
      const std::lock_guard lock(mutex);
      requests.push_back(request);
    }
    returned.notify_all();
  };
  try {
    const Rect& rect = avatar->rectangles()[static_cast<size_t>(avatar_frame)];
    std::ranges::copy(window, device->Fill(request, 0, source, {rect, options.resample}).begin());
    device->Start(request, 1);
    device->Wait(request);
    const std::lock_guard lock(composite_mutex);
    device->Composite(request, {&source, 1});
  } catch (...) {
    give_back();
    throw;
  }
  give_back();
  if (keep_idle) idle.Keep(avatar_frame, source.frame.picture());
  painting.Add(MillisecondsSince(start));
  return LendFrame(std::move(source.frame), std::move(origin));
}

VideoFrame Stage::State::Paint(int avatar_frame, std::span<const float> window) {
  return PaintFrame(avatar_frame, window, false);
}

VideoFrame Stage::State::PaintIdle(int avatar_frame) {
  if (!idle.Has(avatar_frame)) return PaintFrame(avatar_frame, silent_window, true);
  auto origin = std::make_shared<FrameOrigin>();
  SourceFrame source = Take(avatar_frame, *origin);
  idle.Put(avatar_frame, source.kept, source.frame.picture());
  return LendFrame(std::move(source.frame), std::move(origin));
}

/// In the order in which a new session shows them.
void Stage::State::Work() {
  int frame = 0;
  {
    const std::lock_guard lock(mutex);
    if (filled == avatar->frame_count()) return;
    frame = static_cast<int>((kFirstFrame + filled++) % avatar->frame_count());
  }
  try {
    if (!idle.Has(frame)) PaintIdle(frame);
  } catch (const Error&) {
    return;  // whoever shows the frame is told
  }
  scheduler->Offer(shared_from_this(), kWhenIdle);
}

Stage::Stage(std::shared_ptr<const Avatar> avatar, std::shared_ptr<Scheduler> scheduler,
             const StageOptions& options)
    : scheduler_(std::move(scheduler)),
      state_(std::make_shared<State>(std::move(avatar), scheduler_->state(), options)) {
  state_->scheduler->Offer(state_, kWhenIdle);
}

Stage::~Stage() {
  if (state_->scheduler->LeaveToParent(state_)) return;
  const std::lock_guard lock(state_->mutex);
  state_->filled = state_->avatar->frame_count();  // no more of them
}

const std::shared_ptr<const Avatar>& Stage::avatar() const { return state_->avatar; }
const std::shared_ptr<Scheduler>& Stage::scheduler() const { return scheduler_; }
uint64_t Stage::bytes() const { return state_->bytes; }
int Stage::idle_frames() const { return state_->idle.count(); }
double Stage::frame_ms() const { return state_->frame_ms(); }
int Stage::AvatarFrame(int64_t frame) const { return state_->AvatarFrame(frame); }

VideoFrame Stage::IdlePicture(int avatar_frame) const {
  const int frames = avatar()->frame_count();
  if (avatar_frame < 0 || avatar_frame >= frames) {
    throw Error(ErrorCode::kInvalidArgument, "frame: expected 0 to " + std::to_string(frames - 1) +
                                                 ", found " + std::to_string(avatar_frame));
  }
  state_->scheduler->RequireOwnProcess();
  return state_->PaintIdle(avatar_frame);
}

}  // namespace mouthpiece::live

#include "device/vulkan/vulkan_device.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/no_fork.h"
#include "compose/rectangle.h"
#include "compose/vulkan/vulkan_compositor.h"
#include "device/generator_answer.h"
#include "device/network_input.h"
#include "device/several_devices.h"
#include "device/vulkan/face_slots.h"
#include "device/vulkan/vulkan_generator.h"
#include "gpu/commands.h"
#include "gpu/instance.h"
#include "infer/busy_clock.h"
#include "infer/fused/layout.h"
#include "infer/request_memory.h"
#include "infer/vulkan/vulkan_network.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

using gpu::Buffer;
using gpu::BufferRange;
using gpu::MemoryKind;
using vulkan::RectanglePlanes;

constexpr int kDefaultBatch = 8;
/// Of a device's memory, where nothing else was said: for faces.
constexpr uint64_t kMostFaceBytes = uint64_t{1} << 30;
constexpr uint64_t kFaceShare = 4;
/// Shaders count bytes of faces in 32 bits with a sign.
constexpr uint64_t kCountableBytes = (uint64_t{1} << 31) - 1;

constexpr size_t kExtremesBytes = 6 * sizeof(uint32_t);

class VulkanDevice final : public Device {
 public:
  VulkanDevice(std::shared_ptr<const gpu::Instance> instance, int index,
               const VulkanGenerator& generator, const Package& package,
               const DeviceSettings& settings)
      : gpu_(std::move(instance), index),
        geometry_(package.geometry),
        info_(generator.info),
        sizes_(info_),
        face_bytes_(fused::RoundUp(sizes_.visual + RingView::Bytes(geometry_), size_t{16})),
        network_(gpu_, generator.plan, {.storage = generator.storage, .batch = BatchFor(settings)}),
        compositor_(gpu_, geometry_),
        map_(package.mapped_range),
        slots_(SlotsFor(package.frame_count, settings.device_memory)),
        faces_(gpu_, static_cast<size_t>(slots_.size()) * face_bytes_, MemoryKind::kDevice,
               "faces") {
    info_.batch = network_.batch();
    info_.description = "Vulkan " + gpu_.info().name + " " + ToString(info_.precision);
    info_.threads = 0;  // none of the CPU's
    for (int i = 0; i < info_.requests; ++i) {
      requests_.push_back(std::make_unique<Request>(gpu_, *this));
    }
  }

  const EngineInfo& info() const override { return info_; }

  std::span<float> Fill(int request, int i, const SourceFrame& source,
                        const Placement& placement) override {
    Request& filled = Of(request);
    const auto index = static_cast<size_t>(i);
    if (i == 0) ReleaseAll(filled);
    RequestFrame& frame = filled.frames.at(index);
    Release(frame);
    const auto [slot, is_new] = slots_.Take(source.frame.source_index, request);
    frame = {.placement = placement,
             .range = source.frame.picture().range,
             .slot = slot,
             .is_new = is_new};
    if (is_new) FillFace(source.face, filled.faces.mapped().subspan(index * face_bytes_));
    return std::span(filled.windows).subspan(index * sizes_.audio, sizes_.audio);
  }

  void Start(int request, int count) override {
    Request& started = Of(request);
    auto no_fork = std::make_unique<NoForkMeanwhile>();
    const size_t target_bytes = Prepare(started, count);
    Record(started, count, target_bytes);
    Watch([&] { started.commands.Submit(); });
    slots_.Arrived(request);
    started.no_fork = std::move(no_fork);
    busy_.Begin();
    started.is_running = true;
  }

  void Wait(int request) override {
    Request& waited = Of(request);
    if (!std::exchange(waited.is_running, false)) return;
    const auto end = [&] {
      busy_.End();
      waited.no_fork.reset();
    };
    try {
      Watch([&] { waited.commands.Wait(); });
    } catch (...) {
      end();
      throw;
    }
    end();
    gpu_.CheckMessages();
  }

  void Composite(int request, std::span<SourceFrame> frames) override {
    Request& done = Of(request);
    for (size_t i = 0; i < frames.size(); ++i) {
      RequestFrame& frame = done.frames[i];
      SourceFrame& source = frames[i];
      CheckExtremes(done.download.mapped().subspan(i * kExtremesBytes, kExtremesBytes),
                    source.face);
      const Rect& rect = frame.placement.rect;
      const RectanglePlanes planes(rect);
      const PictureView made = planes.View(
          done.download.mapped().subspan(DownloadOffset(frame.target_offset), planes.bytes()),
          frame.range);
      map_.Apply(made, CoveredSamples(rect, 0));
      const Rect& part = source.frame.part;  // the origin of what is there is even
      CopyRectangle(made,
                    {rect.x1 - part.x1, rect.y1 - part.y1, rect.x2 - part.x1, rect.y2 - part.y1},
                    source.kept, source.frame.picture());
      Release(frame);
    }
  }

  double busy_seconds() const override { return busy_.seconds(); }
  bool is_broken() const override { return is_broken_; }

 private:
  struct RequestFrame {
    Placement placement;
    ColorRange range = ColorRange::kLimited;  ///< Of the frame's samples
    int slot = -1;                            ///< Of its face; -1: none is taken
    bool is_new = false;                      ///< Its face goes up with the request
    size_t target_offset = 0;                 ///< Of its rectangle
  };

  struct Request {
    Request(gpu::Device& gpu, const VulkanDevice& device)
        : faces(gpu, device.batch() * device.face_bytes_, MemoryKind::kUpload, "a batch's faces"),
          audio(gpu, device.batch() * device.network_.audio_bytes(), MemoryKind::kUpload,
                "a batch's sound"),
          slots(gpu, device.batch() * sizeof(uint32_t), MemoryKind::kUpload, "a batch's places"),
          descriptions(gpu, device.batch() * sizeof(vulkan::CompositeFrame), MemoryKind::kUpload,
                       "a batch's rectangles"),
          pictures(gpu, device.batch() * device.network_.prediction_bytes(), MemoryKind::kDevice,
                   "a batch's pictures"),
          extremes(gpu, device.batch() * kExtremesBytes, MemoryKind::kDevice, "a batch's pictures"),
          commands(gpu, device.MostSteps()),
          frames(device.batch()),
          windows(device.batch() * device.sizes_.audio) {}

    Buffer faces, audio, slots, descriptions;  ///< Up
    Buffer pictures, extremes, target;         ///< There
    Buffer download;                           ///< The batch's extremes, then `target`
    gpu::Commands commands;                    ///< The first to go, when nothing runs any more
    std::vector<RequestFrame> frames;
    std::vector<float> windows;
    std::unique_ptr<NoForkMeanwhile> no_fork;
    bool is_running = false;
  };

  /// Notes when the GPU does not do what it is told.
  template <typename Action>
  void Watch(const Action& action) {
    try {
      action();
    } catch (...) {
      is_broken_ = true;
      throw;
    }
  }

  size_t batch() const { return static_cast<size_t>(info_.batch); }
  Request& Of(int request) { return *requests_.at(static_cast<size_t>(request)); }
  /// A copy a face, the network, the compositing, and the way back.
  int MostSteps() const { return info_.batch + network_.steps() + 3; }
  size_t DownloadOffset(size_t target_offset) const {
    return batch() * kExtremesBytes + target_offset;
  }

  /// On a CPU that plays a GPU nothing is gained by more than one. Faces of all requests have to be
  /// in reach.
  int BatchFor(const DeviceSettings& settings) const {
    const int by_default = gpu_.info().type == gpu::DeviceType::kCpu ? 1 : kDefaultBatch;
    const auto wanted = static_cast<uint64_t>(settings.batch > 0 ? settings.batch : by_default);
    const uint64_t most = FacesInReach() / static_cast<uint64_t>(info_.requests);
    return static_cast<int>(std::max(uint64_t{1}, std::min(wanted, most)));
  }

  /// That one binding can show, and shaders count.
  uint64_t FacesInReach() const {
    return std::min(gpu_.limits().binding_bytes, kCountableBytes) / face_bytes_;
  }

  /// As many as the avatar has frames and requests hold more, where memory allows it; always
  /// enough for the requests.
  int SlotsFor(int frame_count, uint64_t memory) const {
    const auto held = static_cast<uint64_t>(network_.batch() * info_.requests);
    const uint64_t bytes =
        memory > 0 ? memory : std::min(kMostFaceBytes, gpu_.info().memory_bytes / kFaceShare);
    const uint64_t most = std::min(bytes / face_bytes_, FacesInReach());
    const uint64_t wanted = static_cast<uint64_t>(frame_count) + held;
    return static_cast<int>(std::max(held, std::min(most, wanted)));
  }

  void Release(RequestFrame& frame) {
    if (frame.slot >= 0) slots_.Release(std::exchange(frame.slot, -1));
  }

  /// Forgets what a request that was given up half filled would have brought along.
  void ReleaseAll(Request& request) {
    for (RequestFrame& frame : request.frames) Release(frame);
  }

  /// Writes the six planes and the ring.
  void FillFace(const Face& face, std::span<std::byte> target) const {
    auto* const bytes = reinterpret_cast<uint8_t*>(target.data());
    FillVisual(face, {bytes, sizes_.visual});
    std::memcpy(bytes + sizes_.visual, face.ring.data, RingView::Bytes(geometry_));
  }

  BufferRange SlotRange(int slot) const {
    return {faces_, static_cast<size_t>(slot) * face_bytes_, face_bytes_};
  }

  /// Writes what goes up beside faces, and makes room for the rectangles; returns their bytes.
  size_t Prepare(Request& request, int count) {
    size_t bytes = 0;
    auto* const slot_words = reinterpret_cast<uint32_t*>(request.slots.mapped().data());
    for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
      RequestFrame& frame = request.frames[i];
      slot_words[i] = FaceWord(frame);
      network_.PackAudio(
          std::span(request.windows).subspan(i * sizes_.audio, sizes_.audio),
          request.audio.mapped().subspan(i * network_.audio_bytes(), network_.audio_bytes()));
      frame.target_offset = bytes;
      bytes += RectanglePlanes(frame.placement.rect).bytes();
    }
    if (request.target.bytes() < bytes) {
      Buffer target(gpu_, bytes, MemoryKind::kDevice, "a batch's rectangles");
      request.download =
          Buffer(gpu_, DownloadOffset(bytes), MemoryKind::kDownload, "a batch's rectangles");
      request.target = std::move(target);
    }
    return bytes;
  }

  uint32_t FaceWord(const RequestFrame& frame) const {
    return static_cast<uint32_t>(static_cast<size_t>(frame.slot) * face_bytes_ / 4);
  }

  void Record(Request& request, int count, size_t target_bytes) {
    const auto frames = static_cast<size_t>(count);
    gpu::Commands& commands = request.commands;
    commands.Begin();
    std::vector<vulkan::CompositeJob> jobs;
    for (size_t i = 0; i < frames; ++i) {
      const RequestFrame& frame = request.frames[i];
      if (frame.is_new) {
        commands.Copy({request.faces, i * face_bytes_, face_bytes_}, SlotRange(frame.slot));
      }
      jobs.push_back({.rect = frame.placement.rect,
                      .resample = frame.placement.resample,
                      .range = frame.range,
                      .face_word = FaceWord(frame),
                      .target_offset = frame.target_offset});
    }
    const BufferRange pictures(request.pictures, 0, frames * network_.prediction_bytes());
    const BufferRange extremes(request.extremes, 0, frames * kExtremesBytes);
    const BufferRange target(request.target, 0, target_bytes);
    network_.Record(commands, count,
                    {.faces = BufferRange(faces_),
                     .slots = {request.slots, 0, frames * sizeof(uint32_t)},
                     .audio = {request.audio, 0, frames * network_.audio_bytes()},
                     .prediction = pictures,
                     .extremes = extremes});
    compositor_.Record(
        commands, jobs,
        {reinterpret_cast<vulkan::CompositeFrame*>(request.descriptions.mapped().data()), frames},
        {.faces = BufferRange(faces_),
         .predictions = pictures,
         .frames = {request.descriptions, 0, frames * sizeof(vulkan::CompositeFrame)},
         .target = target});
    commands.Copy(extremes, {request.download, 0, extremes.bytes});
    commands.Copy(target, {request.download, DownloadOffset(0), target.bytes});
  }

  /// As CheckAnswer, of planes whose least and largest value are known.
  void CheckExtremes(std::span<const std::byte> extremes, const Face& face) const {
    uint32_t values[6];
    std::memcpy(values, extremes.data(), sizeof(values));
    const auto is_constant = [&](size_t plane) {
      return 255 - values[2 * plane] == values[2 * plane + 1];
    };
    if (!is_constant(0) && !is_constant(1) && !is_constant(2)) return;
    const size_t area = sizes_.prediction / 3;
    std::vector<uint8_t> answer(3 * area);
    for (size_t plane = 0; plane < 3; ++plane) {
      const std::span<uint8_t> samples = std::span(answer).subspan(plane * area, area);
      std::ranges::fill(samples, static_cast<uint8_t>(values[2 * plane + 1]));
      if (!is_constant(plane)) samples.back() ^= 1;
    }
    std::vector<uint8_t> seen(sizes_.visual);
    FillVisual(face, seen);
    CheckAnswer(answer, seen, info_.model);
  }

  gpu::Device gpu_;
  const FaceGeometry geometry_;
  EngineInfo info_;
  const FrameSizes sizes_;
  const size_t face_bytes_;
  vulkan::VulkanNetwork network_;
  const vulkan::VulkanCompositor compositor_;
  RectangleMap map_;
  vulkan::FaceSlots slots_;
  const Buffer faces_;
  BusyClock busy_;
  std::atomic<bool> is_broken_ = false;
  std::vector<std::unique_ptr<Request>> requests_;
};

}  // namespace

std::unique_ptr<Device> OpenVulkanDevice(std::shared_ptr<const gpu::Instance> instance,
                                         const Package& package, const DeviceSettings& settings,
                                         std::span<const int> indexes,
                                         const FeatureOrigin& features) {
  const NoFork no_fork;
  const VulkanGenerator generator = LoadVulkanGenerator(package, settings, features);
  if (!instance) instance = gpu::Instance::Open();
  std::vector<std::unique_ptr<Device>> devices;
  for (const int index : indexes) {
    devices.push_back(
        std::make_unique<VulkanDevice>(instance, index, generator, package, settings));
  }
  return JoinDevices(std::move(devices));
}

std::unique_ptr<Device> OpenVulkanDevice(const Package& package, const DeviceSettings& settings,
                                         std::span<const int> indexes,
                                         const FeatureOrigin& features) {
  return OpenVulkanDevice(nullptr, package, settings, indexes, features);
}

}  // namespace mouthpiece

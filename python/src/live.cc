#include "mouthpiece/live.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "arrays.h"
#include "avatar.h"
#include "bindings.h"
#include "choices.h"
#include "mouthpiece/error.h"
#include "speech.h"
#include "waiting.h"

namespace nb = nanobind;
using namespace nb::literals;  // NOLINT

namespace mouthpiece::python {
namespace {

constexpr std::chrono::milliseconds kInterval{50};

/// A Stage with a scheduler of its own, which sessions share.
struct StageObject {
  StageObject(const AvatarObject& avatar, const Machine& machine, const std::string& loop,
              const std::string& resample) {
    live::StageOptions options;
    options.machine = machine;
    options.loop = ParseChoice<LoopMode>("loop", loop);
    options.resample = ParseChoice<Resample>("resample", resample);
    RunWithoutGil([&](const std::atomic<bool>*) {
      auto scheduler =
          std::make_shared<live::Scheduler>(live::SchedulerOptions{.threads = machine.threads});
      stage = std::make_shared<live::Stage>(avatar.avatar(), std::move(scheduler), options);
    });
  }
  ~StageObject() {
    const WithoutGil no_gil;
    stage.reset();
  }
  StageObject(const StageObject&) = delete;
  StageObject& operator=(const StageObject&) = delete;

  std::shared_ptr<live::Stage> stage;
};

/// Session as something to wait for.
class SessionObject {
 public:
  SessionObject(const StageObject& stage, const std::string& format, int lookahead,
                bool oversubscribe)
      : exporter_((ThrowIfEnding(), ParseFrameFormat(format))),
        session_(std::make_shared<live::Session>(stage.stage, live::SteadyClock(),
                                                 OptionsOf(lookahead, oversubscribe))) {}
  ~SessionObject() { Close(); }
  SessionObject(const SessionObject&) = delete;
  SessionObject& operator=(const SessionObject&) = delete;

  void Speak(const std::string& utterance, int rate) { Open()->Speak(utterance, rate); }
  template <typename Sample>
  size_t Push(const SampleArray<Sample>& samples) {
    const std::shared_ptr<live::Session> session = Open();
    const WithoutGil no_gil;
    return session->Push(std::span<const Sample>(samples.data(), samples.size()));
  }
  void End() {
    const std::shared_ptr<live::Session> session = Open();
    const WithoutGil no_gil;
    session->End();
  }
  bool is_open() const { return Open()->is_open(); }
  nb::tuple Interrupt(const std::optional<std::string>& utterance) {
    const live::Interrupted cut = Open()->Interrupt(utterance);
    return nb::make_tuple(cut.utterance, cut.played, cut.epoch);
  }
  nb::dict Stats() const {
    const live::SessionStats stats = Open()->stats();
    nb::dict result;
    result["epoch"] = stats.epoch;
    result["utterance"] = stats.utterance;
    result["played"] = stats.played;
    result["queued"] = stats.queued;
    result["speaking_frames"] = stats.speaking_frames;
    result["idle_frames"] = stats.idle_frames;
    result["late_frames"] = stats.late_frames;
    result["held_frames"] = stats.held_frames;
    result["gaps"] = stats.gaps;
    result["gap_ticks"] = stats.gap_ticks;
    return result;
  }

  /// What comes next, as its name and values; StopIteration once it is closed.
  nb::tuple Next() {
    for (;;) {
      ThrowIfEnding();
      watch_.ThrowIfInterrupted();
      std::shared_ptr<live::Session> session = session_;  // another thread may close it
      if (!session) throw nb::stop_iteration();
      std::optional<live::Output> output;
      {
        const WithoutGil no_gil;
        output = session->Wait(kInterval);
        session.reset();
      }
      if (output) return std::visit([this](auto& each) { return TupleOf(each); }, *output);
      if (PyErr_CheckSignals() != 0) throw nb::python_error();
    }
  }

  /// Others may drop this object while it is waited for: it is not touched then.
  void Close() {
    if (!session_) return;
    std::shared_ptr<live::Session> session = std::move(session_);
    const WithoutGil no_gil;
    session->Stop();
    session.reset();
  }

 private:
  static live::SessionOptions OptionsOf(int lookahead, bool oversubscribe) {
    live::SessionOptions options;
    options.lookahead = lookahead;
    options.admission = oversubscribe ? live::Admission::kNever : live::Admission::kAtOpen;
    return options;
  }

  std::shared_ptr<live::Session> Open() const {
    ThrowIfEnding();
    if (!session_) {
      throw Error(ErrorCode::kInvalidArgument,
                  "session: expected an open one, found one that is "
                  "closed");
    }
    return session_;
  }

  nb::tuple TupleOf(live::Piece& piece) const {
    const bool has_picture = static_cast<bool>(piece.picture);
    nb::object picture = has_picture ? exporter_.Export(std::move(piece.picture)) : nb::none();
    const nb::bytes sound(piece.sound.data(), piece.sound.size() * sizeof(int16_t));
    return nb::make_tuple("frame", picture, sound, piece.pts, piece.duration, piece.frame,
                          piece.avatar_frame, piece.epoch, piece.seq, piece.idle, piece.skipped,
                          piece.first, piece.last);
  }
  static nb::tuple TupleOf(const live::Started& started) {
    return nb::make_tuple("started", started.utterance, started.pts);
  }
  static nb::tuple TupleOf(const live::Finished& finished) {
    return nb::make_tuple("finished", finished.utterance, finished.played, finished.interrupted);
  }
  static nb::tuple TupleOf(const live::Flush& flush) {
    return nb::make_tuple("flush", flush.epoch, flush.pts);
  }
  static nb::tuple TupleOf(const live::Busy& busy) { return nb::make_tuple("busy", busy.queued); }

  const FrameExporter exporter_;
  std::shared_ptr<live::Session> session_;  ///< Null once it is closed
  const InterruptWatch watch_;
  const Stoppable stoppable_{[this] { Close(); }};
};

}  // namespace

void BindLive(nb::module_& module) {
  nb::class_<StageObject>(module, "LiveStage")
      .def(nb::init<const AvatarObject&, const Machine&, const std::string&, const std::string&>(),
           "avatar"_a, "machine"_a, "loop"_a, "resample"_a)
      .def_prop_ro("frame_ms", [](const StageObject& self) { return self.stage->frame_ms(); })
      .def_prop_ro("idle_frames", [](const StageObject& self) { return self.stage->idle_frames(); })
      .def_prop_ro("nbytes", [](const StageObject& self) { return self.stage->bytes(); });
  nb::class_<SessionObject>(module, "LiveSession")
      .def(nb::init<const StageObject&, const std::string&, int, bool>(), "stage"_a, "format"_a,
           "lookahead"_a, "oversubscribe"_a)
      .def("speak", &SessionObject::Speak, "utterance"_a, "rate"_a)
      .def("push", &SessionObject::Push<float>, "samples"_a)
      .def("push", &SessionObject::Push<int16_t>, "samples"_a)
      .def("end", &SessionObject::End)
      .def_prop_ro("is_open", &SessionObject::is_open)
      .def("interrupt", &SessionObject::Interrupt, "utterance"_a.none())
      .def("stats", &SessionObject::Stats)
      .def("next", &SessionObject::Next)
      .def("close", &SessionObject::Close);
}

}  // namespace mouthpiece::python

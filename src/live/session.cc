#include <unistd.h>

#include <utility>

#include "live/session_core.h"
#include "live/stage_state.h"
#include "mouthpiece/error.h"

namespace mouthpiece::live {

struct Session::State {
  const std::shared_ptr<Stage> stage;  ///< And so the scheduler, which is not for its own threads
  const std::shared_ptr<SessionCore> core;
  const pid_t process = getpid();

  /// Throws Error (kInvalidArgument) in a process that was forked off, where no frame would come.
  SessionCore& Core() const {
    if (process != getpid()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "live session: expected one of this process, found one that was begun before it "
                  "was forked off");
    }
    return *core;
  }
};

Session::Session(std::shared_ptr<Stage> stage, std::shared_ptr<const Clock> clock,
                 SessionOptions options) {
  stage->scheduler()->state()->RequireOwnProcess();
  auto core = std::make_shared<SessionCore>(stage->state(), stage->scheduler()->state(),
                                            std::move(clock), std::move(options));
  state_ = std::unique_ptr<State>(new State{std::move(stage), std::move(core)});
}
/// In a process that was forked off nothing of it runs, and its locks may be held: it stays.
Session::~Session() {
  if (state_->process != getpid()) {
    state_.release();  // NOLINT(bugprone-unused-return-value)
    return;
  }
  state_->core->Close();
}

Speaking Session::Speak(const std::string& utterance, int rate) {
  return state_->Core().Speak(utterance, rate);
}
size_t Session::Push(std::span<const float> samples) { return state_->Core().Push(samples); }
size_t Session::Push(std::span<const int16_t> samples) { return state_->Core().Push(samples); }
void Session::End() { state_->Core().End(); }
bool Session::is_open() const { return state_->Core().is_open(); }
Interrupted Session::Interrupt(const std::optional<std::string>& utterance,
                               std::optional<Ticks> heard) {
  return state_->Core().Interrupt(utterance, heard);
}
std::optional<Output> Session::Poll() { return state_->Core().Poll(); }
Ticks Session::next_poll() const { return state_->Core().next_poll(); }
std::optional<Output> Session::Wait(std::chrono::milliseconds timeout) {
  return state_->Core().Wait(timeout);
}
void Session::Stop() {
  if (state_->process == getpid()) state_->core->Stop();
}
const std::shared_ptr<Stage>& Session::stage() const { return state_->stage; }
const SessionOptions& Session::options() const { return state_->core->options(); }
SessionStats Session::stats() const { return state_->Core().stats(); }

}  // namespace mouthpiece::live

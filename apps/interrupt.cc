#include "interrupt.h"

#include <signal.h>

namespace mouthpiece::cli {
namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch these");

void OnSignal(int) { interrupted = true; }

/// What asks a program to end, and would end it without a word and without cleaning up.
constexpr int kRequestsToEnd[] = {SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGUSR1, SIGUSR2, SIGALRM};

}  // namespace

void CatchInterrupts() {
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int request : kRequestsToEnd) {
    struct sigaction before = {};
    sigaction(request, nullptr, &before);
    // nohup, and whoever else started this program with a request ignored, wants it ignored.
    const bool is_ignored = before.sa_handler == SIG_IGN;
    if (!is_ignored || request == SIGINT || request == SIGTERM) {
      sigaction(request, &action, nullptr);
    }
  }
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

const std::atomic<bool>* Interrupted() { return &interrupted; }

}  // namespace mouthpiece::cli

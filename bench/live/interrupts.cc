// What an interrupt cuts off, and how soon.
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "client.h"
#include "quantiles.h"
#include "scenarios.h"
#include "utterance.h"

namespace mouthpiece::bench {
namespace {

using std::chrono::milliseconds;

struct Cut {
  std::vector<double> flushed_ms;   ///< From the interrupt to `flush`
  std::vector<double> last_old_ms;  ///< To the last packet of the old epoch that holds sound
  int64_t interrupts = 0;
  int64_t flushes = 0;
  int64_t stale = 0;             ///< Packets of an older epoch after its end
  int64_t finished_wrongly = 0;  ///< Not exactly once
};

/// What came after the interrupt at `asked`, while `epoch` was the epoch.
void Judge(const std::vector<Received>& received, const std::string& name, Time asked, Cut& cut) {
  uint32_t epoch = 0;
  int finished = 0;
  bool is_flushed = false;
  Time last_old = asked;
  for (const Received& item : received) {
    if (item.IsText("finished") && item.Tells("utterance", name)) ++finished;
    if (item.IsText("flush")) {
      epoch = (*item.text)["epoch"];
      is_flushed = true;
      cut.flushed_ms.push_back(MillisecondsBetween(asked, item.at));
    }
    if (item.text) continue;
    if (item.packet.epoch < epoch) ++cut.stale;
    if (!is_flushed && item.at > asked && item.Is(serve::PacketKind::kSound)) last_old = item.at;
    // Without a flush nothing of it was given; with one, its end fades under the new epoch.
    if (finished > 0 && !is_flushed && item.Is(serve::PacketKind::kSound)) ++cut.stale;
  }
  ++cut.interrupts;
  if (is_flushed) {
    ++cut.flushes;
    cut.last_old_ms.push_back(MillisecondsBetween(asked, last_old));
  }
  if (finished != 1) ++cut.finished_wrongly;
}

void Interrupt(Client& client, const Load& load, int count, unsigned seed, Cut& cut) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> wait(0, 900);
  for (int i = 0; i < count; ++i) {
    const std::string name = NameOf(i);
    client.Clear();
    Speak(client, name, load.speech, Manner::kBurst);
    std::this_thread::sleep_for(milliseconds(wait(random)));
    const Time asked = std::chrono::steady_clock::now();
    client.Say(nlohmann::json::object({{"type", "interrupt"}, {"utterance", nullptr}}));
    if (!client.WaitForText("finished", name, milliseconds(10000))) {
      throw std::runtime_error(name + " did not finish");
    }
    std::this_thread::sleep_for(milliseconds(60));  // whatever else comes
    Judge(client.received(), name, asked, cut);
  }
}

}  // namespace

nlohmann::json Interrupts(const Load& load) {
  Network network;
  std::vector<Cut> cuts(static_cast<size_t>(load.sessions));
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < load.sessions; ++i) {
    clients.push_back(std::make_unique<Client>(network, load.port));
  }
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < load.sessions; ++i) {
      threads.emplace_back([&, i] {
        const auto at = static_cast<size_t>(i);
        Interrupt(*clients[at], load, load.count / load.sessions, static_cast<unsigned>(i),
                  cuts[at]);
      });
    }
  }
  Cut all;
  for (const Cut& cut : cuts) {
    Append(all.flushed_ms, cut.flushed_ms);
    Append(all.last_old_ms, cut.last_old_ms);
    all.interrupts += cut.interrupts;
    all.flushes += cut.flushes;
    all.stale += cut.stale;
    all.finished_wrongly += cut.finished_wrongly;
  }
  return {{"sessions", load.sessions},
          {"interrupts", all.interrupts},
          {"flushes", all.flushes},
          {"flushed_ms", Quantiles(all.flushed_ms)},
          {"last_old_ms", Quantiles(all.last_old_ms)},
          {"stale", all.stale},
          {"finished_wrongly", all.finished_wrongly}};
}

}  // namespace mouthpiece::bench

// Sessions that speak: how late their frames are.
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
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

/// Ticks between the sound and the picture of one frame, and sound packets that do not follow each
/// other within an utterance.
struct Together {
  int64_t sounds = 0;
  int64_t apart = 0;
  int64_t broken = 0;

  void Add(const std::vector<Received>& received) {
    std::map<uint32_t, live::Ticks> pictures;
    for (const Received& item : received) {
      if (item.Is(serve::PacketKind::kVideo)) pictures.emplace(item.packet.seq, item.packet.pts);
    }
    live::Ticks next = -1;
    for (const Received& item : received) {
      if (!item.Is(serve::PacketKind::kSound)) continue;
      ++sounds;
      const auto picture = pictures.find(item.packet.seq);
      if (picture != pictures.end() && picture->second != item.packet.pts) ++apart;
      const bool is_first = (item.packet.flags & serve::kFirstFlag) != 0;
      if (!is_first && next >= 0 && item.packet.pts != next) ++broken;
      next = item.packet.pts + static_cast<live::Ticks>(item.payload / sizeof(int16_t));
    }
  }
};

struct Measured {
  std::vector<double> decided;
  std::vector<double> ended;
  std::vector<double> first;
  std::vector<double> due;
  int64_t frames = 0;
  int64_t missed = 0;
  Together together;
};

/// Says it, waits for its end, and adds what was seen.
void SayAndMeasure(Client& client, const std::string& name, std::span<const int16_t> speech,
                   Manner manner, Measured& measured) {
  client.Clear();
  client.Synchronise(5);
  const Said said = Speak(client, name, speech, manner);
  if (!client.WaitForText("finished", name, milliseconds(60000))) {
    throw std::runtime_error(name + " did not finish");
  }
  const std::vector<Received> received = client.received();
  const Lateness lateness = LatenessOf(client, said, received);
  Append(measured.decided, lateness.decided);
  Append(measured.ended, lateness.ended);
  Append(measured.first, lateness.first);
  Append(measured.due, lateness.due);
  measured.frames += lateness.frames;
  measured.missed += lateness.missed;
  measured.together.Add(received);
}

void Merge(Measured& into, const Measured& one) {
  Append(into.decided, one.decided);
  Append(into.ended, one.ended);
  Append(into.first, one.first);
  Append(into.due, one.due);
  into.frames += one.frames;
  into.missed += one.missed;
  into.together.sounds += one.together.sounds;
  into.together.apart += one.together.apart;
  into.together.broken += one.together.broken;
}

nlohmann::json FiguresOf(const Measured& measured) {
  return {{"decided_ms", Quantiles(measured.decided)},
          {"ended_ms", Quantiles(measured.ended)},
          {"first_ms", Quantiles(measured.first)},
          {"due_ms", Quantiles(measured.due)},
          {"frames", measured.frames},
          {"missed", measured.missed},
          {"sounds", measured.together.sounds},
          {"sounds_apart", measured.together.apart},
          {"sounds_broken", measured.together.broken}};
}

/// Opens sessions that may speak at any time until one is refused, or there are `most`.
std::vector<std::unique_ptr<Client>> OpenSpeakers(Network& network, int port, int most) {
  std::vector<std::unique_ptr<Client>> clients;
  while (static_cast<int>(clients.size()) < most) {
    try {
      clients.push_back(std::make_unique<Client>(
          network, port, ClientOptions{.session = {{"reserve", true}}, .keeps_packets = true}));
    } catch (const std::runtime_error&) {
      break;
    }
  }
  return clients;
}

/// Every client says the speech over and over, `seconds` long. The first error is thrown at the
/// end.
Measured SpeakOn(const std::vector<std::unique_ptr<Client>>& clients,
                 std::span<const int16_t> speech, double seconds) {
  Measured all;
  std::mutex mutex;
  std::exception_ptr error;
  const Time end = std::chrono::steady_clock::now() +
                   std::chrono::duration_cast<std::chrono::nanoseconds>(Seconds(seconds));
  {
    std::vector<std::jthread> threads;
    for (size_t number = 0; number < clients.size(); ++number) {
      threads.emplace_back([&, number] {
        try {
          std::this_thread::sleep_for(milliseconds(number * 137));  // not all at one time
          Measured one;
          for (int i = 0; std::chrono::steady_clock::now() < end; ++i) {
            SayAndMeasure(*clients[number], NameOf(i), speech, Manner::kBurst, one);
          }
          const std::lock_guard lock(mutex);
          Merge(all, one);
        } catch (...) {
          const std::lock_guard lock(mutex);
          if (!error) error = std::current_exception();
        }
      });
    }
  }
  if (error) std::rethrow_exception(error);
  return all;
}

int SpeakersOf(const Load& load, Network& network) {
  if (load.sessions > 0) return load.sessions;
  const auto admitted = static_cast<double>(OpenSpeakers(network, load.port, 256).size());
  return std::max(1, static_cast<int>(std::floor(admitted * load.share + 1e-9)));
}

}  // namespace

nlohmann::json Latency(const Load& load) {
  Network network;
  const auto clients = OpenSpeakers(network, load.port, load.sessions);
  if (static_cast<int>(clients.size()) < load.sessions) throw std::runtime_error("refused");
  nlohmann::json figures;
  for (const auto& [name, manner] :
       {std::pair("burst", Manner::kBurst), std::pair("pieces", Manner::kPaced)}) {
    Measured all;
    std::mutex mutex;
    {
      std::vector<std::jthread> threads;
      for (size_t number = 0; number < clients.size(); ++number) {
        threads.emplace_back([&, number, manner = manner] {
          Measured one;
          for (int i = 0; i < load.count; ++i) {
            SayAndMeasure(*clients[number], NameOf(i), load.speech, manner, one);
          }
          const std::lock_guard lock(mutex);
          Merge(all, one);
        });
      }
    }
    figures[name] = FiguresOf(all);
  }
  return figures;
}

nlohmann::json Capacity(const Load& load) {
  Network network;
  const auto clients = OpenSpeakers(network, load.port, 256);
  const HttpAnswer avatars = Ask(load.port, "GET", "/v1/avatars");
  return {{"sessions", clients.size()}, {"cost_ms", avatars.body[0]["cost_ms"]}};
}

nlohmann::json Steady(const Load& load) {
  Network network;
  const int sessions = SpeakersOf(load, network);
  const auto clients = OpenSpeakers(network, load.port, sessions);
  Client& first = *clients.at(0);
  first.Synchronise(20);
  const Time begin = first.TimeOf(0);
  nlohmann::json figures = FiguresOf(SpeakOn(clients, load.speech, load.seconds));
  first.Synchronise(20);
  figures["sessions"] = clients.size();
  figures["drift_ms"] = MillisecondsBetween(begin, first.TimeOf(0));
  return figures;
}

nlohmann::json Overload(const Load& load) {
  Network network;
  const int sessions = SpeakersOf(load, network);
  const auto clients = OpenSpeakers(network, load.port, sessions);
  nlohmann::json figures{{"sessions", clients.size()}};
  // In turn, so that what else the machine does meets both alike.
  Measured admitted;
  Measured crowded;
  std::atomic<int64_t> refused = 0;
  std::atomic<int64_t> let_in = 0;
  for (int round = 0; round < 3; ++round) {
    Merge(admitted, SpeakOn(clients, load.speech, load.seconds / 3));
    std::vector<std::jthread> others;
    for (int i = 0; i < (sessions + 1) / 2; ++i) {
      others.emplace_back([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          const HttpAnswer answer = Ask(load.port, "POST", "/v1/sessions", {{"reserve", true}});
          ++(answer.status == 503 ? refused : let_in);
          std::this_thread::sleep_for(milliseconds(200));
        }
      });
    }
    Merge(crowded, SpeakOn(clients, load.speech, load.seconds / 3));
  }
  figures["admitted"] = FiguresOf(admitted);
  figures["crowded"] = FiguresOf(crowded);
  figures["refused"] = refused.load();
  figures["let_in"] = let_in.load();
  return figures;
}

}  // namespace mouthpiece::bench

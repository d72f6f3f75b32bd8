#include "utterance.h"

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>
#include <thread>

namespace mouthpiece::bench {
namespace {

constexpr size_t kPortion = kRate / 50;  // 20 ms

/// When each frame's picture came.
std::map<live::Ticks, Time> PicturesOf(const std::vector<Received>& received) {
  std::map<live::Ticks, Time> pictures;
  for (const Received& item : received) {
    if (item.Is(serve::PacketKind::kVideo)) pictures.emplace(item.packet.pts, item.at);
  }
  return pictures;
}

std::optional<live::Ticks> BeginOf(const std::string& name, const std::vector<Received>& received) {
  for (const Received& item : received) {
    if (item.IsText("started") && item.Tells("utterance", name)) return (*item.text)["pts"];
  }
  return std::nullopt;
}

}  // namespace

Time Said::Knows(int64_t count) const {
  if (!Has(count)) return ended;
  const auto found = std::ranges::find_if(
      portions, [&](const auto& portion) { return static_cast<int64_t>(portion.first) >= count; });
  return found == portions.end() ? ended : found->second;
}

Said Speak(Client& client, const std::string& name, std::span<const int16_t> samples,
           Manner manner) {
  Said said{.name = name, .portions = {}, .samples = samples.size()};
  client.Say({{"type", "speak"}, {"utterance", name}, {"rate", kRate}});
  const size_t most = manner == Manner::kBurst ? size_t{30000} : kPortion;
  const Time begin = std::chrono::steady_clock::now();
  for (size_t at = 0; at < samples.size();) {
    const size_t count = std::min(most, samples.size() - at);
    at += count;
    if (manner == Manner::kPaced) {  // a piece can be sent once it has been spoken
      std::this_thread::sleep_until(begin + std::chrono::microseconds(at * 1'000'000 / kRate));
    }
    said.portions.emplace_back(at, std::chrono::steady_clock::now());
    client.Push(samples.subspan(at - count, count));
  }
  said.ended = std::chrono::steady_clock::now();
  client.Say({{"type", "end"}, {"utterance", name}});
  return said;
}

Lateness LatenessOf(const Client& client, const Said& said, const std::vector<Received>& received) {
  const std::optional<live::Ticks> begin = BeginOf(said.name, received);
  if (!begin) throw std::runtime_error(said.name + " did not start");
  const live::Ticks end =
      *begin + static_cast<live::Ticks>(said.samples) * (live::kTickRate / kRate);
  const std::map<live::Ticks, Time> pictures = PicturesOf(received);
  Lateness lateness;
  live::Ticks pts = (*begin - kLookAhead) / live::kFrameTicks * live::kFrameTicks;
  for (pts += live::kFrameTicks; pts < end; pts += live::kFrameTicks) {
    ++lateness.frames;
    const auto picture = pictures.find(pts);
    if (picture == pictures.end()) {
      ++lateness.missed;
      continue;
    }
    const live::Ticks heard = pts + kLookAhead - *begin;
    const int64_t count = (heard * kRate + live::kTickRate - 1) / live::kTickRate;
    const Time known = said.Knows(count);
    const Time due = client.TimeOf(pts - kSentAhead);
    lateness.due.push_back(MillisecondsBetween(std::max(known, due), picture->second));
    const double took = MillisecondsBetween(known, picture->second);
    (said.Has(count) ? lateness.decided : lateness.ended).push_back(took);
    if (lateness.frames == 1) lateness.first.push_back(took);
  }
  return lateness;
}

}  // namespace mouthpiece::bench

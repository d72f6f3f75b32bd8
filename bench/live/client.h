// A client of `mouthpiece serve` that writes down when everything came and went.
#ifndef MOUTHPIECE_BENCH_LIVE_CLIENT_H_
#define MOUTHPIECE_BENCH_LIVE_CLIENT_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "mouthpiece/live_clock.h"
#include "serve/packet.h"

namespace mouthpiece::bench {

using Time = std::chrono::steady_clock::time_point;
using Seconds = std::chrono::duration<double>;

inline double MillisecondsBetween(Time from, Time to) { return Seconds(to - from).count() * 1e3; }

/// A text or the header of a packet, and when it was read.
struct Received {
  Time at;
  std::optional<nlohmann::json> text;
  serve::PacketHeader packet;
  size_t payload = 0;  ///< Bytes

  /// Whether it is a text with a member of this value.
  bool Tells(const char* member, std::string_view value) const {
    return text && text->value(member, std::string()) == value;
  }
  bool IsText(std::string_view type) const { return Tells("type", type); }
  bool Is(serve::PacketKind kind) const { return !text && packet.kind == kind; }
};

struct HttpAnswer {
  int status = 0;
  nlohmann::json body;  ///< Null when it is no JSON
};

/// One request to the server at a port of the loopback, on a connection of its own.
HttpAnswer Ask(int port, std::string_view method, const std::string& path,
               const nlohmann::json& body = {}, const std::string& token = {});

/// The thread that reads and writes for all clients.
class Network {
 public:
  Network();
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  struct State;
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
  std::thread thread_;
};

struct ClientOptions {
  nlohmann::json session = nlohmann::json::object();  ///< Body of POST /v1/sessions
  bool keeps_packets = true;                          ///< Otherwise they are only counted
};

/// A session and its one viewer. Thread-safe.
class Client {
 public:
  /// Throws std::runtime_error with the server's answer when the session is refused.
  Client(Network& network, int port, const ClientOptions& options = {});
  /// Deletes the session.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void Say(const nlohmann::json& message);
  /// A packet of speech.
  void Push(std::span<const int16_t> samples);

  /// All that came so far.
  std::vector<Received> received() const;
  int64_t packets() const;
  /// Forgets what came.
  void Clear();
  /// Whether what came satisfies `is_enough` within `most`.
  bool WaitFor(std::chrono::milliseconds most,
               const std::function<bool(const std::vector<Received>&)>& is_enough) const;
  bool WaitForText(std::string_view type, std::string_view utterance,
                   std::chrono::milliseconds most) const;

  /// When the session's clock shows `pts`, from the quickest of some pings.
  Time TimeOf(live::Ticks pts) const;
  /// Asks for the session's clock, `count` times.
  void Synchronise(int count);

  /// Ends the connection as a machine that is switched off: no goodbye.
  void Abort();
  /// Reads no more, and so answers no pings.
  void GoDeaf();

 private:
  struct Connection;
  std::shared_ptr<Connection> connection_;
  const int port_;
  std::string id_;
  std::string token_;
  Time anchor_{};  ///< When the session's clock showed 0
};

}  // namespace mouthpiece::bench

#endif  // MOUTHPIECE_BENCH_LIVE_CLIENT_H_

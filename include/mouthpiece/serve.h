// Avatars that speak live, for browsers and whoever else asks over a network.
#ifndef MOUTHPIECE_SERVE_H_
#define MOUTHPIECE_SERVE_H_

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mouthpiece/export.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

struct ServeOptions {
  std::vector<std::filesystem::path> avatars;  ///< Packages
  std::filesystem::path avatar_folder;         ///< Of which each folder that is a package is served
  std::string listen = "127.0.0.1:8010";       ///< ADDRESS:PORT, [ADDRESS]:PORT; port 0: any
  std::filesystem::path token_file;            ///< A line that clients must know; needed beyond
                                               ///< the loopback
  std::filesystem::path tls_certificate;       ///< PEM, with its chain; both or none
  std::filesystem::path tls_key;               ///< PEM
  std::vector<std::string> origins;            ///< Of other pages that may use the server
  int threads = 0;                             ///< That render. 0: all cores
  Precision precision = Precision::kAuto;      ///< Of the networks
  bool prepare = false;                        ///< As Machine::prepare
  std::string device = "cpu";                  ///< As Machine::device; all sessions share it
  uint64_t device_memory = 0;                  ///< As Machine::device_memory, of each avatar
  uint64_t memory_budget = uint64_t{4} << 30;  ///< Bytes of all avatars that are loaded
  int max_sessions = 256;
  std::string tts;               ///< A command: text on its input, a sound file on its output
  bool oversubscribe = false;    ///< Refuse nobody who wants to speak
  std::filesystem::path record;  ///< A folder for an MP4 of each session. Empty: none
  /// Beginnings of the URLs (rtmp, srt, rtsp, udp) that clients may have sessions pushed to. Empty:
  /// none.
  std::vector<std::string> push_to;
  /// Takes a line of what happens; called by several threads, one at a time.
  std::function<void(const std::string&)> log = {};
};

/// A server of avatars: docs/serve.md has its protocol.
class MOUTHPIECE_EXPORT Server {
 public:
  /// Opens the avatars and listens. Throws Error: kInvalidArgument for options that do not fit,
  /// kIo when the address cannot be had, kBadPackage.
  explicit Server(const ServeOptions& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// "http://127.0.0.1:8010/"
  std::string address() const;

  /// Serves until `stop` is true; then what is said ends, a minute at most, viewers are told, and
  /// it returns. Once.
  void Run(const std::atomic<bool>& stop);

 private:
  struct MOUTHPIECE_HIDDEN State;
  std::unique_ptr<State> state_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SERVE_H_

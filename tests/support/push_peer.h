// Somebody to whom live pictures and sound are pushed.
#ifndef MOUTHPIECE_TESTS_SUPPORT_PUSH_PEER_H_
#define MOUTHPIECE_TESTS_SUPPORT_PUSH_PEER_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace mouthpiece::testing {

/// A port of the loopback that nobody has, of TCP and UDP.
int FreePort();

/// Takes one connection (rtmp, srt, rtsp) or all datagrams (udp), and what comes over it.
class PushPeer {
 public:
  struct Packet {
    bool is_video = false;
    bool key = false;
    double time = 0;  ///< Seconds; NaN where RTSP has not said yet when it is
    size_t bytes = 0;
  };

  /// Listens at `url`, from some moment after this.
  explicit PushPeer(const std::string& url);
  /// Hangs up.
  ~PushPeer();
  PushPeer(const PushPeer&) = delete;
  PushPeer& operator=(const PushPeer&) = delete;

  /// So far; those of a stream in order.
  std::vector<Packet> packets(bool is_video) const;
  /// Whether so many pictures came within so long.
  bool WaitForPictures(size_t count, std::chrono::seconds longest) const;

 private:
  void Run(const std::string& url);

  std::atomic<bool> stops_ = false;
  mutable std::mutex mutex_;
  std::vector<Packet> packets_;  ///< By mutex_
  std::jthread thread_;
};

/// Takes connections of TCP and says nothing.
class MutePeer {
 public:
  MutePeer();
  ~MutePeer();
  MutePeer(const MutePeer&) = delete;
  MutePeer& operator=(const MutePeer&) = delete;

  int port() const { return port_; }

 private:
  int file_;
  int port_;
};

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_PUSH_PEER_H_

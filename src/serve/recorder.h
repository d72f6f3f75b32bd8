// A session as a file.
#ifndef MOUTHPIECE_SERVE_RECORDER_H_
#define MOUTHPIECE_SERVE_RECORDER_H_

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "serve/viewer.h"

namespace mouthpiece::serve {

/// Writes fragmented MP4 until the session ends, in a thread of its own. A disk that is slow loses
/// pictures up to the next key; one that is full ends the file.
class Recorder : public Viewer {
 public:
  /// Throws Error (kIo) when the file cannot be made.
  explicit Recorder(const std::filesystem::path& path);
  ~Recorder() override;
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  void Take(std::span<const Outgoing> items) noexcept override;
  void Part(const std::string& reason, int retry_after_s) noexcept override;
  bool is_audience() const override { return false; }

 private:
  void Run();

  std::ofstream file_;
  std::mutex mutex_;
  std::condition_variable changed_;
  WriteQueue queue_;    ///< By mutex_
  bool ended_ = false;  ///< By mutex_
  std::jthread writer_;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_RECORDER_H_

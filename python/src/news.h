// What the library says while it works, for Python to hear.
#ifndef MOUTHPIECE_PYTHON_NEWS_H_
#define MOUTHPIECE_PYTHON_NEWS_H_

#include <nanobind/nanobind.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "mouthpiece/hooks.h"

namespace mouthpiece::python {

/// Collects between two looks of the interpreter. Thread-safe.
class News {
 public:
  /// Keep `news`: work may outlive whom it tells.
  static Hooks HooksFor(const std::shared_ptr<News>& news, const std::atomic<bool>* cancel);

  /// Calls `on_progress(phase, done, total)` and `on_message(is_warning, text)` with what is new,
  /// where they are not None. With the GIL.
  void Tell(const nanobind::object& on_progress, const nanobind::object& on_message);

 private:
  struct Message {
    bool is_warning = false;
    std::string text;
  };

  void Add(bool is_warning, const std::string& text);

  std::mutex mutex_;
  std::optional<Progress> progress_;
  std::vector<Message> messages_;
};

}  // namespace mouthpiece::python

#endif  // MOUTHPIECE_PYTHON_NEWS_H_

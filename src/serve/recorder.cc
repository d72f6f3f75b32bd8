#include "serve/recorder.h"

#include <optional>

#include "mouthpiece/error.h"

namespace mouthpiece::serve {

Recorder::Recorder(const std::filesystem::path& path)
    : Viewer(Form::kFile), file_(path, std::ios::binary) {
  if (!file_) throw Error(ErrorCode::kIo, path.string() + ": cannot be written");
  writer_ = std::jthread([this] { Run(); });
}

Recorder::~Recorder() { Part("", 0); }

void Recorder::Take(std::span<const Outgoing> items) noexcept {
  {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    for (const Outgoing& item : items) queue_.Push(item, now);
  }
  changed_.notify_one();
}

void Recorder::Part(const std::string&, int) noexcept {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
}

void Recorder::Run() {
  while (true) {
    std::optional<Outgoing> item;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ended_ || !queue_.empty(); });
      item = queue_.Pop(std::chrono::steady_clock::now());
      if (!item && ended_) return;
    }
    if (!item || !file_) continue;
    file_.write(reinterpret_cast<const char*>(item->bytes->data()),
                static_cast<std::streamsize>(item->bytes->size()));
    file_.flush();
  }
}

}  // namespace mouthpiece::serve

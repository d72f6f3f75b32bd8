#include "news.h"

#include "errors.h"

namespace nb = nanobind;

namespace mouthpiece::python {
namespace {

const char* NameOf(Progress::Phase phase) {
  switch (phase) {
    case Progress::Phase::kOpening:
      return "opening";
    case Progress::Phase::kListening:
      return "listening";
    case Progress::Phase::kImporting:
      return "importing";
    case Progress::Phase::kPreparing:
      return "preparing";
    case Progress::Phase::kRendering:
      break;
  }
  return "rendering";
}

}  // namespace

Hooks News::HooksFor(const std::shared_ptr<News>& news, const std::atomic<bool>* cancel) {
  return {.progress =
              [news](const Progress& update) {
                const std::lock_guard lock(news->mutex_);
                news->progress_ = update;
              },
          .message = [news](const std::string& text) { news->Add(false, text); },
          .warning = [news](const std::string& text) { news->Add(true, text); },
          .cancel = cancel};
}

void News::Add(bool is_warning, const std::string& text) {
  const std::lock_guard lock(mutex_);
  messages_.push_back({is_warning, text});
}

void News::Tell(const nb::object& on_progress, const nb::object& on_message) {
  std::optional<Progress> progress;
  std::vector<Message> messages;
  {
    const std::lock_guard lock(mutex_);
    progress.swap(progress_);
    messages.swap(messages_);
  }
  for (const Message& message : messages) {
    if (!on_message.is_none()) on_message(message.is_warning, PythonText(message.text));
  }
  if (!progress || on_progress.is_none()) return;
  on_progress(NameOf(progress->phase), progress->done, progress->total);
}

}  // namespace mouthpiece::python

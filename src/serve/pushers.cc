#include "serve/pushers.h"

#include <algorithm>
#include <utility>

namespace mouthpiece::serve {

std::shared_ptr<Pusher> Pushers::Add(Pusher::Options options, Metrics& metrics) {
  Reap();
  const std::lock_guard lock(mutex_);
  const auto of_session = std::ranges::count_if(
      pushers_, [&](const auto& pusher) { return pusher->options().session == options.session; });
  if (pushers_.size() >= kMost || static_cast<size_t>(of_session) >= kMostOfASession) {
    return nullptr;
  }
  options.name = "push-" + std::to_string(++named_);
  return pushers_.emplace_back(std::make_shared<Pusher>(std::move(options), metrics));
}

std::vector<std::shared_ptr<Pusher>> Pushers::Of(const std::string& session) const {
  std::vector<std::shared_ptr<Pusher>> found = All();
  std::erase_if(found, [&](const auto& pusher) {
    return pusher->options().session != session || pusher->status().state == PushState::kEnded;
  });
  return found;
}

std::shared_ptr<Pusher> Pushers::Find(const std::string& session, const std::string& name) const {
  const std::vector<std::shared_ptr<Pusher>> all = Of(session);
  const auto found = std::ranges::find_if(
      all, [&name](const auto& pusher) { return pusher->options().name == name; });
  return found == all.end() ? nullptr : *found;
}

std::vector<std::shared_ptr<Pusher>> Pushers::All() const {
  const std::lock_guard lock(mutex_);
  return pushers_;
}

void Pushers::Reap() {
  std::vector<std::shared_ptr<Pusher>> done;  // their threads are joined after the lock
  const std::lock_guard lock(mutex_);
  for (std::shared_ptr<Pusher>& pusher : pushers_) {
    if (pusher->is_done()) done.push_back(std::move(pusher));
  }
  std::erase(pushers_, nullptr);
}

}  // namespace mouthpiece::serve

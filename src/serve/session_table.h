// The sessions that there are.
#ifndef MOUTHPIECE_SERVE_SESSION_TABLE_H_
#define MOUTHPIECE_SERVE_SESSION_TABLE_H_

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mouthpiece::serve {

/// At most so many, by name, each until it has been alone for too long. `T` has alone_since(): when
/// its last viewer went, none while it has any. Thread-safe.
template <typename T>
class SessionTable {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit SessionTable(size_t most) : most_(most) {}

  /// False when there are too many.
  bool Add(const std::string& id, std::shared_ptr<T> session) {
    const std::lock_guard lock(mutex_);
    if (sessions_.size() >= most_) return false;
    sessions_.emplace(id, std::move(session));
    return true;
  }

  /// Null when there is none.
  std::shared_ptr<T> Find(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(id);
    return found == sessions_.end() ? nullptr : found->second;
  }

  /// Takes it out; null when there is none.
  std::shared_ptr<T> Remove(const std::string& id) {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return nullptr;
    std::shared_ptr<T> session = std::move(found->second);
    sessions_.erase(found);
    return session;
  }

  /// Takes those out that were alone for longer than `longest` at `now`.
  std::vector<std::shared_ptr<T>> RemoveLonely(Time now, std::chrono::seconds longest) {
    std::vector<std::shared_ptr<T>> lonely;
    const std::lock_guard lock(mutex_);
    std::erase_if(sessions_, [&](auto& entry) {
      const std::optional<Time> since = entry.second->alone_since();
      if (!since || now - *since <= longest) return false;
      lonely.push_back(std::move(entry.second));
      return true;
    });
    return lonely;
  }

  std::vector<std::shared_ptr<T>> All() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<T>> all;
    for (const auto& [id, session] : sessions_) all.push_back(session);
    return all;
  }

  size_t size() const {
    const std::lock_guard lock(mutex_);
    return sessions_.size();
  }
  bool is_full() const { return size() >= most_; }

 private:
  const size_t most_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<T>> sessions_;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_SESSION_TABLE_H_

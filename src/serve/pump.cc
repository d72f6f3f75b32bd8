#include "serve/pump.h"

#include <algorithm>
#include <chrono>

namespace mouthpiece::serve {

Pump::Pump(int threads, std::shared_ptr<const live::Clock> clock) : clock_(std::move(clock)) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

void Pump::Stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  threads_.clear();
}

void Pump::Add(std::shared_ptr<Pumped> pumped) {
  {
    const std::lock_guard lock(mutex_);
    const Pumped* key = pumped.get();
    const live::Ticks now = clock_->Now();
    if (!entries_.emplace(key, Entry{std::move(pumped), now}).second) return;
    due_.emplace(now, key);
  }
  changed_.notify_one();
}

void Pump::Remove(const Pumped* pumped) {
  std::shared_ptr<Pumped> dropped;  // after the lock: it may be the last that holds it
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(pumped);
  if (found == entries_.end()) return;
  due_.erase({found->second.due, pumped});
  dropped = std::move(found->second.pumped);
  entries_.erase(found);
}

void Pump::Wake(const Pumped* pumped) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(pumped);
    if (found == entries_.end()) return;
    Entry& entry = found->second;
    if (entry.running) {
      entry.woken = true;
      return;
    }
    const live::Ticks now = clock_->Now();
    if (entry.due <= now) return;
    due_.erase({entry.due, pumped});
    entry.due = now;
    due_.emplace(now, pumped);
  }
  changed_.notify_one();
}

void Pump::Run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (due_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto [due, key] = *due_.begin();
    const live::Ticks early = due - clock_->Now();
    if (early > 0) {
      changed_.wait_for(lock, std::chrono::microseconds(early * 1'000'000 / live::kTickRate + 1));
      continue;
    }
    due_.erase(due_.begin());
    Entry& entry = entries_.at(key);
    entry.running = true;
    std::shared_ptr<Pumped> pumped = entry.pumped;
    lock.unlock();
    changed_.notify_one();  // another thread waits for what is due next
    const live::Ticks next = pumped->Turn();
    lock.lock();
    const auto found = entries_.find(key);
    if (found == entries_.end()) {  // removed: what ends with it may want the mutex
      lock.unlock();
      pumped.reset();
      lock.lock();
      continue;
    }
    Entry& after = found->second;
    after.running = false;
    after.due = std::exchange(after.woken, false) ? clock_->Now() : next;
    due_.emplace(after.due, key);
  }
}

}  // namespace mouthpiece::serve

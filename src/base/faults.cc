#include "base/faults.h"

#include <algorithm>

namespace mouthpiece {

std::string ListOf(std::span<const std::string> names, size_t most) {
  const bool is_long = names.size() > most;
  const size_t shown = is_long ? most : names.size();
  std::string text;
  for (size_t i = 0; i < shown; ++i) {
    if (i > 0) text += i + 1 == shown && !is_long ? " and " : ", ";
    text += names[i];
  }
  if (is_long) text += " and " + std::to_string(names.size() - shown) + " more";
  return text;
}

void Faults::Add(const std::string& name, const Error& error) {
  if (!first_) {
    first_ = error;
  } else if (std::ranges::find(others_, name) == others_.end()) {
    others_.push_back(name);
  }
}

void Faults::ThrowIfAny(const std::string& kind) const {
  if (!first_) return;
  if (others_.empty()) throw Error(*first_);
  std::string which = kind;
  if (!kind.empty()) which += others_.size() == 1 ? " " : "s ";
  throw Error(first_->code(),
              std::string(first_->what()) + "; also at fault: " + which + ListOf(others_));
}

}  // namespace mouthpiece

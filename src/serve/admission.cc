#include "serve/admission.h"

#include <utility>

namespace mouthpiece::serve {
namespace {

constexpr double kFramesASecond = 25;
constexpr double kMsASecond = 1000;

}  // namespace

struct Admission::Grant::Book {
  Book(double most, bool endless) : most_ms(most), oversubscribe(endless) {}

  const double most_ms;  ///< Of a second
  const bool oversubscribe;
  mutable std::mutex mutex;
  double promised_ms = 0;  ///< This and what follows: by mutex
  int promised = 0;
  int refused = 0;
};

Admission::Grant::~Grant() {
  const std::lock_guard lock(book_->mutex);
  book_->promised_ms = --book_->promised == 0 ? 0 : book_->promised_ms - ms_;
}

Admission::Admission(int cores, double share, bool oversubscribe)
    : book_(std::make_shared<Grant::Book>(cores * share * kMsASecond, oversubscribe)) {}

std::unique_ptr<Admission::Grant> Admission::Ask(double frame_ms) {
  const double ms = frame_ms * kFramesASecond;
  const std::lock_guard lock(book_->mutex);
  if (!book_->oversubscribe && book_->promised > 0 && book_->promised_ms + ms > book_->most_ms) {
    ++book_->refused;
    return nullptr;
  }
  book_->promised_ms += ms;
  ++book_->promised;
  return std::unique_ptr<Grant>(new Grant(book_, ms));
}

int Admission::promised() const {
  const std::lock_guard lock(book_->mutex);
  return book_->promised;
}

double Admission::load() const {
  const std::lock_guard lock(book_->mutex);
  return book_->promised_ms / book_->most_ms;
}

int Admission::refused() const {
  const std::lock_guard lock(book_->mutex);
  return book_->refused;
}

}  // namespace mouthpiece::serve

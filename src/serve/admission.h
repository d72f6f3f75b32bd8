// Who may speak: as many as the cores carry.
#ifndef MOUTHPIECE_SERVE_ADMISSION_H_
#define MOUTHPIECE_SERVE_ADMISSION_H_

#include <memory>
#include <mutex>
#include <optional>

namespace mouthpiece::serve {

/// Promises time of the cores to those who speak, each 25 frames a second at what one costs.
/// Thread-safe.
class Admission {
 public:
  /// `share`: of the cores' time, what may be promised. `oversubscribe`: promise without an end.
  Admission(int cores, double share, bool oversubscribe);

  /// Gives what was promised back when it is destroyed; outlives the Admission at will.
  class Grant {
   public:
    ~Grant();
    Grant(const Grant&) = delete;
    Grant& operator=(const Grant&) = delete;

   private:
    friend class Admission;
    struct Book;
    Grant(std::shared_ptr<Book> book, double ms) : book_(std::move(book)), ms_(ms) {}

    std::shared_ptr<Book> book_;
    double ms_;
  };

  /// None when a speaker whose frames take `frame_ms` of a core would make others late. One alone
  /// is never refused: she cannot make others late.
  std::unique_ptr<Grant> Ask(double frame_ms);

  int promised() const;  ///< Speakers
  double load() const;   ///< What is promised, as a share of what may be
  int refused() const;   ///< So far

 private:
  std::shared_ptr<Grant::Book> book_;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_ADMISSION_H_

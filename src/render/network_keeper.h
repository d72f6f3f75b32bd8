// A network that outlives the render it was loaded for.
#ifndef MOUTHPIECE_RENDER_NETWORK_KEEPER_H_
#define MOUTHPIECE_RENDER_NETWORK_KEEPER_H_

#include <cstdint>
#include <memory>
#include <mutex>

#include "avatar/package.h"
#include "mouthpiece/render.h"
#include "render/backend.h"

namespace mouthpiece {

/// Lends the backend of one package to renders and keeps one between them. Thread-safe.
class NetworkKeeper {
 public:
  /// What a backend is made for: of RenderOptions, all that it depends on.
  struct Settings {
    Precision precision = Precision::kAuto;
    EngineKind engine = EngineKind::kAuto;
    Resample resample = Resample::kLinear;
    int batch = 0;
    int threads = 0;

    friend bool operator==(const Settings&, const Settings&) = default;
  };

  /// One render's exclusive use of a backend, which goes back to the keeper at the end: none of its
  /// requests runs then (RunPipeline sees to it).
  class Loan {
   public:
    Loan(NetworkKeeper& keeper, const Settings& settings, std::unique_ptr<Backend> backend,
         double load_wall_s);
    ~Loan();
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;

    Backend* get() const { return backend_.get(); }
    Backend* operator->() const { return backend_.get(); }
    /// Seconds that loading took; 0 when it was there.
    double load_wall_s() const { return load_wall_s_; }
    /// Backend::busy_seconds() of this loan alone.
    double busy_seconds() const { return backend_->busy_seconds() - busy_before_s_; }

   private:
    NetworkKeeper& keeper_;
    const Settings settings_;
    std::unique_ptr<Backend> backend_;
    const double load_wall_s_;
    const double busy_before_s_;
  };

  /// The backend that was kept, if it is for `options`; else that one is dropped, to have its
  /// memory, and a new one is made of the package's generator. The package is the same every time.
  /// Throws Error as OpenGenerator does, for feature rows of a wrong size also when it was kept.
  Loan Borrow(const Package& package, const RenderOptions& options, int64_t row_size);

 private:
  std::mutex mutex_;
  std::unique_ptr<Backend> kept_;  ///< This and what follows: guarded by mutex
  Settings settings_;              ///< Of kept_
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_RENDER_NETWORK_KEEPER_H_

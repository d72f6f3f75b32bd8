#include "render/network_keeper.h"

#include <utility>

#include "base/timing.h"
#include "render/engine_fit.h"

namespace mouthpiece {
namespace {

std::unique_ptr<Backend> MakeBackend(const Package& package,
                                     const NetworkKeeper::Settings& settings, int64_t row_size) {
  return CreateCpuBackend(OpenGenerator(package,
                                        {.model = {},
                                         .precision = settings.precision,
                                         .batch = settings.batch,
                                         .threads = settings.threads,
                                         .requests = 0,
                                         .kind = settings.engine},
                                        row_size),
                          package.geometry, settings.resample);
}

}  // namespace

NetworkKeeper::Loan::Loan(NetworkKeeper& keeper, const Settings& settings,
                          std::unique_ptr<Backend> backend, double load_wall_s)
    : keeper_(keeper),
      settings_(settings),
      backend_(std::move(backend)),
      load_wall_s_(load_wall_s),
      busy_before_s_(backend_->busy_seconds()) {}

NetworkKeeper::Loan::~Loan() {
  const std::lock_guard lock(keeper_.mutex_);
  keeper_.settings_ = settings_;
  keeper_.kept_.swap(backend_);  // of several at once the last one stays
}

NetworkKeeper::Loan NetworkKeeper::Borrow(const Package& package, const RenderOptions& options,
                                          int64_t row_size) {
  const Settings settings{.precision = options.precision,
                          .engine = options.engine,
                          .resample = options.resample,
                          .batch = options.batch,
                          .threads = options.threads};
  std::unique_ptr<Backend> backend;
  bool is_loaded = false;
  {
    const std::lock_guard lock(mutex_);
    is_loaded = kept_ && settings_ == settings;
    if (is_loaded) CheckFeatureRows(kept_->info(), row_size);
    backend.swap(kept_);
  }
  if (is_loaded) return Loan(*this, settings, std::move(backend), 0);
  backend.reset();
  const Clock::time_point start = Clock::now();
  backend = MakeBackend(package, settings, row_size);
  return Loan(*this, settings, std::move(backend), SecondsSince(start));
}

}  // namespace mouthpiece

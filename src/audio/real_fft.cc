#include "audio/real_fft.h"

#include <kiss_fftr.h>

#include <new>
#include <string>

#include "mouthpiece/error.h"

namespace mouthpiece {

static_assert(sizeof(kiss_fft_cpx) == sizeof(std::complex<float>), "both are two floats");

struct RealFft::Plan {
  explicit Plan(int n)
      : size(static_cast<size_t>(n)), config(kiss_fftr_alloc(n, 0, nullptr, nullptr)) {
    if (config == nullptr) throw std::bad_alloc();
  }
  ~Plan() { kiss_fftr_free(config); }
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  size_t size;
  kiss_fftr_cfg config;
};

RealFft::RealFft(int size) {
  if (size < 2 || size % 2 != 0) {
    throw Error(ErrorCode::kInvalidArgument,
                "Fourier transform: expected an even size, found " + std::to_string(size));
  }
  plan_ = std::make_unique<Plan>(size);
}

RealFft::~RealFft() = default;
RealFft::RealFft(RealFft&&) noexcept = default;
RealFft& RealFft::operator=(RealFft&&) noexcept = default;

void RealFft::Transform(std::span<const float> x, std::span<std::complex<float>> spectrum) {
  if (x.size() != plan_->size || spectrum.size() != plan_->size / 2 + 1) {
    throw Error(ErrorCode::kInvalidArgument, "Fourier transform of " + std::to_string(x.size()) +
                                                 " values: expected " +
                                                 std::to_string(plan_->size));
  }
  kiss_fftr(plan_->config, x.data(), reinterpret_cast<kiss_fft_cpx*>(spectrum.data()));
}

}  // namespace mouthpiece

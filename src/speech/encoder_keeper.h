// An audio encoder that outlives the render it was loaded for.
#ifndef MOUTHPIECE_SPEECH_ENCODER_KEEPER_H_
#define MOUTHPIECE_SPEECH_ENCODER_KEEPER_H_

#include <memory>
#include <mutex>

#include "avatar/package.h"
#include "infer/audio_encoder.h"
#include "infer/weights_keeper.h"
#include "mouthpiece/audio.h"

namespace mouthpiece {

/// Loads the package's audio encoder. Throws Error (kBadPackage) when it has none, or one of
/// another kind. Those that are loaded with the same `weights` share them.
std::unique_ptr<AudioEncoder> LoadAudioEncoder(const Package& package,
                                               const FeatureOptions& options,
                                               WeightsKeeper* weights = nullptr);

/// Lends the audio encoders of one package to renders and keeps one between them; those of renders
/// at the same time share their weights. Thread-safe; outlives its loans.
class EncoderKeeper {
 public:
  /// Exclusive use of an encoder, which goes back to the keeper at the end.
  class Loan {
   public:
    Loan(EncoderKeeper& keeper, const FeatureOptions& options,
         std::unique_ptr<AudioEncoder> encoder, double load_wall_s);
    ~Loan();
    Loan(Loan&&) noexcept = default;
    Loan& operator=(Loan&&) = delete;

    AudioEncoder& operator*() const { return *encoder_; }
    /// Seconds that loading took; 0 when it was there.
    double load_wall_s() const { return load_wall_s_; }

   private:
    EncoderKeeper& keeper_;
    const FeatureOptions options_;
    std::unique_ptr<AudioEncoder> encoder_;  ///< Null after a move
    const double load_wall_s_;
  };

  /// The encoder that was kept, if it is for `options`; else that one is dropped and a new one is
  /// loaded. The package is the same every time. Throws as LoadAudioEncoder.
  Loan Borrow(const Package& package, const FeatureOptions& options);

 private:
  WeightsKeeper weights_;
  std::mutex mutex_;
  std::unique_ptr<AudioEncoder> kept_;  ///< This and what follows: guarded by mutex_
  FeatureOptions options_;              ///< Of kept_
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SPEECH_ENCODER_KEEPER_H_

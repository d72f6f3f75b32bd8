#include "avatar/feature_contract.h"

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

/// An audio input and the rows that its networks were trained with.
struct Contract {
  std::array<int, 3> audio_shape;
  int64_t row_size;
  const char* rows;
};

constexpr Contract kContracts[] = {
    {{32, 16, 16}, 512, "[rows, 512] of an AVE encoder"},
    {{32, 32, 32}, 2048, "[rows, 2, 1024] of HuBERT"},
    {{16, 32, 32}, 2048, "[rows, 2, 1024] of HuBERT"},
    {{256, 16, 32}, 8192, "[rows, 16, 512] of WeNet"},
    {{128, 16, 32}, 8192, "[rows, 16, 512] of WeNet"},
};

/// What makes rows of that size.
const char* Guess(int64_t row_size) {
  switch (row_size) {
    case 29:
    case 464:
      return " (DeepSpeech?)";
    case 80:
      return " (mel rows?)";
    case 512:
      return " (an AVE encoder?)";
    case 768:
      return " (HuBERT base, wav2vec 2?)";
    case 1024:
    case 2048:
      return " (HuBERT?)";
    case 8192:
      return " (WeNet?)";
    case 19200:
      return " (Whisper?)";
    default:
      return "";
  }
}

std::string ShapeText(const std::array<int, 3>& shape) {
  return std::to_string(shape[0]) + "x" + std::to_string(shape[1]) + "x" + std::to_string(shape[2]);
}

std::string ShapeText(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (const int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

[[noreturn]] void Refuse(const Contract& contract, const std::filesystem::path& model,
                         const FeatureOrigin& features) {
  const std::string input = "audio input " + ShapeText(contract.audio_shape);
  if (!features.file.empty()) {
    throw Error(ErrorCode::kBadPackage, features.file.string() + ": expected features " +
                                            contract.rows + ", for the " + input + " of " +
                                            model.filename().string() + ", found " +
                                            ShapeText(features.shape) + Guess(features.row_size));
  }
  throw Error(ErrorCode::kBadPackage, model.string() + ": expected features " + contract.rows +
                                          ", for its " + input + ", found feature rows of " +
                                          std::to_string(features.row_size) + " values" +
                                          Guess(features.row_size));
}

}  // namespace

void CheckFeatureContract(const std::array<int, 3>& audio_shape, const std::filesystem::path& model,
                          const FeatureOrigin& features) {
  if (features.row_size == 0) return;
  for (const Contract& contract : kContracts) {
    if (contract.audio_shape != audio_shape) continue;
    if (contract.row_size != features.row_size) Refuse(contract, model, features);
    return;
  }
  const int64_t window = int64_t{audio_shape[0]} * audio_shape[1] * audio_shape[2];
  if (window % (2 * features.row_size) != 0) {
    throw Error(ErrorCode::kBadPackage, model.string() +
                                            ": expected an audio input of an even number of " +
                                            "feature rows of " + std::to_string(features.row_size) +
                                            " values, found " + ShapeText(audio_shape));
  }
}

}  // namespace mouthpiece

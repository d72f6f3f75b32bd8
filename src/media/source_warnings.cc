#include "media/source_warnings.h"

#include <cstdio>

#include "image/color_matrix.h"

namespace mouthpiece {
namespace {

constexpr int kDolbyVisionOfItsOwn = 5;

std::string RateText(Rational rate) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.6g", rate.value());
  return text;
}

std::string FramesText(int frames) {
  return std::to_string(frames) + (frames == 1 ? " frame" : " frames");
}

/// Whether colours of these primaries (H.273) are much stronger than a picture without any word on
/// its own is taken for.
bool IsWide(int primaries) {
  constexpr int kBt2020 = 9;
  constexpr int kDciP3 = 11;
  constexpr int kDisplayP3 = 12;
  return primaries == kBt2020 || primaries == kDciP3 || primaries == kDisplayP3;
}

/// What matters in whatever is decoded.
void AddToAll(const SourceProperties& properties, std::vector<std::string>& facts) {
  if (properties.undecodable_frames > 0) {
    facts.push_back(FramesText(properties.undecodable_frames) +
                    " cannot be decoded, since what they refer to was cut off: they are left out");
  }
  if (properties.is_joined) {
    facts.emplace_back("is several files that were joined byte by byte: the first is shown");
  }
  if (properties.is_turned_oddly) {
    facts.emplace_back("asks to be turned, but not by quarters: it is shown as it is stored");
  }
  if (!properties.clean_aperture.empty()) {
    facts.push_back("asks to be cut to " + properties.clean_aperture +
                    " (a clean aperture, which QuickTime follows): all that is stored is shown");
  }
  if (properties.has_alpha) facts.emplace_back("has transparency: it is left out");
  if (properties.is_panorama) {
    facts.emplace_back("is a panorama: it is shown flat, as it is stored");
  }
  if (properties.has_two_views) {
    facts.emplace_back("is stereoscopic: both views are shown as they are stored");
  }
  if (properties.video_streams > 1) {
    facts.push_back("holds " + std::to_string(properties.video_streams) +
                    " videos: the one that FFmpeg calls the best is taken");
  }
}

void AddToShown(const VideoIndex& video, std::vector<std::string>& facts) {
  const SourceProperties& properties = video.properties;
  if (properties.uneven_frames > 0) {
    facts.push_back(FramesText(properties.uneven_frames) + " of " +
                    std::to_string(video.frame_count()) +
                    " are shown for longer or shorter than the rest: all are played evenly, at " +
                    RateText(video.frame_rate) + " a second");
  }
  const Rational aspect = properties.sample_aspect;
  if (aspect.num != aspect.den) {
    facts.push_back("its pixels are not square (" + std::to_string(aspect.num) + ":" +
                    std::to_string(aspect.den) +
                    "): videos and y4m say so; PNG, JPEG and BGR pictures look squeezed");
  }
  if (IsInterlaced(properties.field_order)) {
    const bool is_kept = IsInterlaced(FieldsWhenDecoded(properties));
    facts.push_back(std::string("is interlaced (") + FieldOrderName(properties.field_order) +
                    "): both fields of a frame are shown at once" +
                    (is_kept ? ", but for H.264 videos and y4m, which say so" : "") +
                    "; deinterlace it before making the package");
  }
  if (video.mapped_range != DynamicRange::kStandard) {
    facts.push_back("has a high dynamic range (" + TransferName(properties.color.transfer) +
                    "): it is mapped to the standard range");
  }
  if (properties.dolby_vision_profile == kDolbyVisionOfItsOwn) {
    facts.emplace_back("is Dolby Vision of profile 5: its colours will be wrong");
  }
  const ColorTags& color = video.color;
  if (!KnownMatrix(color.matrix)) {
    facts.push_back("is " + MatrixName(color.matrix) +
                    ": videos keep that; PNG, JPEG and BGR pictures are made as if it were BT.601, "
                    "and their colours are wrong");
  }
  if (IsWide(color.primaries)) {
    facts.push_back("has the wide gamut of " + PrimariesName(color.primaries) +
                    ": videos say so; PNG, JPEG and BGR pictures look paler than it");
  }
}

}  // namespace

std::vector<std::string> WarningsOf(const VideoIndex& video, PictureUse use) {
  std::vector<std::string> facts;
  AddToAll(video.properties, facts);
  if (use == PictureUse::kShown) AddToShown(video, facts);
  for (std::string& fact : facts) fact.insert(0, video.path.string() + ": ");
  return facts;
}

}  // namespace mouthpiece

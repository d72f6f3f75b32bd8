#include "avatar/inspect.h"

#include <algorithm>

#include "avatar/package_reader.h"
#include "network/external_weights.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

uint64_t BytesOf(const fs::path& path) {
  std::error_code code;
  const uint64_t bytes = fs::file_size(path, code);
  return code ? 0 : bytes;
}

void AddFacts(const SourceProperties& properties, PicturesReport& pictures) {
  pictures.codec = properties.codec;
  pictures.orientation = Describe(properties.orientation);
  pictures.sample_aspect = properties.sample_aspect;
  pictures.pixel_format = properties.pixel_format;
  pictures.bit_depth = properties.bit_depth;
  pictures.has_alpha = properties.has_alpha;
  pictures.range = RangeName(properties.color.range);
  pictures.matrix = MatrixName(properties.color.matrix);
  pictures.transfer = TransferName(properties.color.transfer);
  pictures.primaries = PrimariesName(properties.color.primaries);
  pictures.field_order = FieldOrderName(properties.field_order);
  pictures.uneven_frames = properties.uneven_frames;
  pictures.hidden_frames = properties.hidden_frames;
  pictures.undecodable_frames = properties.undecodable_frames;
  pictures.video_tracks = properties.video_streams;
  pictures.audio_tracks = properties.audio_streams;
  pictures.other_tracks = properties.other_streams;
}

const char* ColorName(PictureColor color) {
  switch (color) {
    case PictureColor::kColor:
      return "colour";
    case PictureColor::kGray:
      return "grey";
    case PictureColor::kPalette:
      return "palette";
    case PictureColor::kCmyk:
      break;
  }
  return "CMYK";
}

/// Of pictures that differ, what the first is; "mixed" for those whose words would hide that.
void AddFacts(const std::vector<PictureHeader>& headers, PicturesReport& pictures) {
  const PictureHeader& first = headers.front();
  pictures.codec = first.is_jpeg ? "jpeg" : "png";
  pictures.orientation = Describe(first.orientation);
  pictures.sample_aspect = first.sample_aspect;
  pictures.pixel_format = ColorName(first.color);
  for (const PictureHeader& header : headers) {
    if (header.is_jpeg != first.is_jpeg) pictures.codec = "mixed";
    if (header.color != first.color) pictures.pixel_format = "mixed";
    if (!(header.orientation == first.orientation)) pictures.orientation = "mixed";
    pictures.bit_depth = std::max(pictures.bit_depth, header.bit_depth);
    pictures.has_alpha |= header.has_alpha;
  }
  pictures.range = "full";
  pictures.matrix = first.is_jpeg ? "BT.601" : "RGB";
  pictures.transfer = "not given";
  pictures.primaries = "not given";
  pictures.field_order = "progressive";
}

void AddPictures(const PictureSource& source, const std::string& name, PackageReport& report) {
  if (source.frame_count == 0) return;
  PicturesReport pictures;
  pictures.name = name;
  pictures.path = source.path.lexically_relative(report.path);
  pictures.kind = source.video.has_value() ? "video" : "images";
  pictures.width = source.width;
  pictures.height = source.height;
  pictures.frames = source.frame_count;
  if (source.video.has_value()) {
    pictures.frame_rate = source.video->frame_rate;
    pictures.keyframes = static_cast<int>(source.video->keyframes.size());
    pictures.bytes = BytesOf(source.path);
    AddFacts(source.video->properties, pictures);
  }
  if (!source.headers.empty()) AddFacts(source.headers, pictures);
  for (const fs::path& image : source.images) pictures.bytes += BytesOf(image);
  report.pictures.push_back(pictures);
}

void AddRectangles(const std::vector<Rect>& rectangles, PackageReport& report) {
  if (rectangles.empty()) return;
  const auto [smallest, largest] =
      std::minmax_element(rectangles.begin(), rectangles.end(), [](const Rect& a, const Rect& b) {
        return int64_t{a.width()} * a.height() < int64_t{b.width()} * b.height();
      });
  report.rectangles = {kRectanglesFile, static_cast<int>(rectangles.size()), *smallest, *largest};
}

void AddKept(const Package& package, PackageReport& report) {
  if (package.kept.empty()) return;
  report.kept = {kKeptSpansFile, 0};
  for (int frame = 0; frame < package.frame_count; ++frame) {
    if (!package.kept.Of(frame).empty()) ++report.kept->frames;
  }
}

void AddModel(const fs::path& path, const std::string& name, DigestStatus digest,
              PackageReport& report) {
  if (path.empty()) return;
  uint64_t bytes = BytesOf(path);
  for (const fs::path& weights : ExternalWeightsOf(path)) {
    bytes += BytesOf(path.parent_path() / weights);
  }
  report.models.push_back({name, path.lexically_relative(report.path), bytes, digest});
}

}  // namespace

PackageReport InspectFiles(const fs::path& path) {
  PackageReport report;
  report.path = path;
  const PackageContents contents = ReadPackage(
      path, [&report](const Error& error) { report.problems.emplace_back(error.what()); });
  const Package& package = contents.package;
  report.frame_count = package.frame_count;
  report.warnings = package.warnings;
  AddPictures(package.full_body, "full body", report);
  AddPictures(package.crops, "crops", report);
  AddPictures(package.rois, "rois", report);
  AddPictures(package.model_inputs, "model inputs", report);
  AddRectangles(package.rectangles, report);
  AddKept(package, report);
  if (!package.features.empty()) {
    report.features = {package.features.lexically_relative(path), contents.feature_rows,
                       contents.feature_row_size};
  }
  AddModel(package.generator, "generator", contents.generator_digest, report);
  AddModel(package.audio_encoder, "audio encoder", contents.audio_encoder_digest, report);
  return report;
}

}  // namespace mouthpiece

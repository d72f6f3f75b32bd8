// PackageReport as text for people and as JSON for programs.
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>

#include "mouthpiece/inspect.h"

namespace mouthpiece {
namespace {

using nlohmann::ordered_json;

std::string SizeText(int width, int height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

std::string BytesText(uint64_t bytes) {
  constexpr const char* kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  auto value = static_cast<double>(bytes);
  for (; value >= 1024 && unit + 1 < std::size(kUnits); ++unit) value /= 1024;
  char text[32];
  std::snprintf(text, sizeof(text), unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
  return text;
}

std::string NumberText(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.6g", value);
  return text;
}

std::string Column(std::string text, size_t width) {
  text.resize(std::max(text.size() + 2, width), ' ');
  return text;
}

std::string Line(const std::string& name, const std::filesystem::path& path,
                 const std::string& facts) {
  std::string line = "  " + Column(name, 15) + Column(path.string(), 30) + facts;
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

const char* DigestText(DigestStatus status) {
  switch (status) {
    case DigestStatus::kMatches:
      return "matches";
    case DigestStatus::kDiffers:
      return "differs";
    case DigestStatus::kNotGiven:
      break;
  }
  return "not given";
}

std::string FactsOf(const PicturesReport& pictures) {
  std::string facts = Column(pictures.kind, 8) +
                      Column(SizeText(pictures.width, pictures.height), 11) +
                      Column(std::to_string(pictures.frames) + " frames", 13);
  if (pictures.kind == "video") {
    facts += Column(NumberText(pictures.frame_rate.value()) + " fps", 8) +
             Column(std::to_string(pictures.keyframes) + " keyframes", 14);
  }
  return facts + BytesText(pictures.bytes);
}

std::string CountText(int count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// "1 video track, 2 audio tracks"
std::string TracksOf(const PicturesReport& pictures) {
  std::string text = CountText(pictures.video_tracks, "video track");
  if (pictures.audio_tracks > 0) text += ", " + CountText(pictures.audio_tracks, "audio track");
  if (pictures.other_tracks > 0) text += ", " + CountText(pictures.other_tracks, "other track");
  return text;
}

/// What decides over how the pictures look, in a line for where they stand, one for their colours,
/// and one for their time.
std::string DetailsOf(const PicturesReport& pictures) {
  constexpr const char* kIndent = "    ";
  const Rational aspect = pictures.sample_aspect;
  std::string text = kIndent + pictures.orientation + ", ";
  text += aspect.num == aspect.den
              ? "square pixels"
              : "pixels " + std::to_string(aspect.num) + ":" + std::to_string(aspect.den);
  text += ", fields: " + pictures.field_order + "\n" + kIndent + pictures.codec + ", " +
          std::to_string(pictures.bit_depth) + " bits " + pictures.pixel_format + ", " +
          pictures.range + " range, matrix " + pictures.matrix;
  if (pictures.transfer != "not given") text += ", transfer " + pictures.transfer;
  if (pictures.primaries != "not given") text += ", primaries " + pictures.primaries;
  if (pictures.has_alpha) text += ", transparency";
  text += "\n";
  if (pictures.kind != "video") return text;
  text += std::string(kIndent) + "time stamps: ";
  text += pictures.uneven_frames > 0 ? std::to_string(pictures.uneven_frames) + " uneven" : "even";
  if (pictures.hidden_frames > 0) {
    text += ", " + CountText(pictures.hidden_frames, "frame") + " hidden by an edit list";
  }
  if (pictures.undecodable_frames > 0) {
    text += ", " + CountText(pictures.undecodable_frames, "frame") + " that cannot be decoded";
  }
  return text + "; " + TracksOf(pictures) + "\n";
}

ordered_json ToJson(const PicturesReport& pictures) {
  ordered_json json = {{"name", pictures.name},     {"path", pictures.path.string()},
                       {"kind", pictures.kind},     {"width", pictures.width},
                       {"height", pictures.height}, {"frames", pictures.frames},
                       {"bytes", pictures.bytes}};
  if (pictures.kind == "video") {
    json["frame_rate"] = {pictures.frame_rate.num, pictures.frame_rate.den};
    json["keyframes"] = pictures.keyframes;
  }
  json["codec"] = pictures.codec;
  json["orientation"] = pictures.orientation;
  json["sample_aspect"] = {pictures.sample_aspect.num, pictures.sample_aspect.den};
  json["pixel_format"] = pictures.pixel_format;
  json["bit_depth"] = pictures.bit_depth;
  json["alpha"] = pictures.has_alpha;
  json["range"] = pictures.range;
  json["matrix"] = pictures.matrix;
  json["transfer"] = pictures.transfer;
  json["primaries"] = pictures.primaries;
  json["field_order"] = pictures.field_order;
  json["uneven_frames"] = pictures.uneven_frames;
  json["hidden_frames"] = pictures.hidden_frames;
  json["undecodable_frames"] = pictures.undecodable_frames;
  if (pictures.kind == "video") {
    json["tracks"] = {{"video", pictures.video_tracks},
                      {"audio", pictures.audio_tracks},
                      {"other", pictures.other_tracks}};
  }
  return json;
}

ordered_json ToJson(const Rect& rect) { return {rect.x1, rect.y1, rect.x2, rect.y2}; }

}  // namespace

std::string ReportToText(const PackageReport& report) {
  std::string text =
      report.path.string() + ": " + std::to_string(report.frame_count) + " usable frames\n";
  for (const PicturesReport& pictures : report.pictures) {
    text += Line(pictures.name, pictures.path, FactsOf(pictures));
    text += DetailsOf(pictures);
  }
  if (report.rectangles.has_value()) {
    const RectanglesReport& r = *report.rectangles;
    text +=
        Line("rectangles", r.path,
             std::to_string(r.count) + ", " + SizeText(r.smallest.width(), r.smallest.height()) +
                 " to " + SizeText(r.largest.width(), r.largest.height()));
  }
  if (report.kept.has_value()) {
    text += Line("kept pixels", report.kept->path,
                 "in " + std::to_string(report.kept->frames) + " frames");
  }
  if (report.features.has_value()) {
    text += Line("features", report.features->path,
                 std::to_string(report.features->rows) + " rows of " +
                     std::to_string(report.features->row_size));
  }
  for (const ModelReport& model : report.models) {
    text += Line(model.name, model.path,
                 BytesText(model.bytes) + ", sha256 " + DigestText(model.digest));
  }
  for (const CacheCost& cost : report.cache_costs) {
    text +=
        Line("cache " + cost.mode, "",
             Column(BytesText(cost.bytes), 12) +
                 Column(BytesText(static_cast<uint64_t>(cost.bytes_per_frame)) + " a frame", 20) +
                 cost.note);
  }
  if (report.prepared.has_value()) {
    text += Line("prepared", report.prepared->is_there ? report.prepared->path : "",
                 report.prepared->is_there
                     ? BytesText(report.prepared->bytes)
                     : "no; mouthpiece prepare would write " + BytesText(report.prepared->bytes));
    if (!report.prepared->weights.empty()) {
      text += Line("weights", report.prepared->weights, BytesText(report.prepared->weights_bytes));
    }
    for (const std::filesystem::path& file : report.prepared->backgrounds) {
      text += Line("for JPEG", file, "");
    }
  }
  for (const std::string& warning : report.warnings) text += "warning: " + warning + "\n";
  for (const std::string& problem : report.problems) text += "problem: " + problem + "\n";
  return text;
}

std::string ReportToJson(const PackageReport& report) {
  ordered_json json = {{"schema", "mouthpiece.inspect/1"},
                       {"path", report.path.string()},
                       {"frame_count", report.frame_count}};
  json["pictures"] = ordered_json::array();
  for (const PicturesReport& pictures : report.pictures)
    json["pictures"].push_back(ToJson(pictures));
  if (report.rectangles.has_value()) {
    json["rectangles"] = {{"path", report.rectangles->path.string()},
                          {"count", report.rectangles->count},
                          {"smallest", ToJson(report.rectangles->smallest)},
                          {"largest", ToJson(report.rectangles->largest)}};
  }
  if (report.kept.has_value()) {
    json["kept_pixels"] = {{"path", report.kept->path.string()}, {"frames", report.kept->frames}};
  }
  if (report.features.has_value()) {
    json["features"] = {{"path", report.features->path.string()},
                        {"rows", report.features->rows},
                        {"row_size", report.features->row_size}};
  }
  json["models"] = ordered_json::array();
  for (const ModelReport& model : report.models) {
    json["models"].push_back({{"name", model.name},
                              {"path", model.path.string()},
                              {"bytes", model.bytes},
                              {"sha256", DigestText(model.digest)}});
  }
  json["cache_costs"] = ordered_json::array();
  for (const CacheCost& cost : report.cache_costs) {
    json["cache_costs"].push_back({{"mode", cost.mode},
                                   {"bytes", cost.bytes},
                                   {"bytes_per_frame", cost.bytes_per_frame},
                                   {"note", cost.note}});
  }
  if (report.prepared.has_value()) {
    json["prepared"] = {{"path", report.prepared->path.string()},
                        {"bytes", report.prepared->bytes},
                        {"is_there", report.prepared->is_there},
                        {"weights", report.prepared->weights.string()},
                        {"weights_bytes", report.prepared->weights_bytes}};
    ordered_json& backgrounds = json["prepared"]["backgrounds"] = ordered_json::array();
    for (const auto& file : report.prepared->backgrounds) backgrounds.push_back(file.string());
  }
  json["warnings"] = report.warnings;
  json["problems"] = report.problems;
  // Paths need not be UTF-8; JSON must be.
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace mouthpiece

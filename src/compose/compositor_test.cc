#include "compose/compositor.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "base/instruction_set.h"
#include "support/rounds.h"

namespace mouthpiece {
namespace {

constexpr Resample kBoth[] = {Resample::kLinear, Resample::kCubic};
constexpr ColorRange kRanges[] = {ColorRange::kLimited, ColorRange::kFull};

// 0: what the machine would choose.
void UseTarget(int64_t target) {
  LimitHighway();
  hwy::SetSupportedTargetsForTest(target);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

// A 4:2:0 picture with padded rows, in memory that holds random bytes all over.
struct PaddedFrame {
  PaddedFrame(int width, int height, ColorRange range, int padding, std::mt19937& random) {
    const int chroma_width = (width + 1) / 2;
    const int chroma_height = (height + 1) / 2;
    const int luma_stride = width + padding;
    const int chroma_stride = chroma_width + padding;
    const int luma_bytes = luma_stride * height;
    const int chroma_bytes = chroma_stride * chroma_height;
    bytes.resize(static_cast<size_t>(luma_bytes + 2 * chroma_bytes));
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    view.range = range;
    view.planes[0] = {bytes.data(), luma_stride, width, height};
    for (int p = 1; p < 3; ++p) {
      view.planes[p] = {bytes.data() + luma_bytes + (p - 1) * chroma_bytes, chroma_stride,
                        chroma_width, chroma_height};
    }
  }
  PaddedFrame(const PaddedFrame&) = delete;

  std::vector<uint8_t> bytes;
  PictureView view;
};

// Prediction and ring in allocations of just their size, so that AddressSanitizer sees any read
// beside them.
struct Face {
  Face(FaceGeometry g, bool use_float, std::mt19937& random)
      : geometry(g), ring(RingView::Bytes(g)) {
    const size_t count = size_t{3} * static_cast<size_t>(g.inner) * static_cast<size_t>(g.inner);
    for (uint8_t& value : ring) value = static_cast<uint8_t>(random());
    if (use_float) {
      std::uniform_real_distribution<float> value(-0.1F, 1.1F);
      floats.resize(count);
      for (float& x : floats) x = value(random);
    } else {
      bytes.resize(count);
      for (uint8_t& x : bytes) x = static_cast<uint8_t>(random());
    }
  }
  Prediction prediction() const {
    return bytes.empty() ? Prediction{nullptr, floats.data()} : Prediction{bytes.data(), nullptr};
  }
  RingView ring_view() const { return {ring.data(), geometry}; }

  FaceGeometry geometry;
  std::vector<uint8_t> ring;
  std::vector<uint8_t> bytes;
  std::vector<float> floats;
};

Rect RandomRect(int width, int height, std::mt19937& random) {
  // Small and large ones alike, a quarter of them at each edge.
  const auto size = [&](int limit) {
    const double exponent = std::uniform_real_distribution<>(0, std::log(limit + 0.999))(random);
    return std::clamp(static_cast<int>(std::exp(exponent)), 1, limit);
  };
  const auto start = [&](int room) {
    switch (random() % 4) {
      case 0:
        return 0;
      case 1:
        return room;
      default:
        return std::uniform_int_distribution<>(0, room)(random);
    }
  };
  const int w = size(width);
  const int h = random() % 2 == 0 ? std::min(w, height) : size(height);
  const int x = start(width - w);
  const int y = start(height - h);
  return {x, y, x + w, y + h};
}

// 1 for each byte of the frame that belongs to the rectangle.
std::vector<uint8_t> Covered(const PaddedFrame& frame, const Rect& rect) {
  std::vector<uint8_t> covered(frame.bytes.size());
  for (int p = 0; p < 3; ++p) {
    const Plane& plane = frame.view.planes[p];
    const Rect r =
        p == 0 ? rect : Rect{rect.x1 / 2, rect.y1 / 2, (rect.x2 + 1) / 2, (rect.y2 + 1) / 2};
    for (int y = r.y1; y < r.y2; ++y) {
      std::fill_n(covered.begin() + (plane.row(y) + r.x1 - frame.bytes.data()), r.width(),
                  uint8_t{1});
    }
  }
  return covered;
}

struct Differences {
  int largest = 0;     // inside the rectangle
  size_t count = 0;    // inside the rectangle
  size_t outside = 0;  // bytes that should not have been written
};

Differences Compare(const std::vector<uint8_t>& expected, const std::vector<uint8_t>& found,
                    const std::vector<uint8_t>& covered) {
  Differences result;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] == found[i]) continue;
    result.outside += covered[i] == 0;
    result.count += covered[i];
    result.largest = std::max(result.largest, covered[i] * std::abs(expected[i] - found[i]));
  }
  return result;
}

// Compares all targets with the reference over `count` random rectangles.
void CheckRandomRectangles(FaceGeometry geometry, int count, uint32_t seed, int max_width,
                           int max_height) {
  std::mt19937 random(seed);
  UseTarget(0);
  const std::vector<int64_t> targets = hwy::SupportedAndGeneratedTargets();
  ASSERT_FALSE(targets.empty());
  std::vector<std::unique_ptr<Compositor>> compositors;
  for (const int64_t target : targets) {
    UseTarget(target);
    for (const Resample resample : kBoth) {
      compositors.push_back(std::make_unique<Compositor>(geometry, resample));
    }
  }
  UseTarget(0);
  const Face faces[] = {{geometry, false, random}, {geometry, true, random}};
  size_t samples = 0;
  size_t different = 0;
  for (int i = 0; i < testing::Rounds(count); ++i) {
    const Face& face = faces[i % 2];
    const size_t resample = random() % 2;
    const int width = std::uniform_int_distribution<>(1, max_width)(random);
    const int height = std::uniform_int_distribution<>(1, max_height)(random);
    const Rect rect = RandomRect(width, height, random);
    PaddedFrame frame(width, height, kRanges[random() % 2], static_cast<int>(random() % 3) * 7,
                      random);
    const std::vector<uint8_t> before = frame.bytes;
    const std::vector<uint8_t> covered = Covered(frame, rect);
    CompositeReference(face.prediction(), face.ring_view(), rect, kBoth[resample], frame.view);
    const std::vector<uint8_t> expected = frame.bytes;
    ASSERT_EQ(Compare(before, expected, covered).outside, 0U) << "by the reference";
    for (size_t target = 0; target < targets.size(); ++target) {
      SCOPED_TRACE(::testing::Message()
                   << hwy::TargetName(targets[target]) << (resample == 0 ? " linear " : " cubic ")
                   << rect.x1 << ',' << rect.y1 << ' ' << rect.width() << 'x' << rect.height()
                   << " in " << width << 'x' << height);
      frame.bytes = before;
      Compositor& compositor = *compositors[2 * target + resample];
      compositor.Composite(face.prediction(), face.ring_view(), rect, frame.view);
      const Differences differences = Compare(expected, frame.bytes, covered);
      ASSERT_EQ(differences.outside, 0U);
      ASSERT_LE(differences.largest, 1);
      const std::vector<uint8_t> once = frame.bytes;
      compositor.Composite(face.prediction(), face.ring_view(), rect, frame.view);
      ASSERT_TRUE(once == frame.bytes) << "a second composite changed something";
      different += differences.count;
      samples += static_cast<size_t>(rect.width() * rect.height());
    }
  }
  // Noise everywhere is the worst there is for fixed point.
  EXPECT_LT(static_cast<double>(different), 0.03 * static_cast<double>(samples));
}

TEST(Compositor, AgreesWithTheReferenceOnEveryTarget) {
  CheckRandomRectangles({}, 300, 1, 720, 720);
  CheckRandomRectangles({}, 1000, 7, 300, 300);
}

TEST(Compositor, AgreesWithTheReferenceForOtherGeometries) {
  CheckRandomRectangles({168, 160}, 300, 2, 300, 300);
  CheckRandomRectangles({41, 35}, 300, 3, 100, 100);
  CheckRandomRectangles({24, 4}, 300, 4, 60, 60);
  CheckRandomRectangles({3, 1}, 300, 5, 20, 20);
  CheckRandomRectangles({16, 16}, 300, 6, 40, 40);
}

TEST(Compositor, LeavesKeptSamplesAloneAndMakesTheOthersAsEver) {
  std::mt19937 random(8);
  constexpr FaceGeometry kGeometry{24, 4};
  Compositor compositor(kGeometry, Resample::kLinear);
  for (int i = 0; i < 300; ++i) {
    const Face face(kGeometry, false, random);
    const Rect rect = RandomRect(60, 50, random);
    KeptPixels kept;
    std::vector<KeptPixels::Span> spans;
    for (int y = rect.y1; y < rect.y2; ++y) {
      for (int x = rect.x1; x < rect.x2; x += 1 + static_cast<int>(random() % 9)) {
        const int end = std::min(rect.x2, x + 1 + static_cast<int>(random() % 9));
        if (random() % 2 == 0) spans.push_back({y, x, end});
        x = end;
      }
    }
    kept.Append(rect, spans);
    PaddedFrame frame(60, 50, kRanges[i % 2], 7, random);
    const std::vector<uint8_t> before = frame.bytes;
    compositor.Composite(face.prediction(), face.ring_view(), rect, frame.view);
    const std::vector<uint8_t> whole = frame.bytes;
    frame.bytes = before;
    compositor.Composite(face.prediction(), face.ring_view(), rect, frame.view, kept.Of(0));

    std::vector<uint8_t> expected = whole;
    const KeptRuns runs = kept.Of(0);
    for (int p = 0; p < 3; ++p) {
      for (const SampleRun& run : runs.of(p)) {
        const uint8_t* row = PlaneAtRuns(frame.view, rect, p).row(run.row);
        const auto begin = row + run.begin - frame.bytes.data();
        std::copy_n(before.begin() + begin, run.end - run.begin, expected.begin() + begin);
      }
    }
    ASSERT_TRUE(frame.bytes == expected) << i;
  }
}

}  // namespace
}  // namespace mouthpiece

// Small value types shared by the whole API.
#ifndef MOUTHPIECE_GEOMETRY_H_
#define MOUTHPIECE_GEOMETRY_H_

namespace mouthpiece {

/// Half-open rectangle in pixels of the full frame: x in [x1, x2), y in [y1, y2).
struct Rect {
  int x1 = 0;
  int y1 = 0;
  int x2 = 0;
  int y2 = 0;

  int width() const { return x2 - x1; }
  int height() const { return y2 - y1; }
  bool operator==(const Rect&) const = default;
};

/// A rate or time base, numerator over denominator.
struct Rational {
  int num = 0;
  int den = 1;

  double value() const { return den == 0 ? 0.0 : static_cast<double>(num) / den; }
  bool operator==(const Rational&) const = default;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_GEOMETRY_H_

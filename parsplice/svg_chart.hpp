// Charts as inline SVG: axes with ticks, lines, bars and points.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace splicemd::parsplice {

using Points = std::vector<std::pair<double, double>>;

// "&", "<", ">" and quotes as HTML wants them.
std::string html_text(const std::string& text);

// A chart whose ranges are given; things are drawn in the order of the calls.
class SvgChart {
 public:
  struct Axis {
    std::string label;
    double low = 0.0, high = 1.0;
    bool logarithmic = false;  // low and high are then powers of ten of the values
  };
  SvgChart(std::string id, Axis x, Axis y);

  void line(const Points& points, const std::string& colour, bool dashed = false);
  void dots(const Points& points, const std::string& colour, double radius = 2.0);
  // From (x0, y0) to (x1, y1) of the axes.
  void box(double x0, double y0, double x1, double y1, const std::string& colour);
  void text(double x, double y, const std::string& words);
  // The <svg> element, with the number of things drawn as its attribute data-marks.
  std::string finish() const;

 private:
  double place_x(double x) const;
  double place_y(double y) const;
  std::string axes() const;
  std::string id_;
  Axis x_, y_;
  std::string body_;
  std::size_t marks_ = 0;
};

// A range that holds all values, a little wider; [0, 1] if there is none.
std::pair<double, double> range_of(const std::vector<double>& values);

}  // namespace splicemd::parsplice

// Coordinates and ticks.
#include "parsplice/svg_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace splicemd::parsplice {
namespace {

constexpr double kWidth = 640, kHeight = 300, kLeft = 70, kRight = 15, kTop = 12, kBottom = 45;

// A step of 1, 2 or 5 times a power of ten that divides the range into about five.
double tick_step(double range) {
  const double rough = range / 5.0;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double lead = rough / power;
  return power * (lead < 1.5 ? 1.0 : lead < 3.5 ? 2.0 : lead < 7.5 ? 5.0 : 10.0);
}

std::vector<double> ticks(const SvgChart::Axis& axis) {
  std::vector<double> result;
  const double step = axis.logarithmic ? std::max(1.0, std::ceil((axis.high - axis.low) / 6.0))
                                       : tick_step(axis.high - axis.low);
  for (double t = std::ceil(axis.low / step) * step; t <= axis.high + 1e-9 * step; t += step) {
    result.push_back(std::abs(t) < 1e-9 * step ? 0.0 : t);
  }
  return result;
}

std::string tick_text(const SvgChart::Axis& axis, double t) {
  return axis.logarithmic ? fmt::format("{:g}", std::pow(10.0, t)) : fmt::format("{:g}", t);
}

}  // namespace

std::string html_text(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '"') {
      result += "&quot;";
    } else {
      result += c;
    }
  }
  return result;
}

std::pair<double, double> range_of(const std::vector<double>& values) {
  if (values.empty()) return {0.0, 1.0};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double width = std::max(*high - *low, 1e-9 * std::max(1.0, std::abs(*high)));
  return {*low - 0.03 * width, *high + 0.03 * width};
}

SvgChart::SvgChart(std::string id, Axis x, Axis y)
    : id_(std::move(id)), x_(std::move(x)), y_(std::move(y)) {
  if (!(x_.high > x_.low)) x_.high = x_.low + 1.0;
  if (!(y_.high > y_.low)) y_.high = y_.low + 1.0;
}

double SvgChart::place_x(double x) const {
  return kLeft + (x - x_.low) / (x_.high - x_.low) * (kWidth - kLeft - kRight);
}

double SvgChart::place_y(double y) const {
  return kHeight - kBottom - (y - y_.low) / (y_.high - y_.low) * (kHeight - kTop - kBottom);
}

void SvgChart::line(const Points& points, const std::string& colour, bool dashed) {
  if (points.empty()) return;
  body_ += fmt::format("<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"1.6\"{} points=\"",
                       colour, dashed ? " stroke-dasharray=\"5 4\"" : "");
  for (const auto& [x, y] : points) body_ += fmt::format("{:.1f},{:.1f} ", place_x(x), place_y(y));
  body_ += "\"/>\n";
  marks_ += points.size();
}

void SvgChart::dots(const Points& points, const std::string& colour, double radius) {
  for (const auto& [x, y] : points) {
    body_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" fill=\"{}\"/>\n",
                         place_x(x), place_y(y), radius, colour);
  }
  marks_ += points.size();
}

void SvgChart::box(double x0, double y0, double x1, double y1, const std::string& colour) {
  body_ += fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.2f}\" height=\"{:.1f}\" fill=\"{}\"/>\n",
      place_x(x0), place_y(y1), std::max(0.3, place_x(x1) - place_x(x0)), place_y(y0) - place_y(y1),
      colour);
  ++marks_;
}

void SvgChart::text(double x, double y, const std::string& words) {
  body_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", place_x(x), place_y(y),
                       html_text(words));
}

std::string SvgChart::axes() const {
  std::string result =
      fmt::format("<rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\" class=\"frame\"/>\n",
                  kLeft, kTop, kWidth - kLeft - kRight, kHeight - kTop - kBottom);
  for (const double t : ticks(x_)) {
    result += fmt::format(
        "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\" class=\"tick\"/>"
        "<text x=\"{0:.1f}\" y=\"{3}\" text-anchor=\"middle\">{4}</text>\n",
        place_x(t), kHeight - kBottom, kHeight - kBottom + 5, kHeight - kBottom + 18,
        tick_text(x_, t));
  }
  for (const double t : ticks(y_)) {
    result += fmt::format(
        "<line x1=\"{1}\" x2=\"{2}\" y1=\"{0:.1f}\" y2=\"{0:.1f}\" class=\"tick\"/>"
        "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>\n",
        place_y(t), kLeft - 5, kLeft, kLeft - 8, place_y(t) + 4, tick_text(y_, t));
  }
  result += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
                        0.5 * (kLeft + kWidth - kRight), kHeight - 8, html_text(x_.label));
  result += fmt::format(
      "<text transform=\"translate(14 {}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
      0.5 * (kTop + kHeight - kBottom), html_text(y_.label));
  return result;
}

std::string SvgChart::finish() const {
  return fmt::format(
      "<svg id=\"{}\" data-marks=\"{}\" viewBox=\"0 0 {} {}\" role=\"img\">\n{}{}</svg>\n", id_,
      marks_, kWidth, kHeight, axes(), body_);
}

}  // namespace splicemd::parsplice

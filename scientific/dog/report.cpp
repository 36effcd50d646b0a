// Detections as files (report.h).
#include "scientific/dog/report.h"

#include "scientific/dog/overlay.h"
#include "scientific/dog/plot_svg.h"
#include "scientific/imaging/write_file.h"

#include <fmt/core.h>

#include <filesystem>
#include <numbers>

namespace memo::dog {

namespace {

namespace fs = std::filesystem;

constexpr int kHistogramBins = 25;

// A field of CSV: in quotes where it must be.
[[nodiscard]] std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + "\"";
}

}  // namespace

std::string json_string(const std::string& text) {
    std::string quoted = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += byte < 0x20 || byte > 0x7e ? '?' : c;
    }
    return quoted + "\"";
}

Report::Report(const Options& options)
    : options_(options),
      histogram_(0, std::numbers::sqrt2 * options.detector.scales.max_sigma * 1.05, kHistogramBins),
      csv_("image,x,y,radius,sigma,response,volume\n") {}

std::string Report::overlay_path(const std::string& name) const {
    std::error_code error;
    if (!fs::is_directory(options_.overlay, error)) return options_.overlay;
    return (fs::path(options_.overlay) / (fs::path(name).stem().string() + ".overlay.png")).string();
}

std::optional<Error> Report::add(const std::string& name, const imaging::Image& image,
                                 const imaging::Detections& detections) {
    ++images_;
    histogram_.add(detections.blobs);
    const double pixel = options_.pixel_size > 0 ? options_.pixel_size : 1;
    if (!options_.csv.empty()) {
        for (const imaging::Blob& blob : detections.blobs) {
            csv_ += fmt::format("{},{:g},{:g},{:.3f},{:.3f},{:.5f},{:.6g}\n", csv_field(name), blob.x, blob.y,
                                blob.radius, blob.sigma, blob.response, volume(blob.radius, pixel));
        }
    }
    if (!options_.json.empty()) {
        json_images_ +=
            fmt::format(R"({}  {{"image": {}, "width": {}, "height": {}, "detections": [)",
                        json_images_.empty() ? "" : ",\n", json_string(name), image.width(), image.height());
        const char* separator = "";
        for (const imaging::Blob& blob : detections.blobs) {
            json_images_ += fmt::format(
                "{}\n    {{\"x\": {:g}, \"y\": {:g}, \"radius\": {:.3f}, \"sigma\": {:.3f}, \"response\": "
                "{:.5f}, "
                "\"volume\": {:.6g}}}",
                separator, blob.x, blob.y, blob.radius, blob.sigma, blob.response,
                volume(blob.radius, pixel));
            separator = ",";
        }
        json_images_ += "]}";
    }
    if (options_.overlay.empty()) return std::nullopt;
    return imaging::write_file(overlay_path(name), imaging::encode_png(overlay(image, detections.blobs)));
}

std::string Report::json(const std::string& backend) const {
    const imaging::DetectorOptions& detector = options_.detector;
    const imaging::Scales& scales = detector.scales;
    const double pixel = options_.pixel_size > 0 ? options_.pixel_size : 1;
    std::string text = fmt::format(
        "{{\"parameters\": {{\"n_bin\": {}, \"min_sigma\": {:g}, \"max_sigma\": {:g}, \"threshold\": {:g}, "
        "\"truncate\": {:g}, "
        "\"overlap\": {:g}, \"smoothing\": {:g}, \"saturation\": {:g}, \"radius\": \"{}\", \"backend\": "
        "{}}},\n",
        scales.n_bin, scales.min_sigma, scales.max_sigma, detector.threshold, scales.truncate,
        detector.overlap, detector.preprocessing.smoothing, detector.preprocessing.saturation,
        detector.radius == imaging::RadiusRule::paper ? "paper" : "refined", json_string(backend));
    text += fmt::format("\"pixel_size\": {:g}, \"unit\": {},\n", pixel,
                        json_string(options_.pixel_size > 0 ? options_.unit : "pixel"));
    if (!summary_.empty()) text += "\"run\": {" + summary_ + "},\n";
    text += "\"histogram\": [";
    const char* separator = "";
    for (const Histogram::Bin& bin : histogram_.bins()) {
        text += fmt::format("{}\n  {{\"from\": {:.4g}, \"to\": {:.4g}, \"count\": {}, \"volume\": {:.6g}}}",
                            separator, bin.from * pixel, bin.to * pixel, bin.count,
                            bin.volume * pixel * pixel * pixel);
        separator = ",";
    }
    return text + "],\n\"images\": [\n" + json_images_ + "]}\n";
}

std::optional<Error> Report::write(const std::string& backend) const {
    const auto put = [](const std::string& path, const std::string& text) -> std::optional<Error> {
        if (path.empty()) return std::nullopt;
        return imaging::write_file(path, text);
    };
    if (auto error = put(options_.csv, csv_)) return error;
    if (auto error = put(options_.json, json(backend))) return error;
    return put(options_.plot, plot_svg(histogram_, options_.pixel_size, options_.unit));
}

}  // namespace memo::dog

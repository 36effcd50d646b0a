// Detections as files (report.h).
#include "scientific/dog/report.h"

#include "scientific/dog/overlay.h"
#include "scientific/dog/plot_svg.h"
#include "scientific/imaging/latencies.h"
#include "scientific/imaging/text_fields.h"
#include "scientific/imaging/write_file.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <numbers>

namespace memo::dog {

namespace {

namespace fs = std::filesystem;

using Json = nlohmann::ordered_json;

constexpr int kHistogramBins = 25;

// File names need not be UTF-8.
[[nodiscard]] std::string as_text(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

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
            csv_ +=
                fmt::format("{},{:g},{:g},{:.3f},{:.3f},{:.5f},{:.6g}\n", imaging::csv_field(name), blob.x,
                            blob.y, blob.radius, blob.sigma, blob.response, volume(blob.radius, pixel));
        }
    }
    if (!options_.json.empty()) {
        Json found = Json::array();
        for (const imaging::Blob& blob : detections.blobs) {
            found.push_back({{"x", blob.x},
                             {"y", blob.y},
                             {"radius", blob.radius},
                             {"sigma", blob.sigma},
                             {"response", blob.response},
                             {"volume", volume(blob.radius, pixel)}});
        }
        json_images_.push_back(as_text({{"image", name},
                                        {"width", image.width()},
                                        {"height", image.height()},
                                        {"detections", std::move(found)}}));
    }
    if (options_.overlay.empty()) return std::nullopt;
    return imaging::write_file(overlay_path(name), imaging::encode_png(overlay(image, detections.blobs)));
}

std::string Report::json(const std::string& backend, const RunSummary& run) const {
    const imaging::DetectorOptions& detector = options_.detector;
    const imaging::Scales& scales = detector.scales;
    const double pixel = options_.pixel_size > 0 ? options_.pixel_size : 1;
    Json histogram = Json::array();
    for (const Histogram::Bin& bin : histogram_.bins()) {
        histogram.push_back({{"from", bin.from * pixel},
                             {"to", bin.to * pixel},
                             {"count", bin.count},
                             {"volume", bin.volume * pixel * pixel * pixel}});
    }
    Json went = {{"images", images_},
                 {"latency_ms_p50", imaging::percentile(run.latencies_ms, 0.5)},
                 {"latency_ms_p99", imaging::percentile(run.latencies_ms, 0.99)}};
    if (options_.live()) {
        went["rate"] = run.rate;
        went["busy_ms_p50"] = imaging::percentile(run.busy_ms, 0.5);
        went["dropped"] = run.dropped;
    }
    const Json head = {{"parameters",
                        {{"n_bin", scales.n_bin},
                         {"min_sigma", scales.min_sigma},
                         {"max_sigma", scales.max_sigma},
                         {"threshold", detector.threshold},
                         {"truncate", scales.truncate},
                         {"overlap", detector.overlap},
                         {"smoothing", detector.preprocessing.smoothing},
                         {"saturation", detector.preprocessing.saturation},
                         {"radius", detector.radius == imaging::RadiusRule::paper ? "paper" : "refined"},
                         {"backend", backend}}},
                       {"pixel_size", pixel},
                       {"unit", options_.pixel_size > 0 ? options_.unit : "pixel"},
                       {"run", std::move(went)},
                       {"histogram", std::move(histogram)}};
    // Images as they came: those of an hour, kept as values, would be ten times as large.
    std::string text = as_text(head);
    text.pop_back();
    text += ",\n\"images\":[";
    const char* separator = "\n";
    for (const std::string& image : json_images_) {
        text += separator + image;
        separator = ",\n";
    }
    return text + "]}\n";
}

std::optional<Error> Report::write(const std::string& backend, const RunSummary& run) const {
    const auto put = [](const std::string& path, const std::string& text) -> std::optional<Error> {
        if (path.empty()) return std::nullopt;
        return imaging::write_file(path, text);
    };
    if (auto error = put(options_.csv, csv_)) return error;
    if (auto error = put(options_.json, json(backend, run))) return error;
    return put(options_.plot, plot_svg(histogram_, options_.pixel_size, options_.unit));
}

}  // namespace memo::dog

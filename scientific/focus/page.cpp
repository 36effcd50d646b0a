// A watched session as one HTML page (page.h).
#include "scientific/focus/page.h"

#include "scientific/focus/chart.h"
#include "scientific/imaging/image_file.h"
#include "scientific/imaging/resize.h"
#include "scientific/imaging/text_fields.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace memo::focus {

namespace {

constexpr const char* kStyle =
    "*{box-sizing:border-box}body{margin:0 "
    "auto;max-width:1000px;padding:24px;background:var(--paper);color:var(--text);"
    "font:15px/1.45 system-ui,sans-serif}h1{font-size:22px;margin:0 0 4px}h2{font-size:16px;margin:24px 0 "
    "8px}"
    ".sub{color:var(--muted);margin:0 0 "
    "16px;overflow-wrap:anywhere}.cards{display:flex;flex-wrap:wrap;gap:12px}"
    ".card{border:1px solid var(--grid);border-radius:8px;padding:10px 14px;min-width:120px}"
    ".card b{display:block;font-size:22px}.card span{color:var(--muted);font-size:13px}.alarm "
    "b{color:var(--bad)}"
    "svg{width:100%;height:auto;margin-top:16px}.strip{display:flex;flex-wrap:wrap;gap:12px}"
    "figure{margin:0;width:144px}figure img{display:block;max-width:144px;border:2px solid "
    "var(--grid);border-radius:4px}"
    "figure.out "
    "img{border-color:var(--bad)}figcaption{font-size:12px;color:var(--muted);overflow-wrap:anywhere}"
    "figure.out b{color:var(--bad)}";

[[nodiscard]] std::string base64(const std::vector<char>& bytes) {
    static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto byte = [&](std::size_t k) {
            return i + k < bytes.size() ? static_cast<unsigned>(static_cast<unsigned char>(bytes[i + k]))
                                        : 0U;
        };
        const unsigned group = byte(0) << 16U | byte(1) << 8U | byte(2);
        text += kDigits[group >> 18U];
        text += kDigits[group >> 12U & 63U];
        text += i + 1 < bytes.size() ? kDigits[group >> 6U & 63U] : '=';
        text += i + 2 < bytes.size() ? kDigits[group & 63U] : '=';
    }
    return text;
}

[[nodiscard]] std::string short_name(const std::string& path) {
    return std::filesystem::path(path).filename().string();
}

[[nodiscard]] bool is_out(const Judged& judged) {
    return judged.verdict && !judged.verdict->in_focus;
}

[[nodiscard]] std::string figure(const Thumbnail& thumbnail) {
    const Judged& judged = thumbnail.judged;
    std::string verdict = "learning";
    if (judged.verdict) {
        verdict = fmt::format("<b>{}</b>, {:.0f} %", is_out(judged) ? "out of focus" : "in focus",
                              100 * judged.verdict->confidence);
    }
    return fmt::format(
        "<figure{}><img src=\"{}\" alt=\"{}\"><figcaption>{}<br>{} features<br>{}</figcaption></figure>\n",
        is_out(judged) ? " class=\"out\"" : "", thumbnail.url,
        imaging::xml_text(short_name(judged.row.image)), imaging::xml_text(short_name(judged.row.image)),
        judged.row.score.features.total(), verdict);
}

[[nodiscard]] std::string card(const std::string& value, const std::string& label, bool alarm = false) {
    return fmt::format("<div class=\"card{}\"><b>{}</b><span>{}</span></div>\n", alarm ? " alarm" : "", value,
                       label);
}

[[nodiscard]] std::string curve_of(const Session& session) {
    Chart chart;
    chart.title = "Features, as ln(features + 1)";
    chart.x_label = "image";
    chart.y_label = "ln(features + 1)";
    chart.joined = chart.embedded = true;
    chart.points.reserve(session.curve.size());
    std::size_t number = session.images - session.curve.size();
    for (const Judged& judged : session.curve) {
        chart.points.push_back({static_cast<double>(++number), judged.row.score.log_features(),
                                is_out(judged),
                                fmt::format("{}: {} features", short_name(judged.row.image),
                                            judged.row.score.features.total())});
    }
    if (session.usual.known())
        chart.levels = {session.usual.centre, session.usual.centre - session.limit * session.usual.spread};
    return svg_of(chart);
}

[[nodiscard]] std::string strip(const std::string& title, const std::deque<Thumbnail>& thumbnails) {
    if (thumbnails.empty()) return "";
    std::string text = "<h2>" + title + "</h2>\n<div class=\"strip\">\n";
    for (const Thumbnail& one : thumbnails) text += figure(one);
    return text + "</div>\n";
}

}  // namespace

std::string thumbnail_of(const imaging::Image& prepared) {
    const int longer = std::max(prepared.width(), prepared.height());
    const auto side = [&](int whole) {
        return std::max(1, whole * std::min(kThumbnailSide, longer) / longer);
    };
    const imaging::Image small = imaging::resized(prepared, {0, 0, prepared.width(), prepared.height()},
                                                  side(prepared.width()), side(prepared.height()));
    return "data:image/png;base64," + base64(imaging::encode_png(small));
}

std::string html_of(const Session& session) {
    std::string html =
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n";
    if (session.running) html += "<meta http-equiv=\"refresh\" content=\"5\">\n";
    html += "<title>focus</title>\n<style>" + colours() + kStyle + "</style></head><body>\n<h1>Focus</h1>\n";
    html +=
        fmt::format("<p class=\"sub\">{}{}</p>\n<div class=\"cards\">\n", imaging::xml_text(session.folder),
                    session.running ? ", watched; this page loads itself again" : ", the watch has ended");
    html += card(fmt::format("{}", session.images), "images");
    html += card(fmt::format("{}", session.out_of_focus), "out of focus", session.out_of_focus > 0);
    if (session.failed > 0) html += card(fmt::format("{}", session.failed), "could not be used", true);
    html +=
        card(session.usual.known() ? fmt::format("{:.0f}", std::exp(session.usual.centre) - 1) : "learning",
             "features, usually");
    html += card(fmt::format("{:+.2f} %", 100 * std::expm1(session.drift)), "drift an image");
    html += card(fmt::format("{:.0f} / {:.0f} ms", session.latency_p50, session.latency_p99),
                 "latency p50 / p99");
    html += "</div>\n" + curve_of(session);
    if (session.usual.known())
        html +=
            "<p class=\"sub\">Plain line: what is usual. Dashed: the limit below which an image is out of "
            "focus.</p>\n";
    html += strip("Out of focus", session.suspicious) + strip("Latest", session.latest);
    return html + "</body></html>\n";
}

}  // namespace memo::focus

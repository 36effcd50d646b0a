// Reading files of strain (strain_file.h).
#include "scientific/ligo/strain/strain_file.h"

#include "scientific/ligo/strain/block_filter.h"
#include "scientific/ligo/strain/good_ranges.h"
#include "scientific/ligo/strain/hdf5_handle.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <numbers>
#include <string_view>

namespace memo::ligo {

namespace {

constexpr double kKeptBelow = 1850;   // Hz: an anti-alias filter's gain is whole so far,
constexpr double kAntiAliasStep = 4;  // Hz: and falls to 0 at the new Nyquist frequency; 1/4 s long
constexpr std::size_t kMostQuality = 1U << 20U;  // seconds of a mask

// A number that may be stored as an integer or a real one.
[[nodiscard]] std::optional<double> number_at(hid_t file, const char* name) {
    const Handle data(H5Dopen2(file, name, H5P_DEFAULT), H5Dclose);
    if (!data.ok()) return std::nullopt;
    const Handle space(H5Dget_space(data.id()), H5Sclose);
    double value = 0;
    if (H5Sget_simple_extent_npoints(space.id()) != 1 ||
        H5Dread(data.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &value) < 0)
        return std::nullopt;
    return value;
}

[[nodiscard]] std::optional<double> number_attribute(hid_t object, const char* name) {
    if (H5Aexists(object, name) <= 0) return std::nullopt;
    const Handle attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose);
    const Handle space(H5Aget_space(attribute.id()), H5Sclose);
    double value = 0;
    if (!attribute.ok() || H5Sget_simple_extent_npoints(space.id()) != 1 ||
        H5Aread(attribute.id(), H5T_NATIVE_DOUBLE, &value) < 0)
        return std::nullopt;
    return value;
}

// A list of strings, of fixed or of variable length; empty where there is none.
[[nodiscard]] std::vector<std::string> strings_at(hid_t file, const char* name) {
    const Handle data(H5Dopen2(file, name, H5P_DEFAULT), H5Dclose);
    if (!data.ok()) return {};
    const Handle space(H5Dget_space(data.id()), H5Sclose);
    const Handle type(H5Dget_type(data.id()), H5Tclose);
    const hssize_t count = H5Sget_simple_extent_npoints(space.id());
    if (count < 1 || count > 64 || H5Tget_class(type.id()) != H5T_STRING) return {};
    std::vector<std::string> texts;
    if (H5Tis_variable_str(type.id()) > 0) {
        std::vector<char*> pointers(static_cast<std::size_t>(count), nullptr);
        if (H5Dread(data.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()) < 0) return {};
        for (const char* text : pointers) texts.emplace_back(text == nullptr ? "" : text);
        H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, pointers.data());
        return texts;
    }
    const std::size_t size = H5Tget_size(type.id());
    if (size == 0 || size > 4096) return {};
    std::vector<char> bytes(size * static_cast<std::size_t>(count));
    if (H5Dread(data.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) < 0) return {};
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        const char* text = bytes.data() + i * size;
        texts.emplace_back(text, strnlen(text, size));
    }
    return texts;
}

// "H1" of meta/Detector, or of a name like H-H1_LOSC_4_V2-1126259446-32.hdf5.
[[nodiscard]] std::string detector_of(hid_t file, const std::string& path) {
    const std::vector<std::string> texts = strings_at(file, "meta/Detector");
    if (!texts.empty() && texts.front().size() == 2) return texts.front();
    const std::string name = std::filesystem::path(path).filename().string();
    if (name.size() > 4 && name[1] == '-' && name[4] == '_' && name[0] == name[2]) return name.substr(2, 2);
    return "";
}

// An open file with its strain; the error lacks the path.
struct Opened {
    Handle file;
    Handle strain;
    StrainHeader header;
};

[[nodiscard]] Result<Opened> open_strain(const std::string& path) {
    if (access(path.c_str(), R_OK) != 0) return Error{std::strerror(errno)};
    if (std::filesystem::is_directory(path)) return Error{"a folder, not a file of strain"};
    if (H5Fis_hdf5(path.c_str()) <= 0) return Error{"not an HDF5 file"};
    Opened opened{{H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose}, {-1, H5Dclose}, {}};
    if (!opened.file.ok()) return Error{"the HDF5 file is cut short or damaged: " + Session::reason()};
    const hid_t file = opened.file.id();
    Handle strain(H5Dopen2(file, "strain/Strain", H5P_DEFAULT), H5Dclose);
    if (!strain.ok())
        return Error{"holds no strain/Strain; a file of strain as GWOSC publishes them is wanted"};
    const Handle space(H5Dget_space(strain.id()), H5Sclose);
    const hssize_t count = H5Sget_simple_extent_npoints(space.id());
    if (H5Sget_simple_extent_ndims(space.id()) != 1 || count < 1)
        return Error{"strain/Strain is no series of numbers"};
    StrainHeader& header = opened.header;
    header.samples = static_cast<std::uint64_t>(count);
    if (header.samples > kMostSamples)
        return Error{
            fmt::format("strain/Strain has {} samples; {} at most are read", header.samples, kMostSamples)};

    const std::optional<double> start = number_at(file, "meta/GPSstart");
    if (!start || !std::isfinite(*start))
        return Error{"meta/GPSstart is missing: when the strain began is not known"};
    header.gps_start = *start;
    const std::optional<double> spacing = number_attribute(strain.id(), "Xspacing");
    const std::optional<double> duration = number_at(file, "meta/Duration");
    if (spacing) {
        header.rate = 1 / *spacing;
    } else if (duration) {
        header.rate = static_cast<double>(header.samples) / *duration;
    } else {
        return Error{"neither the attribute Xspacing nor meta/Duration tells the rate"};
    }
    if (!(header.rate > 0) || !std::isfinite(header.rate)) return Error{"its rate is no number above 0"};
    if (std::abs(header.rate - std::round(header.rate)) < 1e-6 * header.rate)
        header.rate = std::round(header.rate);
    const double ratio = header.rate / kStrainRate;
    if (!(ratio >= 1) || ratio > 16 || std::exp2(std::round(std::log2(ratio))) != ratio)
        return Error{fmt::format("its rate is {:g} Hz; wanted are 4096 Hz, or 16384 Hz", header.rate)};
    if (duration && std::abs(*duration - header.seconds()) > 1 / header.rate)
        return Error{fmt::format("meta/Duration says {:g} s, and strain/Strain holds {:g} s at {:g} Hz",
                                 *duration, header.seconds(), header.rate)};
    header.detector = detector_of(file, path);
    if (header.detector.empty())
        return Error{"meta/Detector is missing, and the file's name does not tell either"};
    opened.strain = std::move(strain);
    return opened;
}

// A bit mask of one number a second. Seconds without all the bits of these names (those that the file knows)
// are not fit; returns how many.
std::size_t apply_mask(hid_t file, const char* mask_name, const char* names_name,
                       std::initializer_list<std::string_view> wanted, std::vector<bool>& fit) {
    const Handle data(H5Dopen2(file, mask_name, H5P_DEFAULT), H5Dclose);
    if (!data.ok()) return 0;
    const Handle space(H5Dget_space(data.id()), H5Sclose);
    const hssize_t count = H5Sget_simple_extent_npoints(space.id());
    if (count < 1 || static_cast<std::size_t>(count) > kMostQuality) return 0;
    std::vector<std::uint32_t> mask(static_cast<std::size_t>(count));
    if (H5Dread(data.id(), H5T_NATIVE_UINT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, mask.data()) < 0) return 0;
    const std::vector<std::string> names = strings_at(file, names_name);
    std::uint32_t bits = 0;
    for (std::size_t bit = 0; bit < names.size() && bit < 32; ++bit)
        if (std::find(wanted.begin(), wanted.end(), names[bit]) != wanted.end()) bits |= 1U << bit;
    fit.resize(std::max(fit.size(), mask.size()), true);
    std::size_t unfit = 0;
    for (std::size_t i = 0; i < mask.size(); ++i) {
        if ((mask[i] & bits) == bits) continue;
        fit[i] = false;
        ++unfit;
    }
    return unfit;
}

// Seconds in which the data is fit for a search; all of them where the file has no masks.
[[nodiscard]] std::vector<bool> fit_seconds(hid_t file, std::vector<std::string>& notes) {
    std::vector<bool> fit;
    apply_mask(file, "quality/simple/DQmask", "quality/simple/DQShortnames", {"DATA", "CBC_CAT1"}, fit);
    const std::size_t injected = apply_mask(file, "quality/injections/Injmask",
                                            "quality/injections/InjShortnames", {"NO_CBC_HW_INJ"}, fit);
    if (injected > 0)
        notes.push_back(fmt::format("{} s with signals put in by moving the mirrors left out", injected));
    return fit;
}

// To kStrainRate. A good range loses what the filter's ends reach.
void lower_rate(Strain& strain) {
    const auto ratio = static_cast<std::size_t>(std::lround(strain.rate / kStrainRate));
    Spectrum gain{kAntiAliasStep, {}};
    for (int k = 0; k * kAntiAliasStep <= strain.rate / 2; ++k) {
        const double f = k * kAntiAliasStep;
        const double share = std::clamp((f - kKeptBelow) / (kStrainRate / 2 - kKeptBelow), 0.0, 1.0);
        gain.values.push_back(0.5 + 0.5 * std::cos(std::numbers::pi * share));
    }
    BlockFilter filter(gain, strain.rate, kStrainRate);
    const std::span<const float> in = strain.samples;
    const auto read = [&](std::ptrdiff_t first, std::span<float> to) {
        for (std::size_t i = 0; i < to.size(); ++i) {
            const std::ptrdiff_t at = first + static_cast<std::ptrdiff_t>(i);
            to[i] = at >= 0 && at < static_cast<std::ptrdiff_t>(in.size()) ? in[static_cast<std::size_t>(at)]
                                                                           : 0.0F;
        }
    };
    std::vector<float> out(in.size() / ratio);
    filter.run(read, 0, out.size(), out);
    std::vector<Range> good;
    const std::size_t reach = filter.reach() / ratio;
    for (const Range& range : strain.good) {
        const Range less{(range.begin + ratio - 1) / ratio + reach, range.end / ratio};
        if (less.end > less.begin + reach) good.push_back({less.begin, less.end - reach});
    }
    strain.notes.push_back(fmt::format("lowered from {:g} to {:g} Hz", strain.rate, kStrainRate));
    strain.samples = std::move(out);
    strain.good = std::move(good);
    strain.rate = kStrainRate;
    zero_outside(strain);
}

[[nodiscard]] Error at_path(const std::string& path, const std::string& what) {
    return Error{path + ": " + what};
}

}  // namespace

Result<StrainHeader> read_strain_header(const std::string& path) {
    const Session session;
    const Result<Opened> opened = open_strain(path);
    if (!opened) return at_path(path, opened.error());
    return opened->header;
}

Result<StrainHeader> try_strain(const std::string& path) {
    const Session session;
    const Result<Opened> opened = open_strain(path);
    if (!opened) return at_path(path, opened.error());
    std::vector<std::string> notes;
    static_cast<void>(fit_seconds(opened->file.id(), notes));
    static_cast<void>(H5Dget_storage_size(opened->strain.id()));
    float sample = 0;
    const hsize_t last = opened->header.samples - 1;
    const hsize_t one = 1;
    const Handle from(H5Dget_space(opened->strain.id()), H5Sclose);
    const Handle to(H5Screate_simple(1, &one, nullptr), H5Sclose);
    if (H5Sselect_hyperslab(from.id(), H5S_SELECT_SET, &last, nullptr, &one, nullptr) < 0 ||
        H5Dread(opened->strain.id(), H5T_NATIVE_FLOAT, to.id(), from.id(), H5P_DEFAULT, &sample) < 0)
        return at_path(path, "strain/Strain cannot be read: " + Session::reason());
    return opened->header;
}

Result<Strain> read_strain(const std::string& path) {
    Strain strain;
    std::vector<bool> fit;
    {
        const Session session;
        const Result<Opened> opened = open_strain(path);
        if (!opened) return at_path(path, opened.error());
        strain.detector = opened->header.detector;
        strain.gps_start = opened->header.gps_start;
        strain.rate = opened->header.rate;
        strain.samples.resize(opened->header.samples);
        if (H5Dread(opened->strain.id(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                    strain.samples.data()) < 0)
            return at_path(path, "strain/Strain cannot be read: " + Session::reason());
        fit = fit_seconds(opened->file.id(), strain.notes);
    }
    find_good(strain, fit);
    if (strain.good.empty())
        return at_path(path, "holds no good data: all of it is NaN, masked, or 1 and more");
    if (strain.rate != kStrainRate) lower_rate(strain);
    return strain;
}

}  // namespace memo::ligo

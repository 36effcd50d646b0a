// Writing files of strain (strain_file.h).
#include "scientific/ligo/strain/hdf5_handle.h"
#include "scientific/ligo/strain/strain_file.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>

namespace memo::ligo {

namespace {

constexpr hsize_t kChunk = 1U << 16U;  // samples
constexpr unsigned kCompression = 4;   // gzip's level, as GWOSC's

// The mask's bits, as GWOSC names them.
constexpr std::array<const char*, 2> kBits = {"DATA", "CBC_CAT1"};

class Writer {
  public:
    explicit Writer(const std::string& path)
        : file_(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose) {
        check(file_.ok());
    }

    // Why the file is not whole; empty if it is.
    [[nodiscard]] std::string finish() {
        check(file_.close());
        return failure_;
    }

    void group(const char* name) {
        const Handle made(H5Gcreate2(file_.id(), name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
        check(made.ok());
    }

    void text(const char* name, const std::string& value) {
        const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
        check(H5Tset_size(type.id(), std::max<std::size_t>(value.size(), 1)) >= 0);
        const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
        write(name, type.id(), space.id(), type.id(), H5P_DEFAULT, value.data());
    }

    void texts(const char* name, const std::array<const char*, kBits.size()>& values) {
        const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
        check(H5Tset_size(type.id(), H5T_VARIABLE) >= 0);
        const hsize_t count = values.size();
        const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
        write(name, type.id(), space.id(), type.id(), H5P_DEFAULT, values.data());
    }

    void number(const char* name, double value) {
        const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
        const bool whole = value == std::floor(value);
        write(name, whole ? H5T_STD_I64LE : H5T_IEEE_F64LE, space.id(), H5T_NATIVE_DOUBLE, H5P_DEFAULT,
              &value);
    }

    void mask(const char* name, const std::vector<std::uint32_t>& values) {
        const hsize_t count = values.size();
        const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
        write(name, H5T_STD_U32LE, space.id(), H5T_NATIVE_UINT32, H5P_DEFAULT, values.data());
    }

    void series(const char* name, const std::vector<float>& values, double start, double rate,
                bool compressed) {
        const hsize_t count = values.size();
        const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
        const Handle layout(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
        if (compressed) {
            const hsize_t chunk = std::min(kChunk, count);
            check(H5Pset_chunk(layout.id(), 1, &chunk) >= 0);
            check(H5Pset_shuffle(layout.id()) >= 0);
            check(H5Pset_deflate(layout.id(), kCompression) >= 0);
        }
        const Handle data =
            write(name, H5T_IEEE_F64LE, space.id(), H5T_NATIVE_FLOAT, layout.id(), values.data());
        attribute(data.id(), "Npoints", static_cast<double>(values.size()));
        attribute(data.id(), "Xspacing", 1 / rate);
        attribute(data.id(), "Xstart", start);
    }

  private:
    void check(bool well) {
        if (!well && failure_.empty()) failure_ = Session::reason();
    }

    Handle write(const char* name, hid_t type, hid_t space, hid_t memory_type, hid_t layout,
                 const void* values) {
        Handle data(H5Dcreate2(file_.id(), name, type, space, H5P_DEFAULT, layout, H5P_DEFAULT), H5Dclose);
        check(data.ok() && H5Dwrite(data.id(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
        return data;
    }

    void attribute(hid_t object, const char* name, double value) {
        const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
        const Handle made(H5Acreate2(object, name, H5T_IEEE_F64LE, space.id(), H5P_DEFAULT, H5P_DEFAULT),
                          H5Aclose);
        check(made.ok() && H5Awrite(made.id(), H5T_NATIVE_DOUBLE, &value) >= 0);
    }

    Handle file_;
    std::string failure_;
};

[[nodiscard]] std::vector<float> with_gaps(const Strain& strain) {
    std::vector<float> samples(strain.samples.size(), std::numeric_limits<float>::quiet_NaN());
    for (const Range& range : strain.good) {
        std::copy(strain.samples.begin() + static_cast<std::ptrdiff_t>(range.begin),
                  strain.samples.begin() + static_cast<std::ptrdiff_t>(range.end),
                  samples.begin() + static_cast<std::ptrdiff_t>(range.begin));
    }
    return samples;
}

// Both bits for a second with any good sample.
[[nodiscard]] std::vector<std::uint32_t> mask_of(const Strain& strain) {
    const auto second = static_cast<std::size_t>(std::lround(strain.rate));
    std::vector<std::uint32_t> mask((strain.samples.size() + second - 1) / second);
    for (const Range& range : strain.good)
        for (std::size_t s = range.begin / second; s * second < range.end; ++s)
            mask[s] = (1U << kBits.size()) - 1;
    return mask;
}

}  // namespace

std::optional<Error> write_strain(const std::string& path, const Strain& strain, bool compressed) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored))
        return Error{path + ": cannot be written: not a regular file, which HDF5 needs"};
    const std::string part = path + ".part" + std::to_string(getpid());
    const Session session;
    Writer writer(part);
    for (const char* name : {"meta", "strain", "quality", "quality/simple"}) writer.group(name);
    writer.text("meta/Detector", strain.detector);
    writer.text("meta/Description", "Strain data time series, written by memo's program ligo");
    writer.number("meta/GPSstart", strain.gps_start);
    writer.number("meta/Duration", strain.seconds());
    writer.mask("quality/simple/DQmask", mask_of(strain));
    writer.texts("quality/simple/DQShortnames", kBits);
    writer.series("strain/Strain", with_gaps(strain), strain.gps_start, strain.rate, compressed);
    if (const std::string failure = writer.finish(); !failure.empty()) {
        static_cast<void>(std::remove(part.c_str()));
        return Error{path + ": cannot be written: " + failure};
    }
    if (std::rename(part.c_str(), path.c_str()) != 0) {
        const std::string reason = std::strerror(errno);
        static_cast<void>(std::remove(part.c_str()));
        return Error{path + ": cannot be written: " + reason};
    }
    return std::nullopt;
}

}  // namespace memo::ligo

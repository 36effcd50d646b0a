// Files of strain: what is written is read, and whatever is wrong with one is a line.
#include "scientific/ligo/strain/file_probe.h"
#include "scientific/ligo/strain/hdf5_handle.h"
#include "scientific/ligo/strain/simulator.h"
#include "scientific/ligo/strain/strain_file.h"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <numbers>

using namespace memo::ligo;

namespace {

constexpr std::size_t kIn = 4096;  // samples of a second

class Scratch {
  public:
    Scratch()
        : path_(std::filesystem::temp_directory_path() / ("ligo_strain_test." + std::to_string(getpid()))) {
        std::filesystem::create_directory(path_);
    }
    ~Scratch() { std::filesystem::remove_all(path_); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

[[nodiscard]] Strain sine(double rate, double seconds, double frequency) {
    Strain strain;
    strain.detector = "L1";
    strain.gps_start = 1187008882;
    strain.rate = rate;
    strain.samples.resize(static_cast<std::size_t>(rate * seconds));
    for (std::size_t i = 0; i < strain.samples.size(); ++i)
        strain.samples[i] = static_cast<float>(
            1e-21 * std::sin(2 * std::numbers::pi * frequency * static_cast<double>(i) / rate));
    strain.good = {{0, strain.samples.size()}};
    return strain;
}

[[nodiscard]] std::string bytes_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write_bytes(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void drop(const std::string& path, const char* name) {
    const Session session;
    const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    REQUIRE(H5Ldelete(file.id(), name, H5P_DEFAULT) >= 0);
}

[[nodiscard]] std::string error_of(const std::string& path) {
    const memo::Result<Strain> result = read_strain(path);
    REQUIRE(!result.ok());
    CHECK(result.error().rfind(path + ": ", 0) == 0);
    CHECK(result.error().find('\n') == std::string::npos);
    return result.error();
}

[[nodiscard]] bool holds(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("what is written is read") {
    const Scratch scratch;
    const Strain written = simulate_noise({.seed = 3, .seconds = 8}, 1);
    for (const bool compressed : {false, true}) {
        REQUIRE(!write_strain(scratch.file("a.hdf5"), written, compressed));
        const Strain read = read_strain(scratch.file("a.hdf5")).value();
        CHECK(read.detector == "L1");
        CHECK(read.gps_start == written.gps_start);
        CHECK(read.rate == 4096);
        CHECK(read.samples == written.samples);
        CHECK(read.good == written.good);
        CHECK(read.notes.empty());
        const StrainHeader header = read_strain_header(scratch.file("a.hdf5")).value();
        CHECK(header.detector == "L1");
        CHECK(header.seconds() == 8);
    }
    CHECK(std::distance(std::filesystem::directory_iterator(scratch.file("")), {}) == 1);
}

TEST_CASE("gaps are found, and told") {
    const Scratch scratch;
    Strain strain = sine(4096, 16, 100);
    strain.good = {{0, 10000}, {20001, 60000}};
    REQUIRE(!write_strain(scratch.file("a.hdf5"), strain));
    const Strain read = read_strain(scratch.file("a.hdf5")).value();
    CHECK(read.good == strain.good);
    CHECK(read.samples[15000] == 0.0F);
    CHECK(read.samples[10000 - 1] == strain.samples[10000 - 1]);
    REQUIRE(read.notes.size() == 1);
    CHECK(holds(read.notes[0], "no good data for 2.442 s from GPS 1187008884.441, 1.352 s from GPS"));

    strain = sine(4096, 4, 100);
    strain.samples[kIn] = 3e38F;  // a damaged one
    REQUIRE(!write_strain(scratch.file("a.hdf5"), strain));
    CHECK(read_strain(scratch.file("a.hdf5")).value().good ==
          std::vector<Range>{{0, kIn}, {kIn + 1, 4 * kIn}});

    strain.good.clear();
    REQUIRE(!write_strain(scratch.file("none.hdf5"), strain));
    CHECK(holds(error_of(scratch.file("none.hdf5")), "no good data"));
}

TEST_CASE("seconds that the file itself calls unfit are no good data") {
    const Scratch scratch;
    const std::string path = scratch.file("a.hdf5");
    REQUIRE(!write_strain(path, sine(4096, 8, 100)));
    {
        const Session session;
        const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
        const Handle mask(H5Dopen2(file.id(), "quality/simple/DQmask", H5P_DEFAULT), H5Dclose);
        const std::uint32_t bits[8] = {3, 3, 3, 1, 3, 3, 3, 3};  // data in the fourth, but unfit for binaries
        REQUIRE(H5Dwrite(mask.id(), H5T_NATIVE_UINT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, bits) >= 0);
    }
    const std::vector<Range> expected = {{0, 3 * kIn}, {4 * kIn, 8 * kIn}};
    CHECK(read_strain(path).value().good == expected);
}

TEST_CASE("signals put in by moving the mirrors are no good data") {
    const Scratch scratch;
    const std::string path = scratch.file("a.hdf5");
    REQUIRE(!write_strain(path, sine(4096, 4, 100)));
    {
        const Session session;
        const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
        const Handle group(H5Gcreate2(file.id(), "quality/injections", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                           H5Gclose);
        const auto write = [&](const char* name, hid_t type, hsize_t count, const void* values) {
            const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
            const Handle data(
                H5Dcreate2(group.id(), name, type, space.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                H5Dclose);
            REQUIRE(H5Dwrite(data.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
        };
        const std::uint32_t bits[4] = {3, 1, 2, 3};  // a burst in the second one, a binary in the third
        write("Injmask", H5T_NATIVE_UINT32, 4, bits);
        const Handle text(H5Tcopy(H5T_C_S1), H5Tclose);
        REQUIRE(H5Tset_size(text.id(), 16) >= 0);
        const char names[2][16] = {"NO_CBC_HW_INJ", "NO_BURST_HW_INJ"};
        write("InjShortnames", text.id(), 2, names);
    }
    const Strain read = read_strain(path).value();
    CHECK(read.good == std::vector<Range>{{0, 2 * kIn}, {3 * kIn, 4 * kIn}});
    CHECK(holds(read.notes.front(), "1 s with signals put in"));
}

TEST_CASE("16384 Hz is lowered to 4096 Hz without aliases") {
    const Scratch scratch;
    Strain strain = sine(16384, 8, 300);
    const Strain high = sine(16384, 8, 4096 - 300.5);  // would come down to 300.5 Hz
    for (std::size_t i = 0; i < strain.samples.size(); ++i) strain.samples[i] += 10 * high.samples[i];
    REQUIRE(!write_strain(scratch.file("a.hdf5"), strain));
    const Strain read = read_strain(scratch.file("a.hdf5")).value();
    REQUIRE(read.rate == 4096);
    REQUIRE(read.samples.size() == 8 * kIn);
    REQUIRE(read.good.size() == 1);
    CHECK(read.good[0].begin < 1024);
    CHECK(holds(read.notes.back(), "lowered from 16384 to 4096 Hz"));
    const Strain expected = sine(4096, 8, 300);
    for (std::size_t i = read.good[0].begin; i < read.good[0].end; ++i)
        REQUIRE(std::abs(read.samples[i] - expected.samples[i]) < 2e-24F);
}

TEST_CASE("what is no file of strain is told in a line") {
    const Scratch scratch;
    CHECK(holds(error_of(scratch.file("nowhere.hdf5")), "No such file"));
    CHECK(holds(error_of(scratch.file("")), "folder"));
    write_bytes(scratch.file("text.hdf5"), "not at all");
    CHECK(holds(error_of(scratch.file("text.hdf5")), "not an HDF5 file"));

    REQUIRE(!write_strain(scratch.file("slow.hdf5"), sine(1000, 4, 10)));
    CHECK(holds(error_of(scratch.file("slow.hdf5")), "its rate is 1000 Hz; wanted are 4096 Hz, or 16384 Hz"));

    const std::string path = scratch.file("a.hdf5");
    const auto without = [&](const char* name) {
        REQUIRE(!write_strain(path, sine(4096, 4, 10)));
        drop(path, name);
        return std::string(path);
    };
    CHECK(holds(error_of(without("strain/Strain")), "holds no strain/Strain"));
    CHECK(holds(error_of(without("meta/GPSstart")), "meta/GPSstart is missing"));
    CHECK(holds(error_of(without("meta/Detector")), "meta/Detector is missing"));
    CHECK(read_strain(without("meta/Duration")).ok());
    CHECK(read_strain(without("quality")).ok());
    std::filesystem::rename(without("meta/Detector"), scratch.file("L-L1_GWOSC-1-4.hdf5"));
    CHECK(read_strain(scratch.file("L-L1_GWOSC-1-4.hdf5")).value().detector == "L1");
}

TEST_CASE("a file that cannot be written is told, and nothing is left behind") {
    const Scratch scratch;
    const Strain strain = sine(4096, 1, 10);
    CHECK(holds(write_strain(scratch.file("no/a.hdf5"), strain)->message, "cannot be written"));
    CHECK(holds(write_strain("/dev/null", strain)->message, "not a regular file"));
    CHECK(holds(write_strain(scratch.file(""), strain)->message, "not a regular file"));
    CHECK(std::filesystem::is_empty(scratch.file("")));
}

TEST_CASE("a file cut short anywhere is told, never half read") {
    const Scratch scratch;
    REQUIRE(!write_strain(scratch.file("whole.hdf5"), sine(4096, 4, 37)));
    const std::string whole = bytes_of(scratch.file("whole.hdf5"));
    for (std::size_t i = 0; i < 40; ++i) {
        write_bytes(scratch.file("cut.hdf5"), whole.substr(0, whole.size() * i / 40));
        const std::string error = error_of(scratch.file("cut.hdf5"));
        CHECK((holds(error, "cut short or damaged") || holds(error, "not an HDF5 file")));
    }
    write_bytes(scratch.file("cut.hdf5"), whole.substr(0, whole.size() - 1));
    CHECK(holds(error_of(scratch.file("cut.hdf5")), "cut short or damaged"));
}

TEST_CASE("a damaged file is read or told") {
    const Scratch scratch;
    REQUIRE(!write_strain(scratch.file("whole.hdf5"), sine(4096, 2, 37)));
    const std::string whole = bytes_of(scratch.file("whole.hdf5"));
    const RandomStream stream(1, 1);
    int told = 0;
    for (std::uint64_t i = 0; i < 200; ++i) {
        std::string bytes = whole;
        char& byte = bytes[stream.bits(2 * i) % bytes.size()];
        byte = static_cast<char>(static_cast<unsigned char>(byte) ^ 1U << stream.bits(2 * i + 1) % 8);
        write_bytes(scratch.file("bad.hdf5"), bytes);
        const memo::Result<Strain> result = read_strain(scratch.file("bad.hdf5"));
        if (result.ok()) {
            for (const float sample : result->samples) REQUIRE(std::isfinite(sample));
        } else {
            REQUIRE(result.error().find('\n') == std::string::npos);
            ++told;
        }
    }
    CHECK(told > 20);
}

TEST_CASE("a file that HDF5 crashes on is told, and the others are read") {
    const auto read = [](const std::string& path) -> memo::Result<StrainHeader> {
        if (path.ends_with("crash")) std::raise(SIGKILL);
        if (path.ends_with("bad")) return memo::Error{path + ": bad"};
        return StrainHeader{"L1", 7, 4096, path.size()};
    };
    const auto headers = probe_strain_files({"crash", "one", "bad", "crash", "crash", "three"}, read);
    REQUIRE(headers.size() == 6);
    for (const std::size_t i : {0U, 3U, 4U})
        CHECK(holds(headers[i].error(), "crash: the HDF5 file is damaged"));
    CHECK(headers[1]->samples == 3);
    CHECK(headers[1]->detector == "L1");
    CHECK(headers[2].error() == "bad: bad");
    CHECK(headers[5]->samples == 5);
    CHECK(probe_strain_files({}).empty());
}

TEST_CASE("what is damaged between the samples is told or read") {
    const Scratch scratch;
    REQUIRE(!write_strain(scratch.file("whole.hdf5"), sine(4096, 1, 37)));
    const std::string whole = bytes_of(scratch.file("whole.hdf5"));
    const RandomStream stream(2, 1);
    std::vector<std::string> paths;
    for (std::uint64_t i = 0; i < 200; ++i) {
        std::string bytes = whole;
        bytes[stream.bits(2 * i) % std::min<std::uint64_t>(4000, bytes.size())] =
            static_cast<char>(stream.bits(2 * i + 1));
        paths.push_back(scratch.file(std::to_string(i) + ".hdf5"));
        write_bytes(paths.back(), i % 10 == 0 ? whole : bytes);
    }
    const auto headers = probe_strain_files(paths);  // of which HDF5 1.10.8 crashes on some
    REQUIRE(headers.size() == paths.size());
    for (std::size_t i = 0; i < headers.size(); ++i) {
        if (i % 10 == 0) REQUIRE(headers[i].ok());
        if (headers[i].ok()) continue;
        CHECK(headers[i].error().starts_with(paths[i] + ": "));
        CHECK(headers[i].error().find('\n') == std::string::npos);
    }
}

// Verilator, and words in files (simulation.h).
#include "scientific/hls/rtl/simulation.h"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace memo::hls {

Result<Ran> build_simulator(const std::filesystem::path& folder, const BuildOptions& options,
                            const Progress& progress) {
    if (std::filesystem::absolute(folder).string().find(' ') != std::string::npos)
        return Error{"Verilator cannot build in " + folder.string() + ": its path has a space in it"};
    std::vector<std::string> arguments = {"verilator",
                                          "--cc",
                                          "--exe",
                                          "--build",
                                          "-j",
                                          std::to_string(options.jobs),
                                          "-O3",
                                          "--top-module",
                                          options.top,
                                          "--prefix",
                                          "V" + options.prefix,
                                          "-Mdir",
                                          "build",
                                          "-Wno-fatal",
                                          "-Wno-lint",
                                          "--x-assign",
                                          "0",
                                          "--x-initial",
                                          "0",
                                          "--output-split",
                                          "20000",
                                          "-CFLAGS",
                                          options.optimise ? "-std=c++17 -O1" : "-std=c++17 -O0",
                                          "-MAKEFLAGS",
                                          options.optimise ? "OPT_FAST=-Os" : "OPT_FAST=-O0",
                                          "-y",
                                          "."};
    for (const std::string& parameter : options.parameters) arguments.push_back("-G" + parameter);
    arguments.push_back(options.top + ".sv");
    arguments.insert(arguments.end(), options.sources.begin(), options.sources.end());
    arguments.push_back(options.driver);
    return run_program(folder, arguments, "build.log", progress);
}

Result<std::vector<Word>> read_words(const std::filesystem::path& file) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error) return Error{"cannot read " + file.string() + ": " + error.message()};
    if (size % sizeof(Word) != 0) return Error{file.string() + " is cut: its size is no multiple of 8 bytes"};
    std::vector<Word> words(size / sizeof(Word));
    std::ifstream in(file, std::ios::binary);
    in.read(reinterpret_cast<char*>(words.data()), static_cast<std::streamsize>(size));
    if (!in) return Error{"cannot read " + file.string()};
    return words;
}

std::string write_words(const std::filesystem::path& file, const std::vector<Word>& words) {
    return write_text(file, {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(Word)});
}

std::string write_text(const std::filesystem::path& file, std::string_view text) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.close();
    return out ? std::string() : "cannot write " + file.string() + ": " + std::strerror(errno);
}

}  // namespace memo::hls

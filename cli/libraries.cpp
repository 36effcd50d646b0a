// Finding the preloaded libraries (cli/libraries.h). MEMO_LIBRARY_DIR and MEMO_MULTIARCH come from CMake.
#include "cli/libraries.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <vector>

namespace memo::cli {

std::string own_path() {
    std::error_code error;
    return std::filesystem::read_symlink("/proc/self/exe", error).string();
}

Result<std::string> find_library(const std::string& name) {
    const std::filesystem::path prefix = std::filesystem::path(own_path()).parent_path().parent_path();
    std::vector<std::filesystem::path> folders = {prefix / "lib"};
    if (*MEMO_MULTIARCH != '\0') folders.push_back(prefix / "lib" / MEMO_MULTIARCH);
    folders.emplace_back(MEMO_LIBRARY_DIR);
    std::string looked;
    for (const auto& folder : folders) {
        const std::string path = (folder / name).string();
        if (access(path.c_str(), R_OK) != 0) {
            looked += (looked.empty() ? "" : ", ") + folder.string();
            continue;
        }
        if (path.find_first_of(" :") != std::string::npos) {
            return Error{path + ": the loader cannot preload from a path with a space or a colon in it"};
        }
        return path;
    }
    return Error{name + " is not in " + looked + ": MemoMalloc is not installed whole"};
}

}  // namespace memo::cli

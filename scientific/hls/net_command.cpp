// `hls net` and `hls import`: network descriptions.
#include "scientific/hls/commands.h"
#include "scientific/hls/front/network_json.h"
#include "scientific/hls/nets/nets.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <sstream>

namespace memo::hls {

namespace {

int put(const std::string& file, const std::string& text) {
    if (file.empty() || file == "-")
        return std::fputs(text.c_str(), stdout) < 0 ? fail("standard output: cannot be written") : kDone;
    const std::string wrong = write_text_file(file, text);
    return wrong.empty() ? kDone : fail(wrong);
}

// "1x1x11x11"
Result<Shape> parse_shape(const std::string& text) {
    Shape shape;
    std::istringstream stream(text);
    std::string part;
    while (std::getline(stream, part, 'x')) {
        if (part.empty() || part.size() > 9 || part.find_first_not_of("0123456789") != std::string::npos)
            return Error{"--input: " + text + " is no shape like 1x1x11x11"};
        shape.push_back(std::stoll(part));
    }
    return shape;
}

// Comes back only if there is none.
int become_import(const std::string& file, const std::string& shape) {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    const std::string other = (self.parent_path() / "hls-import").string();
    execl(other.c_str(), other.c_str(), file.c_str(), shape.c_str(), nullptr);
    return refuse(errno == ENOENT ? "hls was built without LibTorch (libtorch-dev), so it cannot read " + file
                                  : other + ": " + std::strerror(errno));
}

}  // namespace

void add_net(CLI::App& app, Run& run) {
    struct Words {
        std::string name;
        std::string output;
        std::uint64_t seed = 1;
        bool list = false;
    };
    CLI::App* command = app.add_subcommand("net", "Write a network that comes with hls, with random weights");
    const auto words = std::make_shared<Words>();
    command->add_option("name", words->name, "Which one");
    command->add_option("-o,--output", words->output, "File; standard output if none is given");
    command->add_option("--seed", words->seed, "Of the weights")->capture_default_str();
    command->add_flag("--list", words->list, "Names only");
    command->callback([words, &run] {
        run = [words] {
            if (words->list) return put("", network_names() + "\n");
            if (words->name.empty()) return refuse("which network? There are " + network_names());
            const Result<Network> network = make_network(words->name, words->seed);
            return network ? put(words->output, format_network(*network)) : refuse(network.error());
        };
    });
}

void add_import(CLI::App& app, Run& run) {
    struct Words {
        std::string file;
        std::string input;
        std::string output;
    };
    CLI::App* command = app.add_subcommand("import", "Turn a TorchScript file into a network description");
    const auto words = std::make_shared<Words>();
    command->add_option("file", words->file, "TorchScript file (.pt)")->required();
    command->add_option("--input", words->input, "Shape of the input, like 1x1x11x11")->required();
    command->add_option("-o,--output", words->output, "File; standard output if none is given");
    command->callback([words, &run] {
        run = [words] {
            const Result<Shape> shape = parse_shape(words->input);
            if (!shape) return refuse(shape.error());
            if (!words->output.empty() && std::freopen(words->output.c_str(), "w", stdout) == nullptr)
                return fail(words->output + ": " + std::strerror(errno));
            return become_import(words->file, words->input);
        };
    });
}

}  // namespace memo::hls

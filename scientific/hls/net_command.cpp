// `hls net` and `hls import`: network descriptions.
#include "scientific/hls/commands.h"
#include "scientific/hls/front/network_json.h"
#include "scientific/hls/nets/nets.h"

#include <sys/wait.h>
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

// Runs hls-import, which writes to standard output; with an output, to a file that is there only if all went
// well.
int run_import(const std::string& file, const std::string& shape, const std::string& output) {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    const std::string other = (self.parent_path() / "hls-import").string();
    if (access(other.c_str(), X_OK) != 0)
        return refuse("hls was built without LibTorch (libtorch-dev), so it cannot read " + file);
    const std::string part = output + ".part";
    if (!output.empty() && std::freopen(part.c_str(), "w", stdout) == nullptr)
        return fail(output + ": " + std::strerror(errno));
    const pid_t child = fork();
    if (child < 0) return fail(other + ": " + std::strerror(errno));
    if (child == 0) {
        execl(other.c_str(), other.c_str(), file.c_str(), shape.c_str(), nullptr);
        say(other + ": " + std::strerror(errno));
        _exit(kBadUsage);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : kFailed;
    if (WIFSIGNALED(status)) say(other + ": ended by signal " + std::to_string(WTERMSIG(status)));
    if (output.empty()) return code;
    if (code != kDone) return std::filesystem::remove(part, error), code;
    std::filesystem::rename(part, output, error);
    return error ? fail(output + ": " + error.message()) : kDone;
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
            return run_import(words->file, words->input, words->output);
        };
    });
}

}  // namespace memo::hls

// Declarations and instances, line by line (openhls_module.h).
#include "scientific/hls/graph/openhls_module.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace memo::hls {

namespace {

constexpr unsigned kMostBits = 64;
constexpr std::array<std::string_view, 8> kCores = {"fadd", "fsub",  "fmul", "fdiv",
                                                    "fmax", "frelu", "fneg", "fsqrt"};

// Words, numbers with their base, and single characters of a line; comments are left out.
std::vector<std::string_view> tokens_of(std::string_view line) {
    const auto in_word = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               c == '$' || c == '\'';
    };
    std::vector<std::string_view> tokens;
    line = line.substr(0, line.find("//"));
    for (std::size_t at = 0; at < line.size();) {
        std::size_t end = at;
        while (end < line.size() && in_word(line[end])) ++end;
        if (end == at) ++end;
        if (const char c = line[at]; c != ' ' && c != '\t' && c != '\r')
            tokens.push_back(line.substr(at, end - at));
        at = end;
    }
    return tokens;
}

std::uint64_t number_of(std::string_view digits, int base) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    return error == std::errc{} && end == digits.data() + digits.size() ? value : 0;
}

// What `input wire [11:0] name;`, `reg [11:0] name = 12'b01…;` and their like declare.
struct Declaration {
    std::string_view name;
    unsigned width = 1;
    std::size_t next = 0;  // the token after the name
};

Declaration declaration_of(const std::vector<std::string_view>& tokens) {
    Declaration declared;
    std::size_t at = 1;
    while (at < tokens.size() && (tokens[at] == "wire" || tokens[at] == "reg" || tokens[at] == "logic")) ++at;
    if (at + 4 < tokens.size() && tokens[at] == "[") {
        declared.width =
            static_cast<unsigned>(std::min<std::uint64_t>(number_of(tokens[at + 1], 10), kMostBits)) + 1;
        at += 5;
    }
    if (at < tokens.size()) declared.name = tokens[at];
    declared.next = at + 1;
    return declared;
}

class Reader {
  public:
    Result<OpenHlsModule> run(std::string_view text) {
        while (!text.empty()) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            if (const auto tokens = tokens_of(text.substr(0, end)); !tokens.empty())
                if (std::string wrong = read(tokens); !wrong.empty()) return Error{wrong};
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        if (made_.name.empty()) return Error{"there is no module in it"};
        if (!clock_ || !reset_) return Error{"module " + made_.name + " has no ports clk and rst"};
        if (made_.outputs.empty()) return Error{"module " + made_.name + " has no outputs"};
        if (made_.states == 0) return Error{"module " + made_.name + " has no parameters fsm_state…"};
        return std::move(made_);
    }

  private:
    std::string read(const std::vector<std::string_view>& tokens) {
        if (tokens[0] == "module" && tokens.size() > 1) {
            if (!made_.name.empty()) return "there is more than one module in it";
            made_.name = tokens[1];
        } else if (tokens[0] == "input" || tokens[0] == "output") {
            return port(tokens);
        } else if (tokens[0] == "reg") {
            initial(tokens);
        } else if (tokens[0] == "parameter" && tokens.size() > 1 && tokens[1].starts_with("fsm_state")) {
            ++made_.states;
        } else {
            // (* keep = "true" *) fadd #(1) fadd_0(
            for (std::size_t at = 0; at + 1 < tokens.size(); ++at)
                if (tokens[at + 1] == "#" &&
                    std::find(kCores.begin(), kCores.end(), tokens[at]) != kCores.end())
                    ++made_.cores[std::string(tokens[at])];
        }
        return {};
    }

    std::string port(const std::vector<std::string_view>& tokens) {
        const Declaration declared = declaration_of(tokens);
        if (declared.name == "clk" || declared.name == "rst") {
            (declared.name == "clk" ? clock_ : reset_) = true;
            return {};
        }
        const std::string name(declared.name);
        if (declared.width > kMostBits) return "port " + name + " is too wide";
        if (made_.width != 0 && made_.width != declared.width)
            return "port " + name + " has " + std::to_string(declared.width) + " bits, others have " +
                   std::to_string(made_.width);
        made_.width = declared.width;
        (tokens[0] == "input" ? made_.inputs : made_.outputs).push_back(name);
        return {};
    }

    void initial(const std::vector<std::string_view>& tokens) {
        const Declaration declared = declaration_of(tokens);
        if (declared.next + 1 >= tokens.size() || tokens[declared.next] != "=") return;
        const std::string_view value = tokens[declared.next + 1];
        const std::size_t quote = value.find("'b");
        if (quote != std::string_view::npos)
            made_.registers[std::string(declared.name)] = number_of(value.substr(quote + 2), 2);
    }

    OpenHlsModule made_;
    bool clock_ = false;
    bool reset_ = false;
};

}  // namespace

Result<OpenHlsModule> parse_openhls_module(std::string_view text) {
    return Reader().run(text);
}

}  // namespace memo::hls

// Reading names character by character (cli/function_names.h).
#include "cli/function_names.h"

#include <cctype>
#include <optional>

namespace memo::cli {

namespace {

constexpr std::string_view kOperator = "operator";
constexpr std::string_view kEllipsis = "…";
constexpr std::string_view kInlineNamespace = "std::__cxx11::";

[[nodiscard]] bool is_letter(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// How long the operator's name is that starts at `at`, so that its brackets are not taken for others: 10 for
// "operator()", 10 for "operator<<"; 0 if none starts there.
[[nodiscard]] std::size_t operator_length(std::string_view name, std::size_t at) {
    const std::string_view rest = name.substr(at);
    if (!rest.starts_with(kOperator) || (at > 0 && is_letter(name[at - 1]))) return 0;
    if (rest.size() > kOperator.size() && is_letter(rest[kOperator.size()])) return 0;
    for (const std::string_view symbol :
         {"()", "<=>", "<<=", ">>=", "->*", "->", "<<", ">>", "<=", ">=", "<", ">"}) {
        if (rest.substr(kOperator.size()).starts_with(symbol)) return kOperator.size() + symbol.size();
    }
    return kOperator.size();
}

[[nodiscard]] bool opens(char c) {
    return c == '<' || c == '(' || c == '[' || c == '{';
}

[[nodiscard]] bool closes(char c) {
    return c == '>' || c == ')' || c == ']' || c == '}';
}

// Past the bracket that closes the one at `open`; nothing if none does.
[[nodiscard]] std::optional<std::size_t> end_of_list(std::string_view name, std::size_t open) {
    std::size_t depth = 0;
    for (std::size_t i = open; i < name.size(); ++i) {
        if (const std::size_t skipped = operator_length(name, i); skipped != 0) {
            i += skipped - 1;
        } else if (name.substr(i).starts_with("->")) {
            ++i;
        } else if (opens(name[i])) {
            ++depth;
        } else if (closes(name[i]) && --depth == 0) {
            return i + 1;
        }
    }
    return std::nullopt;
}

// The arguments of a list, without its brackets, as far as they end within `most` bytes.
[[nodiscard]] std::string folded_arguments(std::string_view arguments, std::size_t most) {
    if (arguments.size() <= most) return std::string(arguments);
    std::size_t kept = 0;  // bytes of whole arguments, with the comma behind the last
    for (std::size_t i = 0; i < arguments.size() && i <= most; ++i) {
        if (opens(arguments[i])) {
            const auto end = end_of_list(arguments, i);
            if (!end) break;
            i = *end - 1;
        } else if (arguments[i] == ',' && i <= most) {
            kept = i + 1;
        }
    }
    if (kept == 0) return std::string(kEllipsis);
    return std::string(arguments.substr(0, kept)) + " " + std::string(kEllipsis);
}

}  // namespace

std::string without_parameters(std::string_view name) {
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (const std::size_t skipped = operator_length(name, i); skipped != 0) {
            i += skipped - 1;
            continue;
        }
        if (!opens(name[i])) continue;
        const auto end = end_of_list(name, i);
        if (!end) break;
        // "(anonymous namespace)::f", and the scope in "f(int)::{lambda()#1}::operator()", are followed by
        // more.
        if (name[i] == '(' && i > 0 && !name.substr(*end).starts_with("::") &&
            name.find("::", *end) == std::string_view::npos)
            return std::string(name.substr(0, i));
        i = *end - 1;
    }
    return std::string(name);
}

std::string folded(std::string_view name, std::size_t most) {
    std::string text;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const std::size_t skipped = operator_length(name, i);
        if (name.substr(i).starts_with(kInlineNamespace)) {
            text += "std::";
            i += kInlineNamespace.size() - 1;
        } else if (skipped != 0) {
            text += name.substr(i, skipped);
            i += skipped - 1;
        } else if (name[i] == '<' && i != 0) {
            const auto end = end_of_list(name, i);
            if (!end) return std::string(name);
            text += "<" + folded_arguments(name.substr(i + 1, *end - i - 2), most) + ">";
            i = *end - 1;
        } else {
            text += name[i];
        }
    }
    return text;
}

}  // namespace memo::cli

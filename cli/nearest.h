// The name that somebody probably meant: edit distance over a short list of names.
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace memo::cli {

// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other (the optimal
// string alignment distance). O(product of the lengths).
[[nodiscard]] std::size_t edit_distance(std::string_view from, std::string_view to);

// The closest of `names`, the first among equals; empty if there are none. A name that `word` begins counts
// as closer than any other, the shortest first.
[[nodiscard]] std::string nearest(std::string_view word, std::span<const std::string> names);

}  // namespace memo::cli

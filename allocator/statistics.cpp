// Formatting statistics in fixed buffers (allocator/statistics.h).
#include "allocator/statistics.h"

#include "allocator/message.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace memo {

namespace {

// A string as JSON, cut to fit.
class Quoted {
  public:
    explicit Quoted(const char* text) {
        std::size_t at = 0;
        for (; *text != '\0' && at < sizeof text_ - 8; ++text) {
            const auto byte = static_cast<unsigned char>(*text);
            if (byte == '"' || byte == '\\') {
                text_[at++] = '\\';
                text_[at++] = *text;
            } else if (byte < 0x20) {
                at += static_cast<std::size_t>(std::snprintf(text_ + at, 8, "\\u%04x", byte));
            } else {
                text_[at++] = *text;
            }
        }
        text_[at] = '\0';
    }
    [[nodiscard]] const char* text() const { return text_; }

  private:
    char text_[4096];
};

template <class... Arguments>
void print(int file, const char* format, Arguments... arguments) {
    char text[16384];
    const int length = std::snprintf(text, sizeof text, format, arguments...);
    if (length > 0)
        write_all(file, text,
                  static_cast<std::size_t>(length) < sizeof text ? static_cast<std::size_t>(length)
                                                                 : sizeof text - 1);
}

using Long = unsigned long long;

}  // namespace

void Statistics::add(const ReplayCounts& other) {
    counts.rounds += other.rounds;
    counts.hits += other.hits;
    counts.unmatched += other.unmatched;
    counts.occupied += other.occupied;
    counts.left_out += other.left_out;
    counts.skipped += other.skipped;
    counts.restarts += other.restarts;
}

double Statistics::hit_rate() const {
    const std::uint64_t passed = counts.hits + counts.occupied + counts.skipped;
    return passed == 0 ? 0 : static_cast<double>(counts.hits) / static_cast<double>(passed);
}

void write_statistics_text(const Statistics& s, int file) {
    print(file,
          "memomalloc %d: %s (plan %s, next allocator %s)\n"
          "  rounds %llu (%llu begun again), hits %llu (%.2f %% of the slots passed), skipped %llu\n"
          "  misses: unmatched %llu, occupied %llu, left out %llu, no arena %llu\n"
          "  %llu plans, %llu slots, %llu arenas, %llu bytes of arena, max load %llu bytes\n",
          s.process, s.state, *s.plan == '\0' ? "none" : s.plan, s.next_allocator, Long{s.counts.rounds},
          Long{s.counts.restarts}, Long{s.counts.hits}, 100 * s.hit_rate(), Long{s.counts.skipped},
          Long{s.counts.unmatched}, Long{s.counts.occupied}, Long{s.counts.left_out}, Long{s.no_arena},
          Long{s.plans}, Long{s.planned_slots}, Long{s.arenas}, Long{s.arena_bytes}, Long{s.max_load});
}

void write_statistics_json(const Statistics& s, int file) {
    print(file,
          "{\"rounds\": %llu, \"hits\": %llu,\n"
          " \"misses\": {\"unmatched\": %llu, \"occupied\": %llu, \"left_out\": %llu, \"no_arena\": %llu},\n"
          " \"skipped\": %llu, \"restarts\": %llu, \"hit_rate\": %.6f,\n"
          " \"plans\": %llu, \"planned_slots\": %llu, \"arenas\": %llu, \"arena_bytes\": %llu, \"height\": "
          "%llu, "
          "\"max_load\": %llu,\n"
          " \"plan\": \"%s\", \"state\": \"%s\", \"next_allocator\": \"%s\", \"process\": %d}\n",
          Long{s.counts.rounds}, Long{s.counts.hits}, Long{s.counts.unmatched}, Long{s.counts.occupied},
          Long{s.counts.left_out}, Long{s.no_arena}, Long{s.counts.skipped}, Long{s.counts.restarts},
          s.hit_rate(), Long{s.plans}, Long{s.planned_slots}, Long{s.arenas}, Long{s.arena_bytes},
          Long{s.height}, Long{s.max_load}, Quoted(s.plan).text(), Quoted(s.state).text(),
          Quoted(s.next_allocator).text(), s.process);
}

void write_statistics_file(const Statistics& statistics, const char* path) {
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) {
        say("%s: the statistics cannot be written: %s", path, std::strerror(errno));
        return;
    }
    const std::size_t length = std::strlen(path);
    if (length >= 5 && std::strcmp(path + length - 5, ".json") == 0) {
        write_statistics_json(statistics, file);
    } else {
        write_statistics_text(statistics, file);
    }
    close(file);
}

}  // namespace memo

// The phases in order (compile.h).
#include "scientific/hls/compile.h"

#include "include/memomalloc.h"
#include "scientific/hls/front/network_json.h"
#include "scientific/hls/schedule/validator.h"
#include "scientific/strict_json.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

namespace memo::hls {

namespace {

using Json = StrictJson;

std::uint64_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t whole = 0;
    std::uint64_t resident = 0;
    statm >> whole >> resident;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

// Phases one after the other, by time, by memory, and as labels for `memo trace`.
class Clock {
  public:
    explicit Clock(std::vector<Phase>& phases) : phases_(phases) {}
    void begin(const char* name) {
        end();
        name_ = name;
        label_.emplace(name);
        start_ = std::chrono::steady_clock::now();
    }
    void end() {
        if (!label_) return;
        const auto now = std::chrono::steady_clock::now();
        phases_.push_back({name_, std::chrono::duration<double>(now - start_).count(), resident_bytes()});
        label_.reset();
    }

  private:
    std::vector<Phase>& phases_;
    const char* name_ = "";
    std::optional<Label> label_;
    std::chrono::steady_clock::time_point start_;
};

// Who to blame where there is too much to do.
std::string busiest_layer(const Graph& graph) {
    std::vector<std::size_t> operations(graph.layers.size(), 0);
    for (const Node& node : graph.nodes) operations[node.layer] += is_operation(node.kind) ? 1 : 0;
    const auto most = std::max_element(operations.begin(), operations.end());
    return "; layer " + graph.layers[static_cast<std::size_t>(most - operations.begin())] + " alone has " +
           std::to_string(*most) + " operations";
}

}  // namespace

Result<Compiled> compile(const Network& network, const CompileOptions& options) {
    Compiled made;
    made.network = fold_batch_norms(network);
    made.options = options;
    made.options.schedule.latencies = latencies_of(options.format);
    made.options.lower.latencies = made.options.schedule.latencies;
    Clock clock(made.phases);

    clock.begin("lower");
    const Result<std::vector<Shape>> shapes = shapes_of(made.network);
    if (!shapes) return Error{shapes.error()};
    made.macs = count_macs(made.network, *shapes);
    Result<Graph> graph = lower(made.network, made.options.lower);
    if (!graph) return Error{graph.error()};
    made.graph = std::move(graph).value();

    clock.begin("schedule");
    made.work = work_of(made.graph);
    if (made.work.mac + made.work.functions == 0) return Error{"the network computes nothing"};
    Result<Schedule> scheduled = schedule(made.graph, made.options.schedule);
    if (!scheduled) return Error{scheduled.error() + busiest_layer(made.graph)};
    made.schedule = std::move(scheduled).value();
    made.bounds = bounds_of(made.graph, made.options.schedule.latencies, options.schedule.elements);

    clock.begin("buffers");
    made.buffers = buffer_problem(made.graph, made.schedule);
    const Result<BufferPlan> plan = plan_buffers(made.graph, made.buffers, made.schedule);
    if (!plan) return Error{"buffers: " + plan.error()};
    made.plan = *plan;

    clock.begin("validate");
    if (const std::string fault = find_fault(made.graph, made.schedule); !fault.empty())
        return Error{"the schedule is wrong, which is a bug of hls: " + fault};
    clock.end();
    return made;
}

std::string format_options(const CompileOptions& options) {
    const ScheduleOptions& schedule = options.schedule;
    const Json object = {{"format", options.format.name()},
                         {"clock_ns", options.clock_ns},
                         {"longest_chain", options.lower.longest_chain},
                         {"quick_elements", options.lower.quick_elements},
                         {"elements", schedule.elements},
                         {"pipelined", schedule.pipelined},
                         {"interval", schedule.interval},
                         {"accumulators", schedule.accumulators},
                         {"read_ports", schedule.read_ports}};
    return object.dump(2) + "\n";
}

Result<CompileOptions> parse_options(std::string_view json) {
    try {
        const Json object = Json::parse(json);
        CompileOptions options;
        const Result<Format> format = parse_format(object.at("format").get<std::string>());
        if (!format) return Error{format.error()};
        options.format = *format;
        options.clock_ns = object.at("clock_ns").get<double>();
        options.lower.longest_chain = object.at("longest_chain").get<std::size_t>();
        options.lower.quick_elements = object.value("quick_elements", std::size_t{0});
        options.schedule.elements = object.at("elements").get<std::uint32_t>();
        options.schedule.pipelined = object.at("pipelined").get<bool>();
        options.schedule.interval = object.at("interval").get<std::uint32_t>();
        options.schedule.accumulators = object.at("accumulators").get<std::uint32_t>();
        options.schedule.read_ports = object.at("read_ports").get<std::uint32_t>();
        return options;
    } catch (const Json::exception&) {
        return Error{"not the options of a design"};
    }
}

Result<Compiled> compile_folder(const std::filesystem::path& folder) {
    const auto options_file = folder / "design.json";
    const auto network_file = folder / "source.json";
    const Result<std::string> options_text = read_text_file(options_file);
    if (!options_text) return Error{options_text.error() + "; is it a folder that hls compile wrote?"};
    const Result<CompileOptions> options = parse_options(*options_text);
    if (!options) return Error{options_file.string() + ": " + options.error()};
    const Result<std::string> network_text = read_text_file(network_file);
    if (!network_text) return Error{network_text.error()};
    const Result<Network> network = parse_network(*network_text);
    if (!network) return Error{network_file.string() + ": " + network.error()};
    Result<Compiled> made = compile(*network, *options);
    if (!made) return Error{folder.string() + ": " + made.error()};
    return made;
}

Result<std::string> read_text_file(const std::filesystem::path& file) {
    std::error_code error;
    if (std::filesystem::is_directory(file, error)) return Error{file.string() + " is a folder"};
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    if (stream && stream.peek() != std::ifstream::traits_type::eof()) text << stream.rdbuf();
    if (!stream.is_open() || stream.bad() || text.bad())
        return Error{file.string() + ": " + std::generic_category().message(errno != 0 ? errno : EIO)};
    return std::move(text).str();
}

std::string write_text_file(const std::filesystem::path& file, std::string_view text) {
    const std::filesystem::path part = file.string() + ".part";
    errno = 0;
    std::ofstream stream(part, std::ios::binary | std::ios::trunc);
    stream.write(text.data(), static_cast<std::streamsize>(text.size()));
    stream.close();
    std::error_code error;
    if (!stream)
        error = std::error_code(errno != 0 ? errno : EIO, std::generic_category());
    else
        std::filesystem::rename(part, file, error);
    if (!error) return {};
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    return file.string() + ": " + error.message();
}

}  // namespace memo::hls

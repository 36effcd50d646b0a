// Models: long strain and windows say the same, whatever the blocks; training makes the same file again.
#include "scientific/ligo/nets/model.h"
#include "scientific/ligo/nets/training.h"
#include "scientific/ligo/strain/random.h"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>

using namespace memo::ligo;

namespace {

class Trained {
  public:
    Trained()
        : path_((std::filesystem::temp_directory_path() /
                 ("ligo_nets_test." + std::to_string(getpid()) + ".pt"))
                    .string()) {
        make();
    }
    ~Trained() { std::filesystem::remove(path_); }
    Trained(const Trained&) = delete;
    Trained& operator=(const Trained&) = delete;

    void make() const {
        TrainingOptions options = training_of(1, 5);
        options.architecture.channels = 4;
        options.architecture.joined = 4;
        options.steps = 3;
        options.batch = 2;
        options.examples.noise_seconds = 64;
        options.examples.waveforms = 8;
        options.examples.frames = 128;
        const auto record = train(path_, options, "cpu", [](int, double) { return true; });
        REQUIRE(record.ok());
        CHECK(record->losses.size() == 1);
    }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

[[nodiscard]] std::vector<float> noise(std::size_t count, std::uint64_t stream_number) {
    const RandomStream stream(3, stream_number);
    std::vector<float> samples(count);
    for (std::size_t i = 0; i < count; ++i) samples[i] = stream.normals(i).first;
    return samples;
}

}  // namespace

TEST_CASE("a model says of long strain what it says of windows, in blocks of any length") {
    const Trained trained;
    const auto model = Model::load(trained.path());
    REQUIRE(model.ok());
    const Architecture& net = model->architecture();
    const std::size_t size = 6 * 1024 + 40;
    const auto first = noise(size, 1);
    const auto second = noise(size, 2);
    const Track whole = model->run(first, second, std::size_t{8} * 1024);
    for (const std::size_t block : {std::size_t{8}, std::size_t{1000}, std::size_t{3000}}) {
        const Track again = model->run(first, second, block);
        REQUIRE(again.log_odds.size() == whole.log_odds.size());
        for (std::size_t i = 0; i < whole.log_odds.size(); ++i)
            CHECK(again.log_odds[i] == Approx(whole.log_odds[i]).margin(1e-4));
    }
    // Frame i of long strain ends with sample stem - 1 + i stride behind the silence before it.
    const std::size_t reach = net.reach();
    const auto stride = static_cast<std::size_t>(net.stride);
    for (std::size_t begin = 0; begin + reach + 256 <= size; begin += 1000) {
        const std::size_t from = begin / stride * stride;
        const auto part = model->window(std::span(first).subspan(from, reach + 256),
                                        std::span(second).subspan(from, reach + 256));
        REQUIRE(part.size() == 256 / stride + 1);
        const std::size_t offset = (from + reach) / stride - 1;
        for (std::size_t i = 0; i < part.size(); ++i)
            CHECK(part[i] == Approx(whole.log_odds[offset + i]).margin(1e-4));
    }
}

TEST_CASE("the same training gives the same file") {
    const Trained trained;
    const auto model = Model::load(trained.path());
    REQUIRE(model.ok());
    const auto first = noise(4096, 1);
    const auto second = noise(4096, 2);
    const auto before = model->window(first, second);
    trained.make();
    const auto again = Model::load(trained.path());
    REQUIRE(again.ok());
    CHECK(again->window(first, second) == before);
    CHECK(record_of_json(again->record())->options.examples.seed == 6);
}

TEST_CASE("what is no model is refused in one line") {
    const auto path =
        (std::filesystem::temp_directory_path() / ("ligo_nets_none." + std::to_string(getpid()) + ".pt"))
            .string();
    CHECK(Model::load(path).error().find(path) == 0);
    std::ofstream(path) << "nonsense";
    const auto refused = Model::load(path);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().find(path + ": is no model of ligo train") == 0);
    CHECK(refused.error().find('\n') == std::string::npos);
    std::filesystem::remove(path);
}

TEST_CASE("examples are the same whatever batch they are made in, and mark what they put in") {
    const Architecture net;
    ExampleOptions options;
    options.noise_seconds = 64;
    options.waveforms = 4;
    options.rate = 2;
    options.others = 0;
    const Examples examples(net, options);
    Batch all;
    Batch one;
    examples.make(3, 4, 12, all);
    examples.make(5, 1, 12, one);
    const std::size_t each = 2 * examples.samples();
    CHECK(std::equal(one.strain.begin(), one.strain.end(),
                     all.strain.begin() + static_cast<std::ptrdiff_t>(2 * each)));
    const auto positive = std::count(all.targets.begin(), all.targets.end(), 1.0F);
    CHECK(positive > 4L * net.width);
    CHECK(static_cast<std::size_t>(positive) < all.targets.size() / 2);
}

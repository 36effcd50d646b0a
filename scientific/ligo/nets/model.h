// Trained networks and what they say of strain. LibTorch is behind this, not in it.
//
// A file is a TorchScript archive (any LibTorch or PyTorch from 1.13 on loads it) with one more entry,
// record.json: the architecture, and how it was trained.
#pragma once

#include "common/result.h"
#include "scientific/ligo/nets/architecture.h"
#include "scientific/ligo/search/track.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace memo::ligo {

class Model {
  public:
    // "cpu", or "cuda" where LibTorch has it. The error begins with the path.
    [[nodiscard]] static Result<Model> load(const std::string& path, const std::string& device = "cpu");
    Model(Model&&) noexcept;
    Model& operator=(Model&&) noexcept;
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;
    ~Model();

    [[nodiscard]] const Architecture& architecture() const { return architecture_; }
    [[nodiscard]] const std::string& record() const { return record_; }  // JSON
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::string& checksum() const { return checksum_; }  // CRC-32C of the file, in hex

    // Over white strain of any length (as condition() gives it, at kNetRate; both as long), `block` samples
    // at a time and none twice. Before the strain and behind it is silence; a merger anywhere in it has its
    // frames. Any number of threads may call this.
    [[nodiscard]] Track run(std::span<const float> first, std::span<const float> second,
                            std::size_t block = 8192) const;
    // Over one window: the frames that depend on it alone. What run() is compared with.
    [[nodiscard]] std::vector<float> window(std::span<const float> first,
                                            std::span<const float> second) const;

  private:
    struct Torch;
    Model();

    Architecture architecture_;
    std::string record_;
    std::string name_;
    std::string checksum_;
    std::unique_ptr<Torch> torch_;
};

// All *.pt of a folder, by name. The error begins with the path.
[[nodiscard]] Result<std::vector<Model>> load_models(const std::string& folder,
                                                     const std::string& device = "cpu");

}  // namespace memo::ligo

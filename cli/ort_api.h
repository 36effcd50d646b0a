// Names for the functions of ONNX Runtime's C interface, `OrtApi::Run` and the like, in a library that
// exports nothing but OrtGetApiBase.
//
// The interface is a table of functions whose order never changes (onnxruntime_c_api.h says so); it is found
// as a program finds it: OrtGetApiBase gives the address of a structure whose first word is GetApi, which
// gives the table's. Both addresses are read off the functions' instructions (x86-64: lea of an address
// relative to the next instruction). Invariants: names are given only where what is found is a table of many
// functions. Thread safety: const functions from any thread.
#pragma once

#include "cli/elf_image.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace memo {

class OrtApiNames {
  public:
    OrtApiNames() = default;  // knows nothing
    explicit OrtApiNames(Elf* elf);

    // The name of the function that covers `offset` (from the load bias).
    [[nodiscard]] std::optional<std::string> function_at(std::uint64_t offset) const;

  private:
    struct Function {
        ElfImage::Range range;
        const char* name = nullptr;
    };
    std::vector<Function> functions_;
};

}  // namespace memo

// Telling whether a return address is one of the plan's callers. A plan names callers as (module, offset),
// because libraries are loaded late and at random places; each is resolved the first time it is met and then
// is one compare.
//
// Invariant: an address cached for caller k was (module, offset) of k when it was looked up. A module that is
// unloaded and replaced by another at the same place can make a later answer wrong; that costs a prediction,
// never safety. Thread safety: all functions after `prepare`.
#pragma once

#include "common/plan_view.h"

#include <atomic>
#include <cstdint>

namespace memo {

// A path of a module, and the address less its load bias; no module where there is none. `program` is the
// path of the executable, which the loader does not know.
struct ModulePlace {
    const char* module = nullptr;
    std::uint64_t offset = 0;
};
[[nodiscard]] ModulePlace module_place(const void* address, const char* program);

class Callers {
  public:
    // `memory`: one zeroed word a caller of the plan.
    void prepare(const PlanView& plan, void* memory) {
        plan_ = plan;
        addresses_ = static_cast<std::atomic<std::uintptr_t>*>(memory);
    }
    [[nodiscard]] static std::size_t memory_needed(const PlanView& plan) {
        return plan.callers().size() * sizeof(std::atomic<std::uintptr_t>);
    }

    // Whether it is known already that `address` is that caller.
    [[nodiscard]] bool is_known(std::uint32_t caller, const void* address) const {
        const auto wanted = reinterpret_cast<std::uintptr_t>(address);
        return addresses_[caller].load(std::memory_order_relaxed) == wanted;
    }
    [[nodiscard]] bool matches(std::uint32_t caller, const void* address) const {
        return is_known(caller, address) || look_up(caller, reinterpret_cast<std::uintptr_t>(address));
    }

    // Looks up every caller whose module is loaded now, so that none is looked up later, when time counts.
    void resolve_all() const;

  private:
    [[nodiscard]] bool look_up(std::uint32_t caller, std::uintptr_t address) const;

    PlanView plan_;
    std::atomic<std::uintptr_t>* addresses_ = nullptr;
};

}  // namespace memo

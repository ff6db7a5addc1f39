// The parts of a batch that threads multiply by the same blended weights at the same time: each computes some panels of
// the weights, for the rows of all parts.
#pragma once
#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>
#include "layers/blended.h"
#include "threads/team.h"

namespace mt {

// One pass over one part.
struct BlendedPass {
    BlendedSizes sizes;
    bool is_backward;
    BlendedWanted wanted;
    const float *coefficients, *sets, *origin;

    // Whether the weights, and what is computed with them, are the same.
    bool is_like(const BlendedPass& other) const {
        const auto &a = sizes, &b = other.sizes;
        return is_backward == other.is_backward && wanted == other.wanted && sets == other.sets && origin == other.origin &&
               a.tasks == b.tasks && a.inputs == b.inputs && a.units == b.units && a.sets == b.sets &&
               std::memcmp(coefficients, other.coefficients, a.tasks * a.sets * sizeof(float)) == 0;
    }
};

inline BlendedPass blended_pass(BlendedSizes sizes, const at::Tensor& coefficients, const at::Tensor& sets, const at::Tensor& origin) {
    return {sizes, false, {}, coefficients.data_ptr<float>(), sets.data_ptr<float>(),
            sizes.has_origin ? origin.data_ptr<float>() : nullptr};
}

// Sets of fewer numbers in all are blended by each thread.
constexpr int64_t SharedNumbers = 1 << 16;

// The passes of all threads of the calling thread's team, in their order, or its own alone; `Pass` is a BlendedPass. None
// goes on before all have ended theirs.
template <class Pass>
class BlendedParts {
public:
    explicit BlendedParts(const Pass& mine) : _passes{&mine} {
        const auto& s = mine.sizes;
        if (!is_in_team() || s.sets * s.inputs * s.units < SharedNumbers) return;
        _rendezvous.emplace(static_cast<const BlendedPass*>(&mine));
        const auto& offers = _rendezvous->offers();
        const auto pass = [](const void* offer) { return static_cast<const BlendedPass*>(offer); };
        if (!std::all_of(offers.begin(), offers.end(), [&](const void* offer) { return mine.is_like(*pass(offer)); })) return;
        _passes.clear();
        for (const auto* offer : offers) _passes.push_back(static_cast<const Pass*>(pass(offer)));
        _place = _rendezvous->place();
    }

    auto begin() const { return _passes.begin(); }
    auto end() const { return _passes.end(); }
    const Pass& first() const { return *_passes.front(); }

    int64_t count() const { return static_cast<int64_t>(_passes.size()); }

    // Whether the calling thread computes a panel.
    bool computes(int64_t panel) const { return panel % count() == _place; }

private:
    std::optional<Rendezvous> _rendezvous;
    std::vector<const Pass*> _passes;
    int64_t _place = 0;
};

}  // namespace mt

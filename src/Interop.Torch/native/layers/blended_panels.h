// How blended weights are divided into what fits the second cache.
#pragma once
#include <algorithm>
#include "kernels/blend.h"
#include "layers/blended_parts.h"

namespace mt {

// Numbers of the panels of a group of tasks: about those of a second cache of 2 MB.
constexpr int64_t GroupNumbers = 450000;

// A part of the rows or columns of W, as near to the size as whole vectors allow.
struct Panel {
    int64_t first, count;
};

// Some tasks and a panel of their weights.
struct Group {
    int64_t task, tasks;
    Panel panel;
};

// How W is divided: into equal groups of tasks and equal panels of its rows, or columns, `across` numbers each.
class Panels {
public:
    // A multiple of `threads` panels, as far as each has a whole vector: of fewer columns products add in another order.
    Panels(int64_t tasks, int64_t lines, int64_t across, int64_t threads)
        : _tasks(tasks), _lines(lines), _group(ceil_divide(tasks, ceil_divide(tasks, BlendedTasks))) {
        const auto fitting = std::max<int64_t>(GroupNumbers / (_group * across) / 16, 1);
        const auto rounds = std::max<int64_t>((vectors() + fitting * threads / 2) / (fitting * threads), 1);
        _count = std::min(rounds * threads, std::max<int64_t>(lines / 16, 1));
        _numbers = 16 * ceil_divide(vectors(), _count) * across;
    }

    // Most numbers of a panel, of all of its tasks.
    int64_t numbers() const { return _numbers; }
    int64_t group_numbers() const { return _group * _numbers; }

    // The panels of one thread.
    template <class Pass, class Body>
    void each(const BlendedParts<Pass>& parts, Body&& body) const {
        for (int64_t i = 0; i < _count; ++i) {
            if (!parts.computes(i)) continue;
            const auto first = at(i);
            for (int64_t t = 0; t < _tasks; t += _group) body(Group{t, std::min(_group, _tasks - t), {first, at(i + 1) - first}});
        }
    }

private:
    static int64_t ceil_divide(int64_t n, int64_t size) { return (n + size - 1) / size; }
    int64_t vectors() const { return ceil_divide(_lines, 16); }
    int64_t at(int64_t panel) const { return std::min(16 * (vectors() * panel / _count), _lines); }

    int64_t _tasks, _lines, _group, _count, _numbers;
};

inline const float* origin_at(const BlendedPass& pass, int64_t number) { return pass.origin ? pass.origin + number : nullptr; }

}  // namespace mt

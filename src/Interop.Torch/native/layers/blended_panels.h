// How blended weights are divided into what fits the second cache.
#pragma once
#include <algorithm>
#include "kernels/blend.h"
#include "layers/blended.h"

namespace mt {

// Numbers of the panels of a group of tasks: these stay in the second cache.
constexpr int64_t GroupNumbers = 350000;

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
    Panels(int64_t tasks, int64_t lines, int64_t across)
        : _tasks(tasks), _lines(lines), _group(parts(tasks, parts(tasks, BlendedTasks))) {
        const auto fitting = std::max<int64_t>(GroupNumbers / (_group * across) / 16, 1);
        _count = std::max<int64_t>((vectors() + fitting / 2) / fitting, 1);
        _numbers = 16 * parts(vectors(), _count) * across;
    }

    // Most numbers of a panel, of all of its tasks.
    int64_t numbers() const { return _numbers; }
    int64_t group_numbers() const { return _group * _numbers; }

    template <class Body>
    void each(Body&& body) const {
        for (int64_t i = 0; i < _count; ++i) {
            const auto first = at(i);
            for (int64_t t = 0; t < _tasks; t += _group) body(Group{t, std::min(_group, _tasks - t), {first, at(i + 1) - first}});
        }
    }

private:
    static int64_t parts(int64_t n, int64_t size) { return (n + size - 1) / size; }
    int64_t vectors() const { return parts(_lines, 16); }
    int64_t at(int64_t panel) const { return std::min(16 * (vectors() * panel / _count), _lines); }

    int64_t _tasks, _lines, _group, _count, _numbers;
};

inline const float* origin_at(BlendedSizes s, const at::Tensor& origin, int64_t number) {
    return s.has_origin ? origin.data_ptr<float>() + number : nullptr;
}

}  // namespace mt

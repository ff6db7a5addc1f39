// Adam (Kingma and Ba 2015, arXiv:1412.6980) over flat vectors, out of place, in one pass over memory,
// for one gradient or the sum of several by a balanced tree; and the Polyak average of two vectors.
//
// The order of operations is as in torch.optim.Adam without foreach: moments first, then
// denominator = sqrt(v) / sqrt(1 - beta2^t) + epsilon, then p - (rate / (1 - beta1^t)) * m / denominator.
// Scalars are computed in double and rounded once, as libtorch does. By the flags of CMakeLists.txt the square root is
// vectorised, and the result is the same on every processor.
//
// Subnormal numbers count as zero, but in sums of gradients, parts of which other processes add up: moments below 1e-38 (float) move a parameter by less than epsilon's rounding.
//
// Both count the blocks of results that hold a number that is not finite: the numbers are in registers here, so that
// the check takes no time, where a second pass over memory would take a hundredth of an update.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include "clones.h"
#include "flush_subnormal.h"
#include "mtrl_kernels.h"

static std::atomic<int64_t> not_finite{0};

int64_t mt_not_finite(void) { return not_finite.load(std::memory_order_relaxed); }

static void count(bool bad) {
    if (bad) not_finite.fetch_add(1, std::memory_order_relaxed);
}

// Numbers whose sums stay in the L1 cache.
static constexpr int64_t block = 2048;

// The parts on the left of a balanced tree: as many as fit of a power of two, so that sums of aligned blocks of parts are its branches.
static int32_t halves(int32_t parts) {
    int32_t left = 1;
    while (2 * left < parts) left *= 2;
    return left;
}

template <class T>
struct AdamFactors {
    T beta1, rest1, beta2, rest2, decay, root, epsilon, step;
};

// `Flag` is as wide as a number, so that comparisons and numbers share vectors.
#define MT_ADAM(name, polyak, T, Flag)                                                                                     \
    MT_CLONES static Flag name##_pass(int64_t n, const AdamFactors<T>& f, const T* __restrict g,                 \
                                      const T* __restrict p, const T* __restrict m, const T* __restrict v,           \
                                      T* __restrict p1, T* __restrict m1, T* __restrict v1) {                        \
        const T most = std::numeric_limits<T>::max();                                                                \
        Flag bad = 0;                                                                                                \
        for (int64_t i = 0; i < n; ++i) {                                                                            \
            T d = g[i] + f.decay * p[i];                                                                             \
            T a = m[i] * f.beta1 + f.rest1 * d;                                                                      \
            T b = v[i] * f.beta2 + f.rest2 * d * d;                                                                  \
            m1[i] = a;                                                                                               \
            v1[i] = b;                                                                                               \
            T c = p[i] + f.step * a / (std::sqrt(b) / f.root + f.epsilon);                                           \
            p1[i] = c;                                                                                               \
            bad |= !(std::fabs(c) <= most) | !(b <= most);                                                           \
        }                                                                                                            \
        return bad;                                                                                                  \
    }                                                                                                                \
    MT_CLONES static Flag name##_polyak(int64_t n, T tau, T rest, const T* __restrict p,                             \
                                        const T* __restrict target, T* __restrict target1) {                         \
        const T most = std::numeric_limits<T>::max();                                                                \
        Flag bad = 0;                                                                                                \
        for (int64_t i = 0; i < n; ++i) {                                                                            \
            T c = tau * p[i] + rest * target[i];                                                                     \
            target1[i] = c;                                                                                          \
            bad |= !(std::fabs(c) <= most);                                                                          \
        }                                                                                                            \
        return bad;                                                                                                  \
    }                                                                                                                \
    MT_CLONES static void name##_add(int64_t n, const T* x, const T* y, T* sum) {                                    \
        for (int64_t i = 0; i < n; ++i) sum[i] = x[i] + y[i];                                                        \
    }                                                                                                                \
    static const T* name##_sum(int64_t n, int64_t at, int32_t parts, const T* const* g, T* sum) {                    \
        if (parts == 1) return g[0] + at;                                                                            \
        T other[block];                                                                                              \
        const int32_t left = halves(parts);                                                                          \
        const T* x = name##_sum(n, at, left, g, sum);                                                                \
        name##_add(n, x, name##_sum(n, at, parts - left, g + left, other), sum);                                     \
        return sum;                                                                                                  \
    }                                                                                                                \
    void name(int64_t first, int64_t end, const mt_adam* rule, const T* const* g, int32_t parts, const T* p, const T* m,\
              const T* v, T* p1, T* m1, T* v1) {                                                                     \
        const double t = static_cast<double>(rule->step);                                                             \
        const double root = std::sqrt(1.0 - std::pow(rule->beta2, t));                                                \
        const double step = -(rule->rate / (1.0 - std::pow(rule->beta1, t)));                                          \
        const AdamFactors<T> f{T(rule->beta1), T(1.0 - rule->beta1), T(rule->beta2), T(1.0 - rule->beta2),           \
                               T(rule->decay), T(root), T(rule->epsilon), T(step)};                                  \
        T sum[block];                                                                                                \
        for (int64_t at = first, next; at < end; at = next) {                                                        \
            next = std::min(end, at + block);                                                                        \
            const T* d = name##_sum(next - at, at, parts, g, sum);                                                   \
            const mt::FlushSubnormal flush;                                                                          \
            count(name##_pass(next - at, f, d, p + at, m + at, v + at, p1 + at, m1 + at, v1 + at) != 0);             \
        }                                                                                                            \
    }                                                                                                                \
    void polyak(int64_t n, double tau, const T* source, const T* target, T* to) {                                    \
        count(name##_polyak(n, T(tau), T(1.0 - tau), source, target, to) != 0);                                      \
    }

MT_ADAM(mt_adam_f32, mt_polyak_f32, float, int32_t)
MT_ADAM(mt_adam_f64, mt_polyak_f64, double, int64_t)

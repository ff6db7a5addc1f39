// Returns of action sequences: see rollout.h.
#include "kernels/rollout.h"

#if defined(__x86_64__)
#include "kernels/product_avx512.h"

namespace {

// Candidates of a block: at most four vectors, whose activations fit into the first cache.
constexpr int64_t Lanes = 16, Vectors = 4;

int64_t widest(const mt::Rollout& r) {
    int64_t units = r.states + r.actions;
    for (int64_t i = 0; i < r.count; ++i) units = units > r.layers[i].units ? units : r.layers[i].units;
    return units;
}

// Units `unit` to unit + Units of a layer on a block of candidates.
template <int Units, int V>
MT_INLINE void units_of(const mt::RolloutLayer& layer, int64_t unit, bool has_relu, const float* x, float* y) {
    __m512 sums[Units][V];
    for (int u = 0; u < Units; ++u)
        for (int v = 0; v < V; ++v) sums[u][v] = _mm512_set1_ps(layer.bias[unit + u]);
    for (int64_t k = 0; k < layer.inputs; ++k) {
        const float* weight = layer.weight + k * layer.units + unit;
        __m512 inputs[V];
        for (int v = 0; v < V; ++v) inputs[v] = _mm512_load_ps(x + (k * V + v) * Lanes);
        for (int u = 0; u < Units; ++u) {
            const __m512 w = _mm512_set1_ps(weight[u]);
            for (int v = 0; v < V; ++v) sums[u][v] = _mm512_fmadd_ps(w, inputs[v], sums[u][v]);
        }
    }
    for (int u = 0; u < Units; ++u)
        for (int v = 0; v < V; ++v)
            _mm512_store_ps(y + ((unit + u) * V + v) * Lanes, has_relu ? relu(sums[u][v]) : sums[u][v]);
}

template <int V>
void layer_of(const mt::RolloutLayer& layer, bool has_relu, const float* x, float* y) {
    int64_t unit = 0;
    for (; unit + 4 <= layer.units; unit += 4) units_of<4, V>(layer, unit, has_relu, x, y);
    for (; unit < layer.units; ++unit) units_of<1, V>(layer, unit, has_relu, x, y);
}

// A block of 16 V candidates, the last of which may be absent.
template <int V>
void block(const mt::Rollout& r, int64_t first, float* workspace, float* returns) {
    const int64_t width = V * Lanes, area = widest(r) * width;
    float *input = workspace, *even = input + area, *odd = even + area;
    float alive[V * Lanes], total[V * Lanes];
    for (int64_t c = 0; c < width; ++c) alive[c] = 1.0f, total[c] = 0.0f;
    for (int64_t s = 0; s < r.states; ++s)
        for (int64_t c = 0; c < width; ++c) input[s * width + c] = r.state[s];
    float scale = 1.0f;
    for (int64_t t = 0; t < r.steps; ++t) {
        for (int64_t a = 0; a < r.actions; ++a)
            for (int v = 0; v < V; ++v) {
                const int64_t at = first + v * Lanes;
                const __mmask16 mask = mask_of(r.candidates - at);
                _mm512_store_ps(input + ((r.states + a) * V + v) * Lanes,
                                _mm512_maskz_loadu_ps(mask, r.sequences + (t * r.actions + a) * r.candidates + at));
            }
        const float* x = input;
        float* y = even;
        for (int64_t i = 0; i < r.count; ++i) {
            layer_of<V>(r.layers[i], i < r.count - 1, x, y);
            x = y;
            y = y == even ? odd : even;
        }
        for (int64_t i = 0; i < r.states * width; ++i) input[i] += x[i];
        const float *reward = x + r.states * width, *end = reward + width;
        for (int64_t c = 0; c < width; ++c) total[c] += scale * alive[c] * reward[c];
        if (r.terminates)
            for (int64_t c = 0; c < width; ++c) alive[c] /= 1.0f + __builtin_expf(end[c]);
        scale *= r.discount;
    }
    for (int64_t c = 0; c < width && first + c < r.candidates; ++c) returns[first + c] = total[c];
}

}  // namespace

namespace mt {

int64_t rollout_floats(const Rollout& rollout) { return 3 * widest(rollout) * Vectors * Lanes; }

void rollout_f32(const Rollout& rollout, float* workspace, float* returns) {
    // Blocks of nearly equal width: the sums of a narrow one keep fewer registers busy.
    const int64_t vectors = (rollout.candidates + Lanes - 1) / Lanes, blocks = (vectors + Vectors - 1) / Vectors;
    for (int64_t b = 0; b < blocks; ++b) {
        const int64_t from = vectors * b / blocks, to = vectors * (b + 1) / blocks;
        switch (to - from) {
            case 4: block<4>(rollout, from * Lanes, workspace, returns); break;
            case 3: block<3>(rollout, from * Lanes, workspace, returns); break;
            case 2: block<2>(rollout, from * Lanes, workspace, returns); break;
            default: block<1>(rollout, from * Lanes, workspace, returns); break;
        }
    }
}

}  // namespace mt

#else

namespace mt {
int64_t rollout_floats(const Rollout&) { return 0; }
void rollout_f32(const Rollout&, float*, float*) {}
}  // namespace mt

#endif

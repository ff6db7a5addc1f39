// Weight gradient of the hidden layer below a head with one output per task, by lookup tables (product_selected.cpp).
// Each table covers rows of one task, so that the cost equals that of a shared head.
#include "kernels/product.h"

#if defined(__x86_64__)
#include "kernels/tables_avx512.h"

namespace {

// sums[unit] += scale[unit] times the rows selected by Count words.
template <int Count>
void add_scaled(int64_t units, const uint64_t* words, const float* scale, const float* tables, bool first, float* sums) {
    const char* at = reinterpret_cast<const char*>(tables);
    // Opaque to the compiler, which would otherwise keep the address of each table in a register.
    asm("" : "+r"(at));
    for (int64_t u = 0; u < units; ++u) {
        const __m512 selected = look_up<Count>(at, words[u], _mm512_setzero_ps());
        const __m512 before = first ? _mm512_setzero_ps() : _mm512_load_ps(sums + 16 * u);
        _mm512_store_ps(sums + 16 * u, _mm512_fmadd_ps(_mm512_set1_ps(scale[u]), selected, before));
    }
}

// For sixteen units and at most sixteen rows: the bits above 0, by unit and by row.
void positive_words(const float* y, int64_t stride, int64_t rows, __mmask16 units, uint16_t* to, uint16_t* to_rows, int64_t words) {
    alignas(32) uint16_t block[16];
    for (int64_t r = 0; r < 16; ++r) {
        block[r] = r < rows ? above_zero(_mm512_maskz_loadu_ps(units, y + r * stride)) : uint16_t{0};
        if (r < rows) to_rows[r * words] = block[r];
    }
    const __m256i bits = _mm256_load_si256(reinterpret_cast<const __m256i*>(block));
    for (int c = 0; c < 16; ++c) to[c] = _mm256_test_epi16_mask(bits, _mm256_set1_epi16(static_cast<int16_t>(1 << c)));
}

}  // namespace

namespace mt {

int64_t row_groups(int64_t rows) { return (rows + 63) / 64; }

void positive_bits(int64_t tasks, int64_t rows, int64_t units, const float* y, uint64_t* to, uint16_t* to_rows) {
    const int64_t unit_words = (units + 15) / 16;
    for (int64_t t = 0; t < tasks; ++t, y += rows * units, to_rows += rows * unit_words)
        for (int64_t first = 0; first < rows; first += 64, to += units)
            for (int64_t u = 0; u < units; u += 16) {
                uint16_t words[4][16];
                for (int64_t w = 0; w < 4; ++w) {
                    const int64_t row = first + 16 * w, left = rows - row;
                    positive_words(y + row * units + u, units, left < 0 ? 0 : left, mask_of(units - u), words[w],
                         to_rows + row * unit_words + u / 16, unit_words);
                }
                for (int64_t i = 0; i < 16 && u + i < units; ++i)
                    to[u + i] = words[0][i] | uint64_t{words[1][i]} << 16 | uint64_t{words[2][i]} << 32 | uint64_t{words[3][i]} << 48;
            }
}

void selected_weight_gradient_f32(const SelectedWeightGradient& s, void* workspace) {
    alignas(64) float tables[Words * Table];
    float* sums = static_cast<float*>(workspace);
    for (int64_t column = 0; column < s.columns; column += 16) {
        const __mmask16 mask = mask_of(s.columns - column);
        const uint64_t* words = s.bits;
        for (int64_t t = 0; t < s.tasks; ++t)
            for (int64_t row = 0; row < s.rows; row += 64, words += s.units) {
                SelectedSums source{};
                source.sources = s.rows - row;
                source.source = s.x + (t * s.rows + row) * s.columns;
                source.source_stride = s.columns;
                source.weights = s.g + t * s.rows + row;
                const int64_t left = (source.sources + 15) / 16, count = left < Words ? left : Words;
                for (int64_t w = 0; w < count; ++w) tabulate_word(source, 16 * w, column, mask, tables + w * Table);
                const float* head = s.heads + t * s.units;
                const bool first = t == 0 && row == 0;
                if (count == 4) add_scaled<4>(s.units, words, head, tables, first, sums);
                if (count == 3) add_scaled<3>(s.units, words, head, tables, first, sums);
                if (count == 2) add_scaled<2>(s.units, words, head, tables, first, sums);
                if (count == 1) add_scaled<1>(s.units, words, head, tables, first, sums);
            }
        for (int64_t u = 0; u < s.units; ++u)
            _mm512_mask_storeu_ps(s.result + u * s.columns + column, mask, _mm512_load_ps(sums + 16 * u));
    }
}

}  // namespace mt

#else

namespace mt {
int64_t row_groups(int64_t) { return 0; }
void positive_bits(int64_t, int64_t, int64_t, const float*, uint64_t*, uint16_t*) {}
void selected_weight_gradient_f32(const SelectedWeightGradient&, void*) {}
}  // namespace mt

#endif

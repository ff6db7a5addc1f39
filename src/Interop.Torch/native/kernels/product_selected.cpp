// Products with a binary matrix, by lookup tables (the method of Arlazarov, Dinic, Kronrod and Faradžev,
// 1970): sixteen rows of the source give three tables with the sums of all subsets of five, five and six of
// them, so that a row of the result takes three additions instead of sixteen.
//
// Four times sixteen source rows at a time: their tables of sixteen columns stay in the L1 cache.
#include "kernels/product.h"

#if defined(__x86_64__)
#include "kernels/tables_avx512.h"

namespace {

// Adds the rows selected by Count words to every row of `sums`; the first words overwrite it.
template <int Count>
void add_words(int64_t rows, const uint64_t* words, const float* tables, bool first, float* sums) {
    const char* at = reinterpret_cast<const char*>(tables);
    // Opaque to the compiler, which would otherwise keep the address of each table in a register.
    asm("" : "+r"(at));
    for (int64_t r = 0; r < rows; ++r) {
        const __m512 sum = first ? _mm512_setzero_ps() : _mm512_load_ps(sums + 16 * r);
        _mm512_store_ps(sums + 16 * r, look_up<Count>(at, words[r], sum));
    }
}

// Packs four words of each row into one: to [⌈words / 4⌉, rows].
void gather_words(const mt::SelectedSums& c, uint64_t* to) {
    for (int64_t first = 0; first < c.words; first += Words)
        for (int64_t r = 0; r < c.rows; ++r) {
            const uint16_t* bits = c.bits + (c.row_indices ? c.row_indices[r] : r) * c.words + first;
            uint64_t four = 0;
            for (int64_t w = 0; w < Words && first + w < c.words; ++w) four |= uint64_t{bits[w]} << (16 * w);
            *to++ = four;
        }
}

void store(const mt::SelectedSums& c, int64_t column, __mmask16 mask, const float* sums) {
    __m512 total = _mm512_setzero_ps();
    for (int64_t r = 0; r < c.rows; ++r) {
        __m512 x = _mm512_load_ps(sums + 16 * r);
        if (c.scale) x = _mm512_mul_ps(x, _mm512_set1_ps(c.scale[c.row_indices ? c.row_indices[r] : r]));
        if (c.relu_mask.data) x = apply_mask(c.relu_mask, r, column, x, mask);
        total = _mm512_add_ps(total, x);
        put(c.result, c.result_bf16, (c.result_row_indices ? c.result_row_indices[r] : r) * c.result_stride + column, x, mask);
    }
    if (c.relu_mask.sums) _mm512_mask_storeu_ps(c.relu_mask.sums + column, mask, total);
}

}  // namespace

namespace mt {

int64_t selected_sums_bytes(const SelectedSums& c) { return 64 * c.rows + 8 * c.rows * ((c.words + Words - 1) / Words); }

void selected_sums_f32(const SelectedSums& c, void* workspace) {
    alignas(64) float tables[Words * Table];
    float* sums = static_cast<float*>(workspace);
    uint64_t* words = reinterpret_cast<uint64_t*>(sums + 16 * c.rows);
    gather_words(c, words);
    for (int64_t column = 0; column < c.columns; column += 16) {
        const __mmask16 mask = mask_of(c.columns - column);
        for (int64_t first = 0; first < c.words; first += Words) {
            const int64_t count = c.words - first < Words ? c.words - first : Words;
            for (int64_t w = 0; w < count; ++w) tabulate_word(c, 16 * (first + w), column, mask, tables + w * Table);
            const uint64_t* four = words + first / Words * c.rows;
            if (count == 4) add_words<4>(c.rows, four, tables, first == 0, sums);
            if (count == 3) add_words<3>(c.rows, four, tables, first == 0, sums);
            if (count == 2) add_words<2>(c.rows, four, tables, first == 0, sums);
            if (count == 1) add_words<1>(c.rows, four, tables, first == 0, sums);
        }
        store(c, column, mask, sums);
    }
}

void add_selected(int64_t rows, int64_t columns, const float* g, const uint16_t* bits, float* to) {
    const int64_t words = (columns + 15) / 16;
    for (int64_t w = 0; w < words; ++w) {
        // Partial sums of 32 rows: the error grows with the number of blocks, not of rows.
        __m512 sum = _mm512_setzero_ps(), block = _mm512_setzero_ps();
        for (int64_t r = 0; r < rows; ++r) {
            block = _mm512_mask_add_ps(block, bits[r * words + w], block, _mm512_set1_ps(g[r]));
            if (r % 32 == 31 || r == rows - 1) {
                sum = _mm512_add_ps(sum, block);
                block = _mm512_setzero_ps();
            }
        }
        _mm512_mask_storeu_ps(to + 16 * w, mask_of(columns - 16 * w), sum);
    }
}

void finish_value_gradient(int64_t inputs, int64_t units, const float* weight, const float* bias, const float* head,
                           float* of_weight, float* of_bias, float* of_head) {
    for (int64_t u = 0; u < units; u += 16) {
        const __mmask16 mask = mask_of(units - u);
        const __m512 factor = _mm512_maskz_loadu_ps(mask, head + u), along_bias = _mm512_maskz_loadu_ps(mask, of_bias + u);
        __m512 sum = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, bias + u), along_bias);
        for (int64_t i = 0; i < inputs; ++i) {
            const __m512 along = _mm512_maskz_loadu_ps(mask, of_weight + i * units + u);
            sum = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, weight + i * units + u), along, sum);
            _mm512_mask_storeu_ps(of_weight + i * units + u, mask, _mm512_mul_ps(along, factor));
        }
        _mm512_mask_storeu_ps(of_bias + u, mask, _mm512_mul_ps(along_bias, factor));
        _mm512_mask_storeu_ps(of_head + u, mask, sum);
    }
}

void transpose_bits(int64_t rows, int64_t columns, const uint16_t* from, uint16_t* to) {
    const int64_t words = (columns + 15) / 16, to_words = (rows + 15) / 16;
    for (int64_t r = 0; r < rows; r += 16)
        for (int64_t w = 0; w < words; ++w) {
            alignas(32) uint16_t block[16];
            for (int i = 0; i < 16; ++i) block[i] = r + i < rows ? from[(r + i) * words + w] : uint16_t{0};
            const __m256i bits = _mm256_load_si256(reinterpret_cast<const __m256i*>(block));
            const int64_t count = columns - 16 * w < 16 ? columns - 16 * w : 16;
            for (int64_t c = 0; c < count; ++c)
                to[(16 * w + c) * to_words + r / 16] = _mm256_test_epi16_mask(bits, _mm256_set1_epi16(static_cast<int16_t>(1 << c)));
        }
}

}  // namespace mt

#else

namespace mt {
int64_t selected_sums_bytes(const SelectedSums&) { return 0; }
void selected_sums_f32(const SelectedSums&, void*) {}
void add_selected(int64_t, int64_t, const float*, const uint16_t*, float*) {}
void finish_value_gradient(int64_t, int64_t, const float*, const float*, const float*, float*, float*, float*) {}
void transpose_bits(int64_t, int64_t, const uint16_t*, uint16_t*) {}
}  // namespace mt

#endif

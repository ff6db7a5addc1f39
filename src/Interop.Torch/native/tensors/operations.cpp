// Element-by-element operations, reductions, shapes and products, one line each.
#include "support.h"

using namespace mt;

#undef MT_UNARY
#undef MT_BINARY
#undef MT_WITH_SCALAR
#undef MT_OVER
#define MT_UNARY(name) \
    mt_tensor mt_##name(mt_tensor x) { return make([&] { return at::name(tensor(x)); }); }
#define MT_METHOD(name) \
    mt_tensor mt_##name(mt_tensor x) { return make([&] { return tensor(x).name(); }); }
#define MT_BINARY(name) \
    mt_tensor mt_##name(mt_tensor x, mt_tensor y) { return make([&] { return at::name(tensor(x), tensor(y)); }); }
#define MT_WITH_SCALAR(name) \
    mt_tensor mt_##name##_scalar(mt_tensor x, mt_scalar y) { return make([&] { return at::name(tensor(x), number(y)); }); }
#define MT_OVER(name) \
    mt_tensor mt_##name##_over(mt_tensor x, int64_t d, int32_t keep) { return make([&] { return at::name(tensor(x), d, keep != 0); }); }

MT_UNARY(neg) MT_UNARY(exp) MT_UNARY(log) MT_UNARY(tanh) MT_UNARY(relu)
MT_UNARY(square) MT_UNARY(sqrt) MT_UNARY(abs) MT_UNARY(isfinite)
MT_BINARY(add) MT_BINARY(sub) MT_BINARY(mul) MT_BINARY(div) MT_BINARY(minimum) MT_BINARY(maximum)
MT_BINARY(eq) MT_BINARY(gt) MT_BINARY(ge) MT_BINARY(lt)
MT_WITH_SCALAR(add) MT_WITH_SCALAR(mul) MT_WITH_SCALAR(div) MT_WITH_SCALAR(pow)
MT_WITH_SCALAR(clamp_min) MT_WITH_SCALAR(clamp_max)

mt_tensor mt_clamp(mt_tensor x, mt_scalar low, mt_scalar high) {
    return make([&] { return at::clamp(tensor(x), number(low), number(high)); });
}

mt_tensor mt_layer_norm(mt_tensor x, mt_tensor gain, mt_tensor shift, double eps) {
    return make([&] {
        return at::layer_norm(tensor(x), {tensor(gain).numel()}, tensor(gain), tensor(shift), eps);
    });
}

mt_tensor mt_softplus(mt_tensor x, double beta, double threshold) {
    return make([&] { return at::softplus(tensor(x), beta, threshold); });
}

mt_tensor mt_where(mt_tensor condition, mt_tensor x, mt_tensor y) {
    return make([&] { return at::where(tensor(condition), tensor(x), tensor(y)); });
}

MT_UNARY(sum) MT_UNARY(mean)
MT_OVER(sum) MT_OVER(mean) MT_OVER(amax)

mt_tensor mt_softmax(mt_tensor x, int64_t d) { return make([&] { return at::softmax(tensor(x), d); }); }
mt_tensor mt_log_softmax(mt_tensor x, int64_t d) { return make([&] { return at::log_softmax(tensor(x), d); }); }
mt_tensor mt_argmax(mt_tensor x, int64_t d, int32_t keep) {
    return make([&] { return at::argmax(tensor(x), d, keep != 0); });
}

mt_tensor mt_norm(mt_tensor x, double p) { return make([&] { return at::norm(tensor(x), p); }); }

mt_tensor mt_reshape(mt_tensor x, const int64_t* sizes, int32_t n) {
    return make([&] { return tensor(x).reshape(shape(sizes, n)); });
}

mt_tensor mt_expand(mt_tensor x, const int64_t* sizes, int32_t n) {
    return make([&] { return tensor(x).expand(shape(sizes, n)); });
}

mt_tensor mt_narrow(mt_tensor x, int64_t d, int64_t start, int64_t length) {
    return make([&] { return tensor(x).narrow(d, start, length); });
}

mt_tensor mt_select(mt_tensor x, int64_t d, int64_t i) { return make([&] { return tensor(x).select(d, i); }); }
mt_tensor mt_transpose(mt_tensor x, int64_t a, int64_t b) { return make([&] { return tensor(x).transpose(a, b); }); }
mt_tensor mt_unsqueeze(mt_tensor x, int64_t d) { return make([&] { return tensor(x).unsqueeze(d); }); }
mt_tensor mt_squeeze(mt_tensor x, int64_t d) { return make([&] { return tensor(x).squeeze(d); }); }
MT_METHOD(contiguous) MT_METHOD(clone) MT_METHOD(detach)

mt_tensor mt_cat(const mt_tensor* tensors, int32_t n, int64_t d) { return make([&] { return at::cat(list(tensors, n), d); }); }
// Tensors that are adjacent in the same memory become one view; others are copied.
mt_tensor mt_flatten(const mt_tensor* tensors, int32_t n) {
    return make([&] {
        std::vector<at::Tensor> runs;
        for (const auto& t : list(tensors, n)) {
            auto next = t.reshape(-1);
            bool joins = !runs.empty() && !next.requires_grad() && !runs.back().requires_grad() && next.numel() > 0 &&
                         next.is_alias_of(runs.back()) && next.scalar_type() == runs.back().scalar_type() &&
                         next.storage_offset() == runs.back().storage_offset() + runs.back().numel();
            if (joins) runs.back() = runs.back().as_strided({runs.back().numel() + next.numel()}, {1});
            else runs.push_back(next);
        }
        return runs.size() == 1 ? runs[0] : at::cat(runs);
    });
}

mt_tensor mt_slice(mt_tensor x, int64_t offset, const int64_t* sizes, int32_t n) {
    return make([&] {
        int64_t count = 1;
        for (int32_t i = 0; i < n; ++i) count *= sizes[i];
        return tensor(x).narrow(0, offset, count).view(shape(sizes, n));
    });
}

mt_tensor mt_stack(const mt_tensor* tensors, int32_t n, int64_t d) { return make([&] { return at::stack(list(tensors, n), d); }); }

int32_t mt_unbind(mt_tensor x, int64_t d, mt_tensor* entries) {
    return run([&] {
        for (auto& entry : at::unbind(tensor(x), d)) *entries++ = release(std::move(entry));
    });
}

mt_tensor mt_index_select(mt_tensor x, int64_t d, mt_tensor index) {
    return make([&] { return at::index_select(tensor(x), d, tensor(index)); });
}

MT_BINARY(matmul) MT_BINARY(bmm)


/* Part of the contract of mtrl_torch.h. */
#ifndef MTRL_FISHER_H
#define MTRL_FISHER_H
#include "optimisation/fused_mlp.h"

/* to [n] = F v for the Fisher matrix F of a policy with parameters p [n], over the rows of one minibatch (fisher.cpp). Fields of
   `job` in use: network, limits of log σ, observations and rows. Returns 0, or 1 on failure. */
MT_API int32_t mt_fisher_f32(const mt_fused_mlp* job, const float* p, const float* v, float* to);
#endif

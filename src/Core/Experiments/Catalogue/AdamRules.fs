/// Adam's rule from the keys of an optimiser.
module MtrlFunctional.Algorithms.AdamRules

open MtrlFunctional.Experiments
open MtrlFunctional.Tensors

/// The rule of an optimiser's keys.
let ofOptimizer (optimizer: Optimizer) =
    let beta1, beta2 = optimizer.Betas
    AdamRule(optimizer.LearningRate, beta1, beta2, optimizer.Epsilon, optimizer.WeightDecay)

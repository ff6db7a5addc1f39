namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// The regulariser of a policy, [tasks; rows], in the place of α log π: a function of the temperatures
/// α [tasks; 1], the batch, and the policy's sample. Rows of a single task come with the temperature of
/// that task.
type PolicyRegulariser = {
    /// At the next observations, in the target of the critics.
    InTarget: Tensor -> Batch -> PolicySample -> Tensor
    /// At the observations, in the loss of the actor.
    InActorLoss: Tensor -> Batch -> PolicySample -> Tensor
    /// The mean of the regulariser over the actions of a categorical policy, in both losses; none if it is defined for
    /// Gaussian policies only.
    OfCategorical: (Tensor -> Categorical -> Tensor) option
}

module PolicyRegulariser =
    /// α log π: maximum entropy (Haarnoja et al. 2018, arXiv:1812.05905).
    let entropy =
        let regulariser (alpha: Tensor) _ sample = alpha .* sample.LogProb

        let ofCategorical (alpha: Tensor) policy =
            Tensor.neg (alpha .* Categorical.entropy policy)

        {
            InTarget = regulariser
            InActorLoss = regulariser
            OfCategorical = Some ofCategorical
        }

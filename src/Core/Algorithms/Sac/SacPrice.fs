namespace Mtrl.Algorithms

open Mtrl.Networks
open Mtrl.Tensors
open MtrlFunctional.Tensors

/// What an actor pays for the actions that it draws, [tasks; rows], by the temperatures α, [tasks; 1],
/// and the part of the batch: what stands in the place of α log π.
type SacPrice = {
    /// At the next observations, in the target of the critics.
    Ahead: Tensor -> Batch -> Proposal -> Tensor
    /// At the observations, in the loss of the actor.
    Here: Tensor -> Batch -> Proposal -> Tensor
}

module SacPrice =
    /// α log π: maximum entropy (Haarnoja et al. 2018, arXiv:1812.05905).
    let entropy =
        let price (alpha: Tensor) _ proposal = alpha .* proposal.LogProb
        { Ahead = price; Here = price }

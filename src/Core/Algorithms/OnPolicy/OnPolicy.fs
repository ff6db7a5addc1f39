namespace Mtrl.Algorithms

open Mtrl.Networks
open Mtrl.Tensors
open MtrlFunctional.Tensors

/// Acting and learning of on-policy agents.
module OnPolicy =
    let private policy (agent: OnPolicyAgent) (state: OnPolicyState) (obs: Tensor) : Gaussian =
        let parameters = OnPolicyNetworks.policyViews agent state
        OnPolicyNetworks.propose agent parameters (OnPolicyNetworks.scaled agent state obs)

    /// Actions to explore with, for given standard normal noise [tasks; rows; actions]. They are
    /// not limited: the sampler stores them as they are and limits what it hands to physics.
    [<CompiledName("Act")>]
    let act agent state obs noise =
        Tensors.constant Seq.singleton (fun () ->
            GaussianPolicy.draw (policy agent state obs) noise)

    /// The mean actions.
    [<CompiledName("ActGreedily")>]
    let actGreedily agent state obs =
        Tensors.constant Seq.singleton (fun () -> Ops.Clone (policy agent state obs).Mean)

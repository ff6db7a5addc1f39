/// Keeps the stored log σ of a policy within its bounds: a projected gradient step (Bertsekas 1976,
/// doi:10.1109/TAC.1976.1101194).
///
/// Outside its bounds a clamped log σ has no gradient, so that it stays there whatever the objective
/// wants. Projected onto the bound, it has one.
module MtrlFunctional.Algorithms.StdProjection

open MtrlFunctional.Tensors

/// The state with log σ moved to the bound that it lies beyond. The policy acts as before.
let apply (agent: OnPolicyAgent) (state: OnPolicyState) =
    let spread = agent.Config.ActionStd

    if not (spread.Projected && spread.Learned) then
        state
    else
        let views = Layout.views agent.PolicyLayout state.Policy.Values

        let projected (parameter: Parameter) =
            let stored = views[parameter.Path]

            if parameter.Path = "std" then
                GaussianPolicy.limited spread stored
            else
                stored

        let values = Layout.flatten agent.PolicyLayout projected
        { state with Policy = { state.Policy with Values = values } }

/// Keeps the stored log σ of a policy within its bounds: a projected gradient step (Bertsekas 1976,
/// doi:10.1109/TAC.1976.1101194).
///
/// Outside its bounds a clamped log σ has gradient 0 and cannot return. On the bound the gradient is the objective's.
module internal MtrlFunctional.Algorithms.StdProjection

open MtrlFunctional.Tensors

/// The state with log σ projected onto its bounds. The actions of the policy are unchanged.
let apply (agent: OnPolicyAgent) (state: OnPolicyState) =
    match agent.Config.Actions with
    | PolicyKind.Gaussian std when std.Projected && std.Learned ->
        let views = Layout.views agent.PolicyLayout state.Policy.Values

        let projected (parameter: Parameter) =
            let stored = views[parameter.Path]

            if parameter.Path = "std" then
                GaussianPolicy.limited std stored
            else
                stored

        let values = Layout.flatten agent.PolicyLayout projected
        { state with Policy = { state.Policy with Values = values } }
    | PolicyKind.Gaussian _
    | PolicyKind.Categorical -> state

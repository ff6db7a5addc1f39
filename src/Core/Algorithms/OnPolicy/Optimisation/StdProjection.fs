/// Keeps the stored log σ of a policy within its bounds: a projected gradient step (Bertsekas 1976,
/// doi:10.1109/TAC.1976.1101194).
///
/// Outside its bounds a clamped log σ has gradient 0 and cannot return. On the bound the gradient is the objective's.
module internal MtrlFunctional.Algorithms.StdProjection

open MtrlFunctional.Tensors

/// The state with other stored numbers of σ.
let private withStored (agent: OnPolicyAgent) (state: OnPolicyState) (change: Tensor -> Tensor) =
    let views = Layout.views agent.PolicyLayout state.Policy.Values

    let changed (parameter: Parameter) =
        let stored = views[parameter.Path]
        if parameter.Path = "std" then change stored else stored

    let values = Layout.flatten agent.PolicyLayout changed
    { state with Policy = { state.Policy with Values = values } }

/// The state with log σ projected onto its bounds. The actions of the policy are unchanged.
let apply (agent: OnPolicyAgent) (state: OnPolicyState) =
    match agent.Config.Actions with
    | PolicyKind.Gaussian std when std.Projected && std.Learned ->
        withStored agent state (GaussianPolicy.limited std)
    | PolicyKind.Gaussian _
    | PolicyKind.Categorical -> state

/// The state whose σ of each task is at least `least`, [tasks], where each task has its own; the moments of the
/// optimiser are unchanged.
let atLeast (agent: OnPolicyAgent) (least: float[]) (state: OnPolicyState) =
    match agent.Config.Actions with
    | PolicyKind.Gaussian std when std.PerTask && std.Learned && std.Form = LogStd ->
        let place = TensorOptions.ofTensor state.Policy.Values

        let bound =
            TensorOptions.fromDoubles place (Array.map log least) [| int64 least.Length; 1L; 1L |]

        withStored agent state (fun stored -> Tensor.maximum stored bound)
    | PolicyKind.Gaussian _
    | PolicyKind.Categorical -> state

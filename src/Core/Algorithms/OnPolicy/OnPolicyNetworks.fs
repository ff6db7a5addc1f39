/// What the networks of an on-policy agent say of observations.
module Mtrl.Algorithms.OnPolicyNetworks

open Mtrl.Networks
open Mtrl.Tensors
open MtrlFunctional.Tensors

/// (x − mean) / σ of the leading columns, limited; [..; obs].
let scaled (agent: OnPolicyAgent) (state: OnPolicyState) (obs: Tensor) =
    match agent.Config.ObsScaling with
    | None -> obs
    | Some scaling ->
        let columns = int64 scaling.Columns
        let leading x = Ops.Narrow(x, -1L, 0L, columns)
        let spread = Ops.Sqrt(1e-8 +. leading state.Obs.Variance)
        let centred = (leading obs .- leading state.Obs.Mean) ./ spread
        let limited = Ops.Clamp(centred, -scaling.Clip, scaling.Clip)
        let rest = Ops.Size(obs, -1) - columns

        if rest = 0L then
            limited
        else
            Ops.Cat([| limited; Ops.Narrow(obs, -1L, columns, rest) |], -1L)

/// The policy's parameters as constants, a spread that does not learn among them.
let policyViews (agent: OnPolicyAgent) (state: OnPolicyState) : Weights =
    let fixedParts = Layout.views agent.FixedLayout state.Fixed
    let views = Layout.views agent.PolicyLayout state.Policy.Values

    if agent.Config.Spread.Learned then
        views
    else
        let all = System.Collections.Generic.Dictionary<string, Tensor> views
        all["std"] <- fixedParts["std"]
        all

/// The policy at scaled observations [tasks; rows; obs].
let propose (agent: OnPolicyAgent) (parameters: Weights) obs : Gaussian = {
    Mean = agent.Policy.Run parameters { Rows = obs; Context = None }
    LogStd = GaussianPolicy.logStd agent.Config.Spread parameters["std"]
}

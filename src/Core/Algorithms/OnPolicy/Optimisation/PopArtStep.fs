/// Value normalisation per task that preserves the outputs of the value function.
///
/// Papers: van Hasselt et al. 2016, arXiv:1602.07714, eq. 9–12; Hessel et al. 2019, arXiv:1809.04474. Where this
/// differs: the rescaled affine map follows the network, a gain and a shift for each task, so that any network can be
/// used.
module internal MtrlFunctional.Algorithms.PopArtStep

open System.Collections.Generic
open MtrlFunctional.Tensors

/// Updates the statistics by the returns of an iteration, [tasks; rows] with their weights, and rescales
/// gain and shift so that values in units of the return are preserved. Tasks without rows are unchanged.
let apply (agent: OnPolicyAgent) (weight: Tensor) (returns: Tensor) (state: OnPolicyState) =
    match agent.Config.Value with
    | ValueNetwork { PopArt = Some popArt } ->
        let mean, variance = RunningMoments.ofRows (RunningMoments.shares weight) returns

        let next =
            state.Return
            |> RunningMoments.update popArt.Step mean variance
            |> RunningMoments.whereSeen weight state.Return

        let views = Layout.views agent.ValueLayout state.Value.Values
        let column (x: Tensor) = Tensor.unsqueeze 1 x
        let before = column (RunningMoments.deviation state.Return)
        let after = column (RunningMoments.deviation next)
        let rescaled = Dictionary<string, Tensor> views
        rescaled["popart/gain"] <- views["popart/gain"] .* before ./ after

        rescaled["popart/shift"] <-
            (before .* views["popart/shift"] .+ column state.Return.Mean .- column next.Mean)
            ./ after

        let values =
            Layout.flatten agent.ValueLayout (fun parameter -> rescaled[parameter.Path])

        { state with Return = next; Value = { state.Value with Values = values } }
    | _ -> state

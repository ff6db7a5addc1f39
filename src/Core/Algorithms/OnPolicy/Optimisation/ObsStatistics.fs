/// Statistics of observations over all iterations, which scale the inputs of the networks.
module internal MtrlFunctional.Algorithms.ObsStatistics

open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.Preparation

/// Rows whose numbers count as no further from the mean so far than `Clip` · max(σ, 0.01) (docs/adr/0026).
let private limited (scaling: ObsScaling) (running: Running) (rows: Tensor) =
    if running.Count = 0.0 then
        rows
    else
        let ofRows (x: Tensor) =
            if scaling.PerTask then Ops.Unsqueeze(x, 1L) else x

        let mean = ofRows running.Mean
        let deviation = ofRows (Ops.Sqrt running.Variance)

        let reach =
            scaling.Clip *. Ops.ClampMin(deviation, OnPolicyNetworks.LeastObsDeviation)

        Ops.Maximum(mean .- reach, Ops.Minimum(mean .+ reach, rows))

let private ofAll steps weight rows (running: Running) =
    let mean, variance =
        RunningMoments.ofRows (Ops.Reshape(weight, [| 1L; -1L; 1L |])) rows

    RunningMoments.merge steps (Ops.Squeeze(mean, 0L)) (Ops.Squeeze(variance, 0L)) running

/// An iteration counts by the mean number of rows of a task. Tasks without rows are unchanged.
let private ofEach steps (weight: Tensor) rows (running: Running) =
    let weight = Ops.Unsqueeze(weight, 2L)
    let mean, variance = RunningMoments.ofRows (RunningMoments.shares weight) rows

    running
    |> RunningMoments.merge steps mean variance
    |> RunningMoments.whereSeen weight running

/// The statistics with the observations of an iteration.
let add (agent: OnPolicyAgent) (iteration: Iteration) (prepared: Prepared) running =
    match agent.Config.ObsScaling with
    | None -> running
    | Some _ when agent.Mask.IsSome -> running
    | Some scaling ->
        let steps = float (Episodes.steps iteration.Episodes)
        let tasks, width = Ops.Size(prepared.Obs, 0), Ops.Size(prepared.Obs, 2)

        let rows sets =
            Ops.Reshape(iteration.Episodes.Obs, [| sets; -1L; width |])
            |> limited scaling running

        if scaling.PerTask then
            ofEach (steps / float tasks) prepared.Weight (rows tasks) running
        else
            ofAll steps prepared.Weight (rows 1L) running

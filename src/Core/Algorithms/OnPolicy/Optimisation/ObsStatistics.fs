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
            if scaling.PerTask then Tensor.unsqueeze 1 x else x

        let mean = ofRows running.Mean
        let deviation = ofRows (Tensor.sqrt running.Variance)

        let reach =
            scaling.Clip *. Tensor.clampMin OnPolicyNetworks.LeastObsDeviation deviation

        Tensor.maximum (mean .- reach) (Tensor.minimum (mean .+ reach) rows)

let private ofAll steps weight rows (running: Running) =
    let mean, variance =
        RunningMoments.ofRows (Tensor.reshape [| 1L; -1L; 1L |] weight) rows

    RunningMoments.merge steps (Tensor.squeeze 0 mean) (Tensor.squeeze 0 variance) running

/// An iteration counts by the mean number of rows of a task. Tasks without rows are unchanged.
let private ofEach steps (weight: Tensor) rows (running: Running) =
    let weight = Tensor.unsqueeze 2 weight
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
        let tasks, width = Tensor.size 0 prepared.Obs, Tensor.size 2 prepared.Obs

        let rows sets =
            Tensor.reshape [| sets; -1L; width |] iteration.Episodes.Obs
            |> limited scaling running

        if scaling.PerTask then
            ofEach (steps / float tasks) prepared.Weight (rows tasks) running
        else
            ofAll steps prepared.Weight (rows 1L) running

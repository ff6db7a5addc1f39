/// Statistics of observations over all iterations, which scale the inputs of the networks.
module internal MtrlFunctional.Algorithms.ObsStatistics

open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.Preparation

/// Mean and variance of each set of rows, [sets; obs].
let private moments (weight: Tensor) (rows: Tensor) =
    let mean = Ops.SumDim(weight .* rows, 1L, true)
    let variance = Ops.SumDim(weight .* Ops.Square(rows .- mean), 1L, false)
    Ops.Squeeze(mean, 1L), variance

let private ofAll steps weight rows (running: Running) =
    let mean, variance = moments (Ops.Reshape(weight, [| 1L; -1L; 1L |])) rows
    RunningMoments.merge steps (Ops.Squeeze(mean, 0L)) (Ops.Squeeze(variance, 0L)) running

/// An iteration counts by the mean number of rows of a task. Tasks without rows are unchanged.
let private ofEach steps (weight: Tensor) rows (running: Running) =
    let share = Ops.SumDim(weight, 1L, true)
    let weight = weight ./ Ops.ClampMin(share, 1e-30)
    let mean, variance = moments (Ops.Unsqueeze(weight, 2L)) rows
    let updated = RunningMoments.merge steps mean variance running
    let present = Ops.Greater(share, Ops.ZerosLike share)

    {
        updated with
            Mean = Ops.Where(present, updated.Mean, running.Mean)
            Variance = Ops.Where(present, updated.Variance, running.Variance)
    }

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

        if scaling.PerTask then
            ofEach (steps / float tasks) prepared.Weight (rows tasks) running
        else
            ofAll steps prepared.Weight (rows 1L) running

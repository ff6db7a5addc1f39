/// Algorithms whose updates are recorded.
module internal MtrlFunctional.Agents.RecordedAlgorithm

open MtrlFunctional.Algorithms

/// The algorithm with its updates by `stages` launched as `launch` says. Without a change where surgery weighs gradients by
/// numbers that it reads or draws in main memory, or where a sample has several batches.
let launchedBy
    launch
    (agent: SacAgent)
    (stages: SacStage list)
    (algorithm: Algorithm<SacState, ReplaySample>)
    =
    if launch = KernelLaunch.Single || agent.Config.Surgery.IsSome then
        algorithm
    else
        let recorded =
            RecordedUpdate(
                launch,
                [ for stage in stages -> stage.Every ],
                fun state batch -> algorithm.Update state (ReplaySample.ofBatch batch)
            )

        {
            algorithm with
                Update =
                    fun state sample ->
                        match sample.Batches with
                        | [ batch ] -> recorded.Update state batch
                        | _ -> algorithm.Update state sample
        }

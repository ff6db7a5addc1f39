/// Algorithms whose updates are captured as graphs.
module internal MtrlFunctional.Agents.CapturedAlgorithm

open MtrlFunctional.Algorithms

/// The algorithm with its updates by `stages` launched as `launch` says. Those of a sample with several batches stay as they are.
let launchedBy launch agent stages (algorithm: Algorithm<SacState, ReplaySample>) =
    let captured =
        CapturedUpdate.OfStages launch agent stages (fun state batch ->
            algorithm.Update state (ReplaySample.ofBatch batch))

    {
        algorithm with
            Update =
                fun state sample ->
                    match sample.Batches with
                    | [ batch ] -> captured.Update state batch
                    | _ -> algorithm.Update state sample
    }

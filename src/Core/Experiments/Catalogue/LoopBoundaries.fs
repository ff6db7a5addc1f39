/// Which steps of an experiment log, evaluate and save.
module internal MtrlFunctional.Experiments.LoopBoundaries

open MtrlFunctional.Training

/// Steps of a training episode.
let private episodeLength (e: Experiment) =
    match e.Agent.Algorithm.OnPolicy with
    | Some _ -> AgentMemory.rowSteps e.Agent
    | None -> e.Environment.Horizon

/// Step intervals; as in the original where `behaviour.independent_intervals` is false.
[<CompiledName("OfExperiment")>]
let ofExperiment (e: Experiment) =
    let length = int64 (episodeLength e)

    let recurs (period: int) =
        if e.Behaviour.IndependentIntervals then
            Recurrence.Every(int64 period)
        else
            Recurrence.AtCommonMultiples(int64 period, length)

    // Training environments are free for an evaluation only between two episodes.
    let evaluates (period: int) =
        if e.Behaviour.IndependentIntervals && not e.Behaviour.SeparateEvaluation then
            Recurrence.EveryAtEpisodeEnd(int64 period, length)
        else
            recurs period

    {
        Log = recurs e.Schedule.LogFreq
        Evaluate = evaluates e.Schedule.EvalFreq
        EvaluateLast =
            if e.Behaviour.SeparateEvaluation then
                Recurrence.Every 1L
            else
                Recurrence.EveryAtEpisodeEnd(1L, length)
        Save = recurs e.Schedule.SaveFreq
    }

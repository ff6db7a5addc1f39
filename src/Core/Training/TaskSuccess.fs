namespace MtrlFunctional.Training

open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments

/// What depends on the success that tasks had so far: their episodes in the next iteration, and those that they are trained
/// on again. Part of a checkpoint.
type internal TaskSuccess = {
    Keys: OnPolicyKeys
    /// Whether each task defines success, [tasks].
    Defined: bool[]
    Progress: LearningProgress
    Remembered: RememberedEpisodes
}

/// The success of an iteration, and what follows from it.
module internal TaskSuccess =
    /// Before the first iteration.
    [<CompiledName("Start")>]
    let start (e: Experiment) : TaskSuccess =
        let defined = NetworkTasks.defineSuccess e

        {
            Keys = AlgorithmKeys.onPolicy e.Agent.Algorithm
            Defined = defined
            Progress = LearningProgress.start defined.Length
            Remembered = RememberedEpisodes.start defined.Length
        }

    /// Whether the episodes of an iteration are divided by success.
    let allots (success: TaskSuccess) = success.Keys.MinEpisodes.IsSome

    /// Whether anything depends on success, so that it is saved.
    let private isUsed (success: TaskSuccess) =
        allots success || success.Keys.RememberedSuccesses > 0

    /// A plan, with a group for each task, with the episodes of the next iteration; as many in all.
    [<CompiledName("Allot")>]
    let allot (success: TaskSuccess) (plan: SamplingPlan) =
        match success.Keys.MinEpisodes with
        | Some least ->
            let total = Array.sum plan.Played

            success.Progress
            |> EpisodeAllotment.next success.Keys.Priority least plan.Episodes total success.Defined
            |> fun counts -> SamplingPlan.allotted counts plan
        | None -> plan

    /// The episodes of an iteration, and behind them those that tasks are trained on again.
    let withRemembered (success: TaskSuccess) episodes =
        RememberedEpisodes.added success.Progress.Fast success.Remembered episodes

    /// After an iteration. `rates`: the share of each task's episodes with success, NaN where it had none or defines none;
    /// `succeeded`: whether the first episode of each row has a success.
    let observe (rates: float[]) (succeeded: bool[]) episodes (success: TaskSuccess) =
        let remembered =
            match success.Keys.RememberedSuccesses with
            | 0 -> success.Remembered
            | most -> RememberedEpisodes.observe most succeeded episodes success.Remembered

        {
            success with
                Progress = LearningProgress.observe rates success.Progress
                Remembered = remembered
        }

    /// The success rates by name; none where nothing depends on success.
    [<CompiledName("Rates")>]
    let rates (success: TaskSuccess) : (string * float[]) list =
        if isUsed success then
            [ "fast", success.Progress.Fast; "slow", success.Progress.Slow ]
        else
            []

    /// With the success rates that `rates` named. Raises ArgumentException unless there is one for each task.
    [<CompiledName("WithRates")>]
    let withRates (find: System.Func<string, float[]>) (success: TaskSuccess) =
        let read name =
            let rates = find.Invoke name

            if
                rates.Length <> success.Defined.Length
                || rates |> Array.exists (fun rate -> not (0.0 <= rate && rate <= 1.0))
            then
                raise (
                    System.ArgumentException
                        $"{name} is not a success rate for each of {success.Defined.Length} tasks"
                )

            rates

        if isUsed success then
            { success with Progress = { Fast = read "fast"; Slow = read "slow" } }
        else
            success

    /// With the remembered episodes that `RememberedEpisodes.named` named; null: there is no such name.
    [<CompiledName("WithEpisodes")>]
    let withEpisodes find (success: TaskSuccess) = {
        success with
            Remembered = RememberedEpisodes.ofNamed success.Defined.Length find
    }

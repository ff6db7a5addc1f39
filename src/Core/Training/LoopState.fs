namespace MtrlFunctional.Training

open System
open System.Collections.Generic
open MtrlFunctional.Algorithms

/// What a training loop counts and sums, as a checkpoint stores it beside agent, environments and replay.
type internal LoopState = {
    /// Steps of each task done.
    Step: int64
    /// Step of the newest line in the training log.
    LoggedStep: int64
    /// Step of the newest evaluation; −1: none yet.
    EvaluatedStep: int64
    /// Transitions that were dropped because the physics failed.
    UnstableSteps: int64
    /// The episode in progress of each task, [tasks].
    Running: RunningEpisode[]
    /// The finished episodes of each task, [tasks].
    Finished: TaskTally[]
    /// Statistics by which the rewards of each task are normalised, [tasks].
    Rewards: RewardStatistics[]
    /// Sum and number of the values of each measurement since the newest line of the log.
    Measured: Map<string, struct (float * int64)>
} with

    /// The four counters in a fixed order.
    member state.Counters = [|
        state.Step
        state.LoggedStep
        state.EvaluatedStep
        state.UnstableSteps
    |]

    /// Episodes that each task finished: the mean over the tasks, rounded down.
    member state.Episodes = TaskTally.episodes state.Finished

    /// Means of each task over the episodes since the newest line of the log; NaN where none ended. [tasks].
    member state.Interval =
        state.Finished |> Array.map (fun tally -> EpisodeSums.means tally.Interval)

    /// Means of the measurements since the newest line of the log.
    member state.Means =
        state.Measured
        |> Seq.map (fun (KeyValue(name, struct (sum, count))) ->
            KeyValuePair(name, sum / float count))

/// Steps, episodes and measurements of a loop.
module internal LoopState =
    /// Before the first step.
    [<CompiledName("Start")>]
    let start tasks = {
        Step = 0L
        LoggedStep = 0L
        EvaluatedStep = -1L
        UnstableSteps = 0L
        Running = Array.create tasks RunningEpisode.start
        Finished = Array.create tasks TaskTally.start
        Rewards = Array.create tasks RewardNormalization.noRewards
        Measured = Map.empty
    }

    /// Adds a measurement.
    [<CompiledName("Measure")>]
    let measure name (value: float) (state: LoopState) =
        let add =
            function
            | Some struct (sum, count) -> Some struct (sum + value, count + 1L)
            | None -> Some struct (value, 1L)

        { state with Measured = Map.change name add state.Measured }

    /// Adds the readings of an update.
    let measureAll (readings: Reading[]) (state: LoopState) =
        (state, readings)
        ||> Array.fold (fun state reading -> measure reading.Metric reading.Number state)

    /// A step of all environments: of each task the term of its return and whether it succeeded, null where the task
    /// defines no success; none: the physics failed, and the step is dropped. `ended` tells whose episodes are over.
    [<CompiledName("Stepped")>]
    let stepped
        (steps: struct (float * Nullable<bool>) voption[])
        (ended: bool[])
        (state: LoopState)
        =
        let after =
            (steps, state.Running)
            ||> Array.map2 (fun step running ->
                match step with
                | ValueSome struct (term, success) -> RunningEpisode.step term success running
                | ValueNone -> running)

        let finished task tally =
            if ended[task] then
                TaskTally.finish (EpisodeSums.ofEpisode after[task]) tally
            else
                tally

        {
            state with
                Step = state.Step + 1L
                UnstableSteps =
                    state.UnstableSteps
                    + (steps |> Array.sumBy (fun step -> if step.IsNone then 1L else 0L))
                Running =
                    after
                    |> Array.mapi (fun task running ->
                        if ended[task] then RunningEpisode.start else running)
                Finished = state.Finished |> Array.mapi finished
        }

    /// An iteration of so many steps of each task, and of so many steps that were dropped.
    let iterated steps unstable (state: LoopState) = {
        state with
            Step = state.Step + steps
            UnstableSteps = state.UnstableSteps + int64 (unstable: int)
    }

    /// Whole episodes of each task end, [tasks].
    let finish (sums: EpisodeSums[]) (state: LoopState) = {
        state with
            Finished = Array.map2 TaskTally.finish sums state.Finished
    }

    /// The running episodes are abandoned.
    [<CompiledName("Abandon")>]
    let abandon (state: LoopState) = {
        state with
            Running = state.Running |> Array.map (fun _ -> RunningEpisode.start)
    }

    /// A line of the log is written at this step.
    [<CompiledName("StartInterval")>]
    let startInterval (state: LoopState) = {
        state with
            LoggedStep = state.Step
            Finished = state.Finished |> Array.map TaskTally.startInterval
            Measured = Map.empty
    }

    /// With other reward statistics of each task.
    [<CompiledName("WithRewards")>]
    let withRewards rewards (state: LoopState) = { state with Rewards = rewards }

    /// An evaluation is done at this step.
    [<CompiledName("Evaluated")>]
    let evaluated (state: LoopState) = { state with EvaluatedStep = state.Step }

    /// The episodes of each task as numbers: those in progress, then of each task the length and the numbers of its
    /// finished ones.
    let private tally (state: LoopState) = [|
        yield! state.Running |> Seq.collect RunningEpisode.toNumbers

        for finished in state.Finished do
            let numbers = TaskTally.toNumbers finished
            float numbers.Length
            yield! numbers
    |]

    /// The numbers of the state by name; means are in the order of `measurements`.
    [<CompiledName("Named")>]
    let named (state: LoopState) : (string * float[]) list = [
        "counters", state.Counters |> Array.map float
        "tally", tally state
        "means",
        state.Measured.Values
        |> Seq.collect (fun (struct (sum, count)) -> [ sum; float count ])
        |> Array.ofSeq
    ]

    /// Names of the measurements since the newest line of the log.
    [<CompiledName("Measurements")>]
    let measurements (state: LoopState) = state.Measured.Keys |> Array.ofSeq

    let private episodesOf tasks (numbers: float[]) =
        let running =
            numbers
            |> Array.take (4 * tasks)
            |> Array.chunkBySize 4
            |> Array.map RunningEpisode.ofNumbers

        let finished, _ =
            Array.mapFold
                (fun at _ ->
                    let length = int numbers[at]

                    TaskTally.ofNumbers (Array.sub numbers (at + 1) length), at + 1 + length)
                (4 * tasks)
                running

        running, finished

    /// The reward statistics of each task as numbers, [tasks; 2].
    [<CompiledName("RewardNumbers")>]
    let rewardNumbers (state: LoopState) =
        state.Rewards |> Array.collect (fun s -> [| s.Mean; s.Variance |])

    /// The inverse of `rewardNumbers`.
    [<CompiledName("RewardsOfNumbers")>]
    let rewardsOfNumbers (numbers: float[]) : RewardStatistics[] =
        numbers
        |> Array.chunkBySize 2
        |> Array.map (fun pair -> { Mean = pair[0]; Variance = pair[1] })

    /// The state of as many tasks that `named` and `rewardNumbers` gave; the latter are named "reward_scales".
    [<CompiledName("OfNamed")>]
    let ofNamed tasks (measurements: string[]) (find: Func<string, float[]>) =
        let counters, means = find.Invoke "counters" |> Array.map int64, find.Invoke "means"
        let running, finished = episodesOf tasks (find.Invoke "tally")

        {
            Step = counters[0]
            LoggedStep = counters[1]
            EvaluatedStep = counters[2]
            UnstableSteps = counters[3]
            Running = running
            Finished = finished
            Rewards = rewardsOfNumbers (find.Invoke "reward_scales")
            Measured =
                Map [
                    for i, name in Array.indexed measurements ->
                        name, struct (means[2 * i], int64 means[2 * i + 1])
                ]
        }

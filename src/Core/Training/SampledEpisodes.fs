namespace MtrlFunctional.Training

open System
open MtrlFunctional.Algorithms

/// The episodes of an iteration, or of one of its rounds, as they were played. The owner disposes its tensors.
[<NoEquality; NoComparison>]
type internal SampledEpisodes = {
    /// In main memory.
    Episodes: Episodes
    /// The task of each row of the newest round.
    Tasks: int[]
    /// The episodes of each row of the newest round in the order of time; none in a row that was not played. The last of
    /// several counts only where it reached a terminal state, an only one may have been cut.
    Played: RunningEpisode[][]
    /// Steps that were dropped because the physics failed.
    UnstableSteps: int
    /// Steps of the plan behind the ends of rows that ended after a success.
    StepsLeftOut: int64
    /// Wall-clock time of sampling.
    Seconds: float
    /// Fraction of the threads' time spent in environment steps, in [0, 1].
    PhysicsShare: float
    /// Updates between the policy that played the episodes and the policy that learns from them; null: the lag of the
    /// experiment.
    Lag: Nullable<int>
} with

    member private sampled.Tensors =
        let episodes = sampled.Episodes
        [ episodes.Obs; episodes.Action; episodes.Reward; episodes.LastObs ]

    /// The same episodes, with tensors of no scope.
    member sampled.Detached() =
        for tensor in sampled.Tensors do
            tensor.DetachFromDisposeScope() |> ignore

        sampled

    /// The same episodes, learned so many updates after the policy that played them.
    member sampled.WithLag lag = { sampled with Lag = Nullable lag }

    interface IDisposable with
        member sampled.Dispose() =
            for tensor in sampled.Tensors do
                tensor.Dispose()

/// Rounds and results of sampled episodes.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal SampledEpisodes =
    /// Rounds of an iteration as one: the rows of each task one round behind the other.
    [<CompiledName("Together")>]
    let together (rounds: SampledEpisodes seq) =
        match List.ofSeq rounds with
        | [ only ] -> only
        | rounds ->
            let seconds = rounds |> List.sumBy _.Seconds

            {
                List.last rounds with
                    Episodes = rounds |> List.map _.Episodes |> Episodes.concat
                    UnstableSteps = rounds |> List.sumBy _.UnstableSteps
                    StepsLeftOut = rounds |> List.sumBy _.StepsLeftOut
                    Seconds = seconds
                    PhysicsShare =
                        (rounds |> List.sumBy (fun round -> round.PhysicsShare * round.Seconds))
                        / seconds
            }

    /// Sums over the episodes of each of as many tasks.
    let sums tasks (sampled: SampledEpisodes) =
        let sums = Array.create tasks EpisodeSums.none

        for task, row in Array.zip sampled.Tasks sampled.Played do
            for episode in row do
                sums[task] <- EpisodeSums.add sums[task] (EpisodeSums.ofEpisode episode)

        sums

    /// Whether the first episode of each row has a success.
    let succeeded (sampled: SampledEpisodes) =
        sampled.Played |> Array.map (fun row -> row.Length > 0 && row[0].Ever = 1.0)

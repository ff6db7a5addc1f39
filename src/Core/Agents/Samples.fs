namespace MtrlFunctional.Agents

open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness

/// Which rows of replay an update draws.
[<RequireQualifiedAccess>]
type RowDraw =
    /// One batch with as many rows of each task, [tasks; rows; …].
    | Balanced
    /// One batch of rows drawn from all tasks alike, [tasks; rows; …]; padding has weight 0.
    | Uniform
    /// A batch for each agent in turn, of rows drawn from all tasks alike: each [1; rows; …].
    | UniformForEach of agents: int

/// What an off-policy update draws.
type ReplayDraws = {
    Rows: RowDraw
    /// Random numbers beside the noise of every batch: those of `Batch.Draws`.
    Draws: RandomDraw list
    /// Transitions of each task that its encoding is inferred from (`TaskContext`); none: encodings are not inferred.
    Context: ContextDraw option
}

/// What an off-policy update learns from.
type ReplaySample = {
    /// One; or one for each agent in turn (`RowDraw.UniformForEach`).
    Batches: Batch list
}

/// What an on-policy update learns from.
type EpisodeSample = {
    /// Names the orders of rows.
    Key: Key
    /// Share of the run that is done, in [0, 1].
    Progress: float
    /// As of `Iteration`.
    Lag: int option
    Episodes: Episodes
}

/// An agent of either kind.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type AnyAgent =
    /// Learns from replay after each step.
    | OffPolicy of agent: IAgent<ReplaySample> * draws: ReplayDraws
    /// Learns from whole episodes of its newest policy.
    | OnPolicy of agent: IAgent<EpisodeSample>

    /// The description of either.
    member this.Description =
        match this with
        | OffPolicy(agent, _) -> agent.Description
        | OnPolicy agent -> agent.Description

/// Samples of replay.
module ReplaySample =
    /// A sample of one batch.
    [<CompiledName("OfBatch")>]
    let ofBatch batch = { Batches = [ batch ] }

    /// The only batch of a sample.
    /// Raises InvalidOperationException where batches are drawn for agents in turn.
    let only (sample: ReplaySample) =
        match sample.Batches with
        | [ batch ] -> batch
        | batches -> invalidOp $"{batches.Length} batches, where an update takes one."

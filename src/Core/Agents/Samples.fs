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

/// The draws of an off-policy update.
type ReplayDraws = {
    Rows: RowDraw
    /// Random numbers beside the noise of every batch, for `Batch.Draws`.
    Draws: RandomDraw list
    /// Transitions of each task from which its encoding is inferred (`TaskContext`); none: encodings are not inferred.
    Context: ContextDraw option
}

/// The data of an off-policy update.
type ReplaySample = internal {
    /// One batch; or one for each agent in turn (`RowDraw.UniformForEach`).
    Batches: Batch list
}

/// The data of an on-policy update.
type EpisodeSample = {
    /// The key of the orders of rows.
    Key: Key
    /// The finished share of the run, in [0, 1].
    Progress: float
    /// As `Iteration.Lag`.
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

    /// The description of the agent.
    member this.Description =
        match this with
        | OffPolicy(agent, _) -> agent.Description
        | OnPolicy agent -> agent.Description

/// Samples of replay.
module ReplaySample =
    /// A sample of one batch.
    let ofBatch batch = { Batches = [ batch ] }

    /// The only batch of a sample.
    /// Raises InvalidOperationException if batches are drawn for agents in turn.
    let only (sample: ReplaySample) =
        match sample.Batches with
        | [ batch ] -> batch
        | batches -> invalidOp $"{batches.Length} batches, where an update takes one."

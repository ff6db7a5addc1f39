/// Constants of an update: network inputs, outputs of policy and value function before the update,
/// returns and advantages.
module internal MtrlFunctional.Algorithms.Preparation

open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.ValuePredictions

/// Data of an iteration for the updates of policy and value function. Rows are all steps of all episodes with their
/// padding: [tasks; episodes · steps].
type Prepared = {
    Iteration: Iteration
    /// Consecutive rows that minibatches of the policy keep together: the steps of a chunk or sequence, or 1.
    Block: int
    /// Indices of each task's rows, without padding.
    Rows: int[][]
    /// Weights whose sum over all steps is 1, [tasks; rows].
    Weight: Tensor
    /// Scaled network inputs, [tasks; rows; obs].
    Obs: Tensor
    /// States of the memory before each row, [tasks; rows; units], where gradients go back through chunks of rows.
    Before: Tensor option
    /// Inputs of the value function, [tasks; rows; n].
    ValueObs: Tensor
    Action: Tensor
    /// Number of the step in its episode, [tasks; rows].
    Step: Tensor
    /// The policy before the update.
    Policy: ActionDistribution
    /// log π of the actions under `Policy`.
    LogProb: Tensor
    /// π / μ of the actions, where an earlier policy μ played the iteration.
    Ratio: Tensor option
    /// V before the update, in units of the return.
    Value: Tensor
    /// Before normalisation.
    RawAdvantage: Tensor
    Advantage: Tensor
    /// Regression target of the value function, in units of the return.
    Return: Tensor
    /// Entropy coefficient of each task's rows in the objective, [tasks].
    EntropyCoefficient: float[]
}

/// [tasks; episodes; ..; n] to [tasks; rows; n], and without a last n.
let private flat wide (x: Tensor) =
    let shape = Tensor.shape x

    Tensor.reshape
        (if wide then
             [| shape[0]; -1L; Array.last shape |]
         else
             [| shape[0]; -1L |])
        x

/// The policy's first minibatch of this size; without one all rows, in their stored order.
let firstRows size prepared =
    let rowsOfTask = int (Tensor.size 1 prepared.Weight)

    Minibatches.pass prepared.Block rowsOfTask prepared.Rows size prepared.Iteration.PolicyOrder 0
    |> Seq.head

/// All rows as one minibatch, in their stored order.
let allRows prepared = firstRows None prepared

/// The rows that are no padding; none where padding matters.
let private realRows (config: OnPolicyConfig) perTask rows : RowPieces.RealRows option =
    if config.PaddingInAdvantages then
        None
    else
        Some {
            RowsOfTask = int64 perTask
            Places = Minibatches.indicesOf perTask rows |> Array.concat |> Array.map int64
        }

/// The agent whose networks are evaluated at many rows of an iteration (`RowPieces`).
let atAllRows shards (prepared: Prepared) (agent: OnPolicyAgent) =
    let perTask = int (Tensor.size 1 prepared.Weight)
    RowPieces.ofAgent shards (realRows agent.Config perTask prepared.Rows) agent

/// Mean of a number per row, with or without padding.
let mean leaks prepared (x: Tensor) =
    let shape = Tensor.shape prepared.Weight
    let x = Tensor.expand shape x

    if leaks then
        Tensor.mean x
    else
        Tensor.sum (prepared.Weight .* x)

/// π / μ of actions that an earlier policy drew from these observations; 1 at padding.
let private ratioToPlayer (agent: OnPolicyAgent) state lag (obs: Tensor) action weight logProb =
    OnPolicyState.playerOf lag state
    |> Option.map (fun player ->
        let earlier =
            OnPolicyNetworks.scaled agent player obs
            |> OnPolicyNetworks.policy agent (OnPolicyNetworks.policyViews agent player) None

        let before = ActionDistribution.logProb earlier action
        Tensor.exp (PolicyObjective.ofRows weight before logProb .- before))

/// Advantages before normalisation, and regression targets of the value function. `rewarded` is the sequence with
/// bonuses in its rewards.
let private estimates
    (config: OnPolicyConfig)
    ratio
    (sequence: Advantages.RewardSequence)
    rewarded
    =
    let discount, lambda = config.Discount, config.Lambda

    match config.Lag, ratio with
    | Some lag, Some ratio ->
        let found =
            VTrace.estimate discount lambda lag.Bounds (Tensor.toDoubles ratio) rewarded

        found.Advantage, Array.map2 (+) found.ValueError sequence.Value
    | _ ->
        let raw = Advantages.estimate discount lambda rewarded

        raw,
        match config.Target with
        | DiscountedReturns -> Advantages.returns discount sequence
        | LambdaReturns -> Array.map2 (+) raw sequence.Value

/// Evaluates both networks once at each step of the iteration and derives returns and advantages. Also
/// the running statistics of rewards.
let prepare
    (agent: OnPolicyAgent)
    (state: OnPolicyState)
    (iteration: Iteration)
    : Prepared * Running =
    let config, episodes = agent.Config, iteration.Episodes
    let tasks, count, steps = Episodes.sizes episodes
    let rows = Minibatches.rowsOf episodes

    let agent =
        RowPieces.ofAgent agent.Shards (realRows config (count * steps) rows) agent

    let scaled = OnPolicyNetworks.scaled agent state
    let unscaled = flat true episodes.Obs
    let obs = scaled unscaled
    let action = flat true episodes.Action

    let views = OnPolicyNetworks.policyViews agent state
    let remembered = OnPolicyNetworks.policyRows agent views None obs
    let policy = OnPolicyNetworks.decide agent views remembered

    let number f =
        Array.init (tasks * count * steps) f |> toRows episodes.Obs

    let step = Episodes.stepNumbers episodes |> Array.map float |> toRows episodes.Obs

    let value, last = predict agent state scaled obs step episodes

    let goesOn e =
        config.BootstrapTimeLimits
        && not episodes.Terminal[e]
        && episodes.Lengths[e] > 0

    let sequence: Advantages.RewardSequence = {
        Steps = steps
        Lengths = episodes.Lengths
        Restarts = episodes.Restarts
        Reward = Tensor.toDoubles episodes.Reward
        Value = Tensor.toDoubles value
        BootstrapValue =
            episodes.Lengths |> Array.mapi (fun e _ -> if goesOn e then last[e] else 0.0)
        Leaks =
            episodes.Lengths
            |> Array.mapi (fun e _ -> config.PaddingInAdvantages && not (goesOn e))
    }

    let running, reward = ScaledRewards.ofSequence config state sequence rows
    let sequence = { sequence with Reward = reward }

    let rewarded =
        match config.Entropy with
        | NoBonus
        | InObjective _
        | Tuned _ -> sequence
        | InReward coefficient ->
            let bonus =
                Tensor.expand (Tensor.shape value) (PolicyObjective.entropy config policy)
                |> Tensor.toDoubles

            {
                sequence with
                    Reward = Array.map2 (fun r h -> r + coefficient * h) sequence.Reward bonus
            }

    let logProb = ActionDistribution.logProb policy action
    let weight = flat false (Episodes.weight episodes)
    let ratio = ratioToPlayer agent state iteration.Lag unscaled action weight logProb
    let raw, target = estimates config ratio sequence rewarded

    {
        Iteration = iteration
        Block = OnPolicyConfig.block config
        Rows = rows
        Weight = weight ./ Tensor.sum weight
        Obs = obs
        Before =
            config.Memory
            |> Option.bind _.Chunk
            |> Option.map (fun _ -> OnPolicyNetworks.statesBefore agent remembered)
        ValueObs = OnPolicyNetworks.valueRows agent state (OnPolicyConfig.sequence config) obs
        Action = action
        Step = step
        Policy = policy
        LogProb = logProb
        Ratio = ratio
        Value = value
        RawAdvantage = toRows episodes.Obs raw
        Advantage =
            NormalisedAdvantages.ofIteration config rows episodes.Remembered raw
            |> toRows episodes.Obs
        Return = toRows episodes.Obs target
        EntropyCoefficient = EntropyTuning.coefficients config state.EntropyCoefficient
    },
    running

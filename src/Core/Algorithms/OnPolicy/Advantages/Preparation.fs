/// Constants of an update: network inputs, outputs of policy and value function before the update,
/// returns and advantages.
module internal MtrlFunctional.Algorithms.Preparation

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Rows are those of all episodes with their padding: [tasks; episodes · steps].
type Prepared = {
    Iteration: Iteration
    /// Consecutive rows that stay together: the steps of a sequence, or 1.
    Block: int
    /// Indices of each task's rows, without padding.
    Rows: int[][]
    /// Weights whose sum over all steps is 1, [tasks; rows].
    Weight: Tensor
    /// Scaled network inputs, [tasks; rows; obs].
    Obs: Tensor
    /// What the value function reads of them, [tasks; rows; n].
    ValueObs: Tensor
    Action: Tensor
    /// Number of the step in its episode, [tasks; rows].
    Step: Tensor
    /// The policy before the update.
    Policy: ActionDistribution
    /// Its log π of the actions.
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
    let shape = Ops.Shape x

    Ops.Reshape(
        x,
        if wide then
            [| shape[0]; -1L; Array.last shape |]
        else
            [| shape[0]; -1L |]
    )

/// Numbers of all rows as a new tensor.
let private toRows (like: Tensor) (numbers: float[]) =
    let tasks = Ops.Size(like, 0)

    TensorOptions.fromDoubles (TensorOptions.ofTensor like) numbers [|
        tasks
        int64 numbers.Length / tasks
    |]

/// The policy's first minibatch of this size; without one all rows, in their stored order.
let firstRows size prepared =
    let places = int (Ops.Size(prepared.Weight, 1))

    Minibatches.pass prepared.Block places prepared.Rows size prepared.Iteration.PolicyOrder 0
    |> Seq.head

/// All rows as one minibatch, in their stored order.
let allRows prepared = firstRows None prepared

/// Mean of a number per row, with or without padding.
let mean leaks prepared (x: Tensor) =
    let shape = Ops.Shape prepared.Weight
    let x = Ops.Expand(x, shape)
    if leaks then Ops.Mean x else Ops.Sum(prepared.Weight .* x)

/// The statistics of rewards after the iteration, and the divisor of each task's rewards.
let private scaleRewards
    (config: OnPolicyConfig)
    (state: OnPolicyState)
    (sequence: Advantages.RewardSequence)
    rows
    =
    match config.RewardScaling with
    | None -> state.Reward, sequence.Reward
    | Some scaling ->
        let sums = Advantages.accumulated config.Discount sequence
        let perTask = sequence.Reward.Length / config.Tasks

        let places task =
            rows |> Array.item task |> Array.map (fun i -> task * perTask + i)

        let moments (places: int[]) =
            let numbers = places |> Array.map (fun i -> sums[i])
            let mean = Array.average numbers
            mean, numbers |> Array.averageBy (fun x -> (x - mean) * (x - mean))

        let before =
            Array.zip (Ops.ToDoubles state.Reward.Mean) (Ops.ToDoubles state.Reward.Variance)

        let all = [| 0 .. config.Tasks - 1 |] |> Array.map places

        // The statistics of a task without rows are unchanged.
        let found =
            if scaling.PerTask then
                Array.map2
                    (fun before own -> if Array.isEmpty own then before else moments own)
                    before
                    all
            else
                Array.create config.Tasks (moments (Array.concat all))

        let place = TensorOptions.ofTensor state.Reward.Mean

        let asTensor pick =
            TensorOptions.fromDoubles place (Array.map pick found) [| int64 config.Tasks |]

        let count =
            float (Seq.sumBy Array.length rows)
            / float (if scaling.PerTask then config.Tasks else 1)

        let running = RunningMoments.merge count (asTensor fst) (asTensor snd) state.Reward
        let deviation = Ops.ToDoubles(RunningMoments.deviation running)

        let scaled =
            sequence.Reward
            |> Array.mapi (fun i r ->
                r / deviation[i / perTask] |> max -scaling.Clip |> min scaling.Clip)

        running, scaled

/// Advantages of all rows, shaped by the configuration except for normalisation within minibatches.
/// `rows` are the indices of each task among its own.
let shaped (config: OnPolicyConfig) (rows: int[][]) (advantages: float[]) =
    let shape = config.Advantage
    let perTask = advantages.Length / rows.Length

    let places =
        rows |> Array.mapi (fun task -> Array.map (fun i -> task * perTask + i))

    let all = Array.concat places

    let centre places =
        Advantages.normalised shape.ByStandardDeviation places

    let centred =
        match shape.NormalisedOver with
        | Some WholeBatch -> centre all advantages
        | Some EachTask ->
            places
            |> Seq.filter (fun rows -> rows.Length > 0)
            |> Seq.fold (fun advantages rows -> centre rows advantages) advantages
        | Some EachMinibatch
        | Some EachTaskOfMinibatch
        | None -> advantages

    if shape.Positive then
        Advantages.positive all centred
    else
        centred

/// Advantages of the rows of some minibatches, normalised within each minibatch where
/// so configured; `all` are those of all rows, `rowsOfTask` of each task.
let advantagesOf
    (shape: AdvantageNormalisation)
    (all: float[])
    rowsOfTask
    (indices: Minibatches.MinibatchIndices)
    : float[] =
    let chosen = indices.Places |> Array.map (fun place -> all[int place])

    let centre first next =
        if next > first then
            let part = Array.sub chosen first (next - first)

            let centred =
                Advantages.normalised shape.ByStandardDeviation [| 0 .. part.Length - 1 |] part

            Array.blit centred 0 chosen first part.Length

    let taskAt i = indices.Places[i] / rowsOfTask

    for k in 0 .. indices.Starts.Length - 2 do
        let first, next = int indices.Starts[k], int indices.Starts[k + 1]

        match shape.NormalisedOver with
        | Some EachMinibatch -> centre first next
        | Some EachTaskOfMinibatch ->
            let mutable start = first

            for i in first + 1 .. next do
                if i = next || taskAt i <> taskAt start then
                    centre start i
                    start <- i
        | Some WholeBatch
        | Some EachTask
        | None -> ()

    chosen

/// V of each row and of the last observation of each row of episodes, in units of the return. `scaled` scales observations.
let private valuesOf (agent: OnPolicyAgent) (state: OnPolicyState) scaled obs step episodes =
    let weights =
        Layout.views agent.ValueLayout state.Value.Values
        |> OnPolicyNetworks.valueWithEmbeddings agent state

    let inReturns = OnPolicyNetworks.inReturns agent state
    let tasks, count, steps = Episodes.sizes episodes

    let lastStep =
        Episodes.lastLengths episodes |> Array.map float |> toRows episodes.LastObs

    match agent.Config.Memory with
    | None ->
        inReturns (OnPolicyNetworks.value agent weights obs step),
        Ops.ToDoubles(
            inReturns (OnPolicyNetworks.value agent weights (scaled episodes.LastObs) lastStep)
        )
    | Some _ ->
        // The last observation follows the steps of its row, in the place of padding where there is some.
        let longer = steps + 1

        let places =
            Array.init (tasks * count * longer) (fun i ->
                let row, t = i / longer, i % longer
                int64 (row * longer + (if t < episodes.Lengths[row] then t else steps)))

        let joined (x: Tensor) last width =
            let shape = [| int64 (tasks * count); -1L; width |]

            let both = Ops.Cat([| Ops.Reshape(x, shape); Ops.Reshape(last, shape) |], 1L)

            let index = Ops.To(Ops.FromLongs(places, [| int64 places.Length |]), Ops.DeviceOf x)

            Ops.Reshape(
                Ops.IndexSelect(Ops.Reshape(both, [| -1L; width |]), 0L, index),
                [| int64 tasks; -1L; width |]
            )

        let obs = joined obs (scaled episodes.LastObs) (Ops.Size(obs, 2))
        let step = Ops.Squeeze(joined step lastStep 1L, 2L)
        let read = OnPolicyNetworks.valueRows agent state longer obs
        let value = inReturns (OnPolicyNetworks.valueWithLast agent weights read step)
        let rows = Ops.Reshape(value, [| int64 (tasks * count); int64 longer |])
        let numbers = Ops.ToDoubles value

        Ops.Reshape(Ops.Contiguous(Ops.Narrow(rows, 1L, 0L, int64 steps)), [| int64 tasks; -1L |]),
        episodes.Lengths
        |> Array.mapi (fun row length -> numbers[row * longer + length])

/// π / μ of actions that an earlier policy drew from these observations.
let private ratioToPlayer (agent: OnPolicyAgent) state (obs: Tensor) action logProb =
    OnPolicyState.players state
    |> List.tryHead
    |> Option.map (fun player ->
        let earlier =
            OnPolicyNetworks.scaled agent player obs
            |> OnPolicyNetworks.policy agent (OnPolicyNetworks.policyViews agent player)

        Ops.Exp(logProb .- ActionDistribution.logProb earlier action))

/// Advantages before normalisation, and regression targets of the value function. `rewarded` is the sequence with bonuses
/// in its rewards.
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
            VTrace.estimate discount lambda lag.Bounds (Ops.ToDoubles ratio) rewarded

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
    let agent = RowPieces.ofAgent agent.Shards agent
    let config, episodes = agent.Config, iteration.Episodes
    let tasks, count, steps = Episodes.sizes episodes
    let rows = Minibatches.rowsOf episodes
    let scaled = OnPolicyNetworks.scaled agent state
    let unscaled = flat true episodes.Obs
    let obs = scaled unscaled
    let action = flat true episodes.Action

    let policy =
        OnPolicyNetworks.policy agent (OnPolicyNetworks.policyViews agent state) obs

    let number f =
        Array.init (tasks * count * steps) f |> toRows episodes.Obs

    let step = Episodes.stepNumbers episodes |> Array.map float |> toRows episodes.Obs

    let value, last = valuesOf agent state scaled obs step episodes

    let goesOn e =
        config.BootstrapsTimeLimits
        && not episodes.Terminal[e]
        && episodes.Lengths[e] > 0

    let sequence: Advantages.RewardSequence = {
        Steps = steps
        Lengths = episodes.Lengths
        Restarts = episodes.Restarts
        Reward = Ops.ToDoubles episodes.Reward
        Value = Ops.ToDoubles value
        BootstrapValue =
            episodes.Lengths |> Array.mapi (fun e _ -> if goesOn e then last[e] else 0.0)
        Leaks =
            episodes.Lengths
            |> Array.mapi (fun e _ -> config.LeaksPadding && not (goesOn e))
    }

    let running, reward = scaleRewards config state sequence rows
    let sequence = { sequence with Reward = reward }

    let rewarded =
        match config.Entropy with
        | NoBonus
        | InObjective _
        | Tuned _ -> sequence
        | InReward coefficient ->
            let bonus =
                Ops.Expand(PolicyObjective.entropy config policy, Ops.Shape value)
                |> Ops.ToDoubles

            {
                sequence with
                    Reward = Array.map2 (fun r h -> r + coefficient * h) sequence.Reward bonus
            }

    let logProb = ActionDistribution.logProb policy action
    let ratio = ratioToPlayer agent state unscaled action logProb
    let raw, target = estimates config ratio sequence rewarded
    let weight = flat false (Episodes.weight episodes)

    {
        Iteration = iteration
        Block = OnPolicyConfig.block config
        Rows = rows
        Weight = weight ./ Ops.Sum weight
        Obs = obs
        ValueObs = OnPolicyNetworks.valueRows agent state (OnPolicyConfig.block config) obs
        Action = action
        Step = step
        Policy = policy
        LogProb = logProb
        Ratio = ratio
        Value = value
        RawAdvantage = toRows episodes.Obs raw
        Advantage = toRows episodes.Obs (shaped config rows raw)
        Return = toRows episodes.Obs target
        EntropyCoefficient = EntropyTuning.coefficients config state.EntropyCoefficient
    },
    running

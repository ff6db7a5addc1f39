namespace MtrlFunctional.Algorithms

open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// Running mean and variance of numbers that arrive in batches.
type Running = {
    /// Weight of all batches so far: rows, or iterations, as the caller counts them.
    Count: float
    Mean: Tensor
    /// Dividing by the count; 1 before the first batch.
    Variance: Tensor
}

/// The policy of an earlier state.
type EarlierPolicy = {
    /// Its trained parameters.
    Values: Tensor
    /// Statistics that scaled its observations.
    Obs: Running
}

/// Parameters, optimiser states and running statistics of an on-policy agent.
type OnPolicyState = {
    Policy: AdamState
    Value: AdamState
    /// Parameters that are never trained; mostly empty.
    Fixed: Tensor
    /// Fixed task embeddings, as inputs of the networks; mostly empty.
    Embeddings: Tensor
    /// c of each task, [tasks]; empty where none learns.
    EntropyCoefficient: float[]
    /// Statistics of observations, [obs] or [tasks; obs]: all columns; the configuration selects the scaled ones.
    Obs: Running
    /// Statistics of discounted sums of rewards, [tasks].
    Reward: Running
    /// Statistics of the regression targets of the value function, [tasks].
    Return: Running
    /// Policies that play the next iterations before this state's policy does, in that order: as many as the lag.
    Earlier: EarlierPolicy list
    /// Updates so far.
    Iterations: int64
    /// State of the surgery of the policy's gradients.
    PolicySurgery: SurgeryState
    ValueSurgery: SurgeryState
}

/// Running statistics as values.
module Running =
    /// Their tensors.
    let owns running = [ running.Mean; running.Variance ]

    /// Before the first batch, for `shape` numbers.
    let start place (shape: int64[]) = {
        Count = 0.0
        Mean = Draw.constant place 0.0 shape
        Variance = Draw.constant place 1.0 shape
    }

module internal EarlierPolicy =
    let owns earlier =
        earlier.Values :: Running.owns earlier.Obs

/// Making and owning states.
module OnPolicyState =
    [<CompiledName("Owns")>]
    let owns (state: OnPolicyState) : seq<Tensor> =
        Seq.concat [
            AdamState.owns state.Policy
            AdamState.owns state.Value
            [ state.Fixed; state.Embeddings ]
            Running.owns state.Obs
            Running.owns state.Reward
            Running.owns state.Return
            state.Earlier |> List.collect EarlierPolicy.owns
        ]

    /// The policy of a state, for playing a later iteration.
    let internal player (state: OnPolicyState) : EarlierPolicy = {
        Values = state.Policy.Values
        Obs = state.Obs
    }

    /// The state with an earlier policy.
    let internal playedBy (earlier: EarlierPolicy) (state: OnPolicyState) = {
        state with
            Policy.Values = earlier.Values
            Obs = earlier.Obs
    }

    /// The states whose policies play the next iterations before this state's policy does. They share its tensors.
    [<CompiledName("BehaviourPolicies")>]
    let behaviourPolicies (state: OnPolicyState) : OnPolicyState list =
        state.Earlier |> List.map (fun earlier -> playedBy earlier state)

    /// The state whose policy played an iteration `lag` updates ago, from 0 to the lag of the configuration, which is
    /// the default. None if the policy always plays for itself.
    let internal playerOf (lag: int option) (state: OnPolicyState) =
        match state.Earlier, lag with
        | [], _ -> None
        | _, Some 0 -> Some state
        | earlier, Some lag -> Some(playedBy (List.item (earlier.Length - lag) earlier) state)
        | oldest :: _, None -> Some(playedBy oldest state)

    /// The state of a policy that plays the first iterations itself.
    let internal playedByItself (agent: OnPolicyAgent) (state: OnPolicyState) =
        let lag = agent.Config.Lag |> Option.map _.Updates |> Option.defaultValue 0

        { state with Earlier = List.replicate lag (player state) }

    /// The fixed task embeddings, with the options `place`.
    let embeddings (agent: OnPolicyAgent) place =
        // Constants: the key draws none of them.
        Layout.initialise place (Key.ofSeed 0L) agent.EmbeddingLayout

    /// A state before the first update, with the options `place`.
    [<CompiledName("Create")>]
    let create (agent: OnPolicyAgent) key place : OnPolicyState =
        Tensors.scope owns (fun () ->
            let fresh purpose layout =
                Layout.initialise place (Key.forPurpose purpose key) layout

            let tasks = [| int64 agent.Config.Tasks |]

            {
                Policy = AdamState.start (fresh "policy" agent.PolicyLayout)
                Value = AdamState.start (fresh "value" agent.ValueLayout)
                Fixed = fresh "fixed" agent.FixedLayout
                Embeddings = embeddings agent place
                EntropyCoefficient = EntropyTuning.start agent.Config
                Obs = Running.start place (OnPolicyConfig.obsStatistics agent.Config)
                Reward = Running.start place tasks
                Return = Running.start place tasks
                Earlier = []
                Iterations = 0L
                PolicySurgery = OnPolicySurgery.start agent.Config _.OfPolicy
                ValueSurgery = OnPolicySurgery.start agent.Config _.OfValue
            }
            |> playedByItself agent)

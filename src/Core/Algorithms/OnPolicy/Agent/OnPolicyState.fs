namespace MtrlFunctional.Algorithms

open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.StatePart

/// Running mean and variance of numbers that arrive in batches.
type Running = {
    /// Weight of all batches so far: rows, or iterations, as the caller counts them.
    Count: float
    Mean: Tensor
    /// Dividing by the count; 1 before the first batch.
    Variance: Tensor
}

/// The policy of an earlier state.
type internal EarlierPolicy = {
    /// Its trained parameters.
    Values: Tensor
    /// Statistics that scaled its observations.
    Obs: Running
}

/// Parameters, optimiser states and running statistics of an on-policy agent.
type OnPolicyState = internal {
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
    let start options (shape: int64[]) = {
        Count = 0.0
        Mean = Draw.constant options 0.0 shape
        Variance = Draw.constant options 1.0 shape
    }

    /// Statistics of this shape as a part of a state: "statistics/obs/mean".
    let part name (shape: int64[]) (get: 'state -> Running) set =
        let number entry shape read write : StoredNumbers<'state> = {
            Name = $"{name}/{entry}"
            Shape = List.ofArray shape
            Read = get >> read
            Write = fun options x state -> set (write options x (get state)) state
        }

        numbers name [
            number "count" [||] (fun r -> Tensor.ofDoubles [||] [| r.Count |]) (fun _ x r -> {
                r with
                    Count = Tensor.item x
            })
            number "mean" shape _.Mean (fun options x r -> {
                r with
                    Mean = TensorOptions.put options x
            })
            number "variance" shape _.Variance (fun options x r -> {
                r with
                    Variance = TensorOptions.put options x
            })
        ]

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

    /// The policies that play the next iterations after an update of this state.
    let internal nextPlayers (state: OnPolicyState) =
        state.Earlier @ [ player state ] |> List.tail

    /// The state with an earlier policy.
    let internal playedBy (earlier: EarlierPolicy) (state: OnPolicyState) = {
        state with
            Policy.Values = earlier.Values
            Obs = earlier.Obs
    }

    /// The states whose policies play the next iterations before this state's policy does. They share its tensors.
    [<CompiledName("BehaviourPolicies")>]
    let internal behaviourPolicies (state: OnPolicyState) : OnPolicyState list =
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

    /// The fixed task embeddings, with `options`.
    let internal embeddings (agent: OnPolicyAgent) options =
        // Constants: the key draws none of them.
        Layout.initialise options (Key.ofSeed 0L) agent.EmbeddingLayout

    /// A state before the first update, with the parameters that `vector` gives for a name and a layout; other numbers
    /// have `options`.
    let private start (agent: OnPolicyAgent) options vector : OnPolicyState =
        let tasks = [| int64 agent.Config.Tasks |]

        {
            Policy = AdamState.start (vector "policy" agent.PolicyLayout)
            Value = AdamState.start (vector "value" agent.ValueLayout)
            Fixed = vector "fixed" agent.FixedLayout
            Embeddings = embeddings agent options
            EntropyCoefficient = EntropyTuning.start agent.Config
            Obs = Running.start options (OnPolicyConfig.obsStatistics agent.Config)
            Reward = Running.start options tasks
            Return = Running.start options tasks
            Earlier = []
            Iterations = 0L
            PolicySurgery = OnPolicySurgery.start agent.Config _.OfPolicy
            ValueSurgery = OnPolicySurgery.start agent.Config _.OfValue
        }
        |> playedByItself agent

    /// A state before the first update, with `options`.
    [<CompiledName("Create")>]
    let internal create (agent: OnPolicyAgent) key options : OnPolicyState =
        Tensors.scope owns (fun () ->
            start agent options (fun purpose layout ->
                Layout.initialise options (Key.forPurpose purpose key) layout))

    /// The learned entropy coefficients, if any learns.
    let private coefficients (agent: OnPolicyAgent) : StoredNumbers<OnPolicyState> list =
        match EntropyTuning.start agent.Config with
        | [||] -> []
        | each -> [
            {
                Name = "entropy/coefficient"
                Shape = [ int64 each.Length ]
                Read = fun s -> Tensor.ofDoubles [| int64 each.Length |] s.EntropyCoefficient
                Write = fun _ x s -> { s with EntropyCoefficient = Tensor.toDoubles x }
            }
          ]

    [<Literal>]
    let private Iterations = "iterations"

    /// The parts of a state, with as many earlier policies.
    let internal parts (agent: OnPolicyAgent) players : StatePart<OnPolicyState> list =
        let obs, tasks =
            OnPolicyConfig.obsStatistics agent.Config, [| int64 agent.Config.Tasks |]

        let surgery = OnPolicySurgery.start agent.Config

        [
            trained "policy" agent.PolicyLayout _.Policy (fun x s -> { s with Policy = x })
            trained "value" agent.ValueLayout _.Value (fun x s -> { s with Value = x })
            notTrained "fixed" agent.FixedLayout _.Fixed (fun x s -> { s with Fixed = x })
            Running.part "statistics/obs" obs _.Obs (fun x s -> { s with OnPolicyState.Obs = x })
            Running.part "statistics/reward" tasks _.Reward (fun x s -> { s with Reward = x })
            Running.part "statistics/return" tasks _.Return (fun x s -> { s with Return = x })

            for i in 0 .. players - 1 do
                let get (state: OnPolicyState) = state.Earlier[i]

                let set change state = {
                    state with
                        Earlier = List.updateAt i (change (get state)) state.Earlier
                }

                target $"earlier/{i}" agent.PolicyLayout (get >> _.Values) (fun x ->
                    set (fun earlier -> { earlier with Values = x }))

                Running.part $"earlier/{i}/obs" obs (get >> _.Obs) (fun x ->
                    set (fun earlier -> { earlier with Obs = x }))

            numbers "entropy" (coefficients agent)
            numbers Iterations [
                count Iterations _.Iterations (fun x s -> { s with Iterations = x })
            ]
            memory "surgery/policy" (surgery _.OfPolicy) _.PolicySurgery (fun x s -> {
                s with
                    PolicySurgery = x
            })
            memory "surgery/value" (surgery _.OfValue) _.ValueSurgery (fun x s -> {
                s with
                    ValueSurgery = x
            })
        ]

    /// The tensors of a state by name. They are views: valid as long as the state.
    let internal toNamed agent (state: OnPolicyState) : (string * Tensor) list =
        // Before the first update the earlier policies are the policy itself.
        let players = if state.Iterations > 0L then state.Earlier.Length else 0
        StatePart.toNamed (parts agent players) state

    /// The state of named tensors; or every name that is missing or has another shape. The numbers are copied with the
    /// `options`.
    [<CompiledName("OfNamed")>]
    let internal ofNamed (agent: OnPolicyAgent) options find : Result<OnPolicyState, string list> =
        let players =
            match agent.Config.Lag, find Iterations with
            | Some lag, Some iterations when whole iterations > 0L -> lag.Updates
            | _ -> 0

        StatePart.ofNamed owns (start agent options) (parts agent players) options find
        |> Result.map (fun state ->
            if state.Iterations = 0L then
                playedByItself agent state
            else
                state)

    /// Whether actions may depend on the tensor of this name in a checkpoint. Agents of extensions have names of their own.
    [<CompiledName("IsPlayed")>]
    let internal isPlayed (name: string) =
        // Names of a task's own agent begin with "task/NUMBER/".
        let own =
            if name.StartsWith "task/" then
                name.Substring(name.IndexOf('/', 5) + 1)
            else
                name

        [
            "value/"
            "optimizer/"
            "surgery/"
            "earlier/"
            "entropy/"
            "adapted/"
            Iterations
        ]
        |> List.forall (own.StartsWith >> not)

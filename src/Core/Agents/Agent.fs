namespace MtrlFunctional.Agents

open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// Parameters of an agent.
type ParameterCounts = {
    /// Trained parameters, each stored with the two moments of its optimiser.
    Trained: int64
    /// Parameters of target networks.
    Targets: int64
    /// Parameters that are never trained.
    Fixed: int64
}

/// Parameters that one optimiser trains.
type TrainedPart = {
    Layout: Layout
    /// Whether a target network follows the part.
    HasTarget: bool
    /// Whether gradients of the part can be taken task by task.
    HasTaskGradients: bool
}

/// An agent as seen from outside: sizes of its rows, and its networks. No tensors.
type AgentDescription = {
    /// Agents of this kind: 1, or one for each task.
    Members: int
    /// Leading dimension of observations: the tasks, or 1 where networks and minibatches do not tell
    /// tasks apart.
    Groups: int
    /// Numbers of an observation, one-hot task columns included.
    ObsSize: int
    /// Numbers of an action.
    ActionSize: int
    /// Standard normal numbers that one exploring action takes.
    NoiseSize: int
    /// Numbers of a policy's memory of the rows before, for each row; 0: none.
    MemorySize: int
    Parameters: ParameterCounts
    /// The trained parts of one member.
    Parts: TrainedPart list
    /// The networks of one member that a row of a batch passes, and their inputs.
    Networks: (InputSizes * Spec) list
    /// A lower bound of the entropy of every policy, in nats per action dimension; none: unbounded.
    LeastEntropy: float option
    /// A column for each network.
    Diagram: Lazy<Diagram.Column list>
    /// Every parameter with its name in a checkpoint, shape and size; then the totals.
    ParameterTable: Lazy<string>
}

/// Trained parts.
module TrainedPart =
    /// A part without a target network.
    let create layout = { Layout = layout; HasTarget = false; HasTaskGradients = true }

    /// Numbers of a part.
    let internal count (part: TrainedPart) = float part.Layout.Length

    /// Numbers of a part that one task's gradient reaches: shared numbers and the task's own.
    let internal countOfTask (part: TrainedPart) =
        float (Sharing.sharedCount part.Layout) + float (Sharing.ownCount part.Layout)

/// Descriptions of agents.
module AgentDescription =
    /// One agent for as many tasks, of these sizes of observations and actions: with its networks, the parts of its state
    /// and the trained ones. An exploring action takes a normal number for each of its numbers.
    let create (tasks, obsSize, actionSize) outlines parts trained : AgentDescription =
        let count role = StatePart.countOf role parts

        {
            Members = 1
            Groups = tasks
            ObsSize = obsSize
            ActionSize = actionSize
            NoiseSize = actionSize
            MemorySize = 0
            Parameters = {
                Trained = count PartRole.Trained
                Targets = count PartRole.Target
                Fixed = count PartRole.Fixed + count PartRole.Inferred
            }
            Parts = trained
            Networks = NetworkOutline.passed outlines
            LeastEntropy = None
            Diagram = lazy (NetworkOutline.columns outlines)
            ParameterTable = lazy (StatePart.table parts)
        }

/// A state of an agent as an immutable value of a type that is private to its algorithm.
/// `'sample` is the type of the data of one update.
type IAgentState<'sample> =
    /// The tensors of the state; tensors that two states share are the same objects.
    abstract Owns: seq<Tensor>

    /// The earlier states whose policies play the next iterations, in that order; only their `Act` is called. They
    /// share tensors with this state. Empty without a lag.
    abstract BehaviourPolicies: IAgentState<'sample> list

    /// The policy's memory after an observation, from the memory before: [groups; rows; memory] and [groups; rows; obs]
    /// to [groups; rows; memory]. `Act` and `ActGreedily` then take the memory in the place of observations. An agent
    /// without a memory returns the observations.
    abstract StepMemory: memory: Tensor * obs: Tensor -> Tensor

    /// Exploring actions, [groups; rows; obs] and noise [groups; rows; noise] to
    /// [groups; rows; actions].
    abstract Act: obs: Tensor * noise: Tensor -> Tensor

    /// Greedy actions, [groups; rows; obs] to [groups; rows; actions].
    abstract ActGreedily: obs: Tensor -> Tensor

    /// The next state and the metrics. This state stays valid; both states share the tensors that did not change.
    abstract Update: sample: 'sample -> struct (IAgentState<'sample> * Metrics)

    /// As `Update`, with the cosines of the tasks' gradients before the update; none where tasks share
    /// no parameters. `step` counts environment steps, `update` counts updates.
    abstract UpdateWithConflicts:
        step: int64 * update: int64 * sample: 'sample ->
            struct (IAgentState<'sample> * Metrics * ConflictRecord list)

    /// Whether `Adapt` returns a state.
    abstract CanAdapt: bool

    /// This state with a policy for tasks that are known from a sample only: by task encodings inferred from the
    /// sample, or by gradient steps. All functions but `Act` and `ActGreedily` are unchanged. None if the agent cannot
    /// adapt.
    abstract Adapt: sample: 'sample -> IAgentState<'sample> option

    /// This state, which from here on changes only parameters for which `find` has 1, not 0, in the tensor of their
    /// name in a checkpoint, with the options `place`. None if the agent has no masked update.
    abstract FreezeExcept:
        place: TensorOptions * find: (string -> Tensor option) -> IAgentState<'sample> option

    /// The greedy policy as steps on the row of one task; or why it cannot be expressed so, in a few words.
    abstract RowLayers: unit -> Result<RowStep list, string>

    /// The tensors of a checkpoint by name. They are views: valid as long as the state.
    abstract Named: unit -> (string * Tensor) list

/// An agent: an algorithm with its networks, over a hidden type of state. No tensors.
type IAgent<'sample> =
    abstract Description: AgentDescription

    /// A state before the first update, with its tensors at `place`.
    abstract Start: key: Key * place: TensorOptions -> IAgentState<'sample>

    /// The state that `IAgentState.Named` named, copied to `place`; or every name that is missing or
    /// has another shape.
    abstract OfNamed:
        place: TensorOptions * find: (string -> Tensor option) ->
            Result<IAgentState<'sample>, string list>

/// A policy for the tasks of a sample.
[<NoEquality; NoComparison>]
type AdaptedPolicy = {
    /// Tensors of the policy beside the tensors of its state.
    Owns: seq<Tensor>
    /// The parameters among `Owns`, by name, for messages about numbers that are not finite.
    Named: (string * Tensor) list
    /// As `IAgentState.Act`; none: the `Act` of the state.
    Act: (Tensor -> Tensor -> Tensor) option
    /// As `IAgentState.ActGreedily`.
    ActGreedily: Tensor -> Tensor
}

/// What only some algorithms do.
[<NoEquality; NoComparison>]
type Capabilities<'state, 'sample> = {
    /// As `IAgentState.BehaviourPolicies`: of an agent that samples ahead.
    BehaviourPolicies: 'state -> 'state list
    /// As `IAgentState.StepMemory`: of a policy with a memory.
    StepMemory: ('state -> Tensor -> Tensor -> Tensor) option
    /// As `IAgentState.UpdateWithConflicts`: where tasks share parameters.
    UpdateWithConflicts:
        ('state -> int64 -> int64 -> 'sample -> 'state * Metrics * ConflictRecord list) option
    /// As `IAgentState.Adapt`.
    Adapt: ('state -> 'sample -> AdaptedPolicy) option
    /// Mask, state and sample to the next state: one update of the parameters whose number in the mask, itself a state,
    /// is 1.
    UpdateWithin: ('state -> 'state -> 'sample -> 'state * Metrics) option
} with

    /// None of them.
    static member None: Capabilities<'state, 'sample> = {
        BehaviourPolicies = fun _ -> []
        StepMemory = None
        UpdateWithConflicts = None
        Adapt = None
        UpdateWithin = None
    }

/// An algorithm as a record of pure functions over its own type of state.
[<NoEquality; NoComparison>]
type Algorithm<'state, 'sample> = {
    Description: AgentDescription
    /// As `IAgent.Start`.
    Start: Key -> TensorOptions -> 'state
    /// As `IAgentState.Owns`.
    Owns: Owns<'state>
    /// State, observations and noise to exploring actions.
    Act: 'state -> Tensor -> Tensor -> Tensor
    /// State and observations to greedy actions.
    ActGreedily: 'state -> Tensor -> Tensor
    /// One update.
    Update: 'state -> 'sample -> 'state * Metrics
    /// As `IAgentState.RowLayers`.
    RowLayers: 'state -> Result<RowStep list, string>
    ToNamed: 'state -> (string * Tensor) list
    OfNamed: TensorOptions -> (string -> Tensor option) -> Result<'state, string list>
    Capabilities: Capabilities<'state, 'sample>
}

/// Algorithms as agents.
module Algorithm =
    let rec private wrap (algorithm: Algorithm<'state, 'sample>) state = {
        new IAgentState<'sample> with
            member _.Owns = algorithm.Owns state

            member _.BehaviourPolicies =
                algorithm.Capabilities.BehaviourPolicies state |> List.map (wrap algorithm)

            member _.StepMemory(memory, obs) =
                match algorithm.Capabilities.StepMemory with
                | Some step -> step state memory obs
                | None -> obs

            member _.Act(obs, noise) = algorithm.Act state obs noise
            member _.ActGreedily obs = algorithm.ActGreedily state obs

            member _.Update sample =
                let next, metrics = algorithm.Update state sample
                struct (wrap algorithm next, metrics)

            member _.UpdateWithConflicts(step, update, sample) =
                let next, metrics, conflicts =
                    match algorithm.Capabilities.UpdateWithConflicts with
                    | Some update' -> update' state step update sample
                    | None ->
                        let next, metrics = algorithm.Update state sample
                        next, metrics, []

                struct (wrap algorithm next, metrics, conflicts)

            member _.CanAdapt = algorithm.Capabilities.Adapt.IsSome

            member _.Adapt sample =
                algorithm.Capabilities.Adapt
                |> Option.map (fun adapt ->
                    let policy = adapt state sample

                    wrap
                        {
                            algorithm with
                                Owns = fun state -> Seq.append (algorithm.Owns state) policy.Owns
                                Act =
                                    match policy.Act with
                                    | Some act -> fun _ -> act
                                    | None -> algorithm.Act
                                ActGreedily = fun _ -> policy.ActGreedily
                                ToNamed = fun state -> algorithm.ToNamed state @ policy.Named
                        }
                        state)

            member _.FreezeExcept(place, find) =
                match algorithm.Capabilities.UpdateWithin, algorithm.OfNamed place find with
                | Some update, Ok mask ->
                    wrap
                        {
                            algorithm with
                                Owns =
                                    fun state ->
                                        Seq.append (algorithm.Owns state) (algorithm.Owns mask)
                                Update = update mask
                                Capabilities = {
                                    algorithm.Capabilities with
                                        UpdateWithConflicts = None
                                        UpdateWithin = None
                                }
                        }
                        state
                    |> Some
                | _ -> None

            member _.RowLayers() = algorithm.RowLayers state

            member _.Named() = algorithm.ToNamed state
    }

    /// The same algorithm with its type of state hidden.
    let toAgent (algorithm: Algorithm<'state, 'sample>) : IAgent<'sample> = {
        new IAgent<'sample> with
            member _.Description = algorithm.Description

            member _.Start(key, place) =
                algorithm.Start key place |> wrap algorithm

            member _.OfNamed(place, find) =
                algorithm.OfNamed place find |> Result.map (wrap algorithm)
    }

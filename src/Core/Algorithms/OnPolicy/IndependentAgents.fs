namespace MtrlFunctional.Algorithms

open System.Collections.Generic
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// One on-policy agent for all tasks, or one for each task, trained on the episodes of its task only. Agents of single
/// tasks share nothing: networks, optimisers, minibatches, early stopping, trust regions and running statistics are
/// separate.
type IndependentAgents = {
    /// The agent of every member. With one for each task, its configuration is for a single task.
    Agent: OnPolicyAgent
    /// 1, or the number of tasks.
    Members: int
    /// Workers that run the members' updates.
    Shards: IShards
}

/// Acting and learning of all members; states are in the order of the tasks.
module IndependentAgents =
    [<CompiledName("Create")>]
    let create (shards: IShards) members (config: OnPolicyConfig) = {
        Agent = OnPolicyAgent.create (if members = 1 then shards else Shards.serial 1) config
        Members = members
        Shards = shards
    }

    [<CompiledName("Owns")>]
    let owns (states: OnPolicyState list) = Seq.collect OnPolicyState.owns states

    /// The states whose policies play the next iterations before the policies of `states` do.
    [<CompiledName("BehaviourPolicies")>]
    let behaviourPolicies (states: OnPolicyState list) : OnPolicyState list list =
        states |> List.map OnPolicyState.behaviourPolicies |> List.transpose

    /// States before the first update, with the options `place`.
    [<CompiledName("Start")>]
    let start (agents: IndependentAgents) key place : OnPolicyState list =
        if agents.Members = 1 then
            [ OnPolicyState.create agents.Agent key place ]
        else
            [
                for i in 0 .. agents.Members - 1 ->
                    OnPolicyState.create agents.Agent (Key.forPurpose $"task/{i}" key) place
            ]

    /// The part of [tasks; …] of a member: all of it, or its own task.
    let private partOf (agents: IndependentAgents) member' (x: Tensor) =
        if agents.Members = 1 then
            x
        else
            Tensor.narrow 0 (int64 member') 1L x

    let private together (states: OnPolicyState list) (actions: int -> OnPolicyState -> Tensor) =
        match states with
        | [ only ] -> actions 0 only
        | _ ->
            Tensors.constant Seq.singleton (fun () ->
                Tensor.cat 0 (states |> List.mapi actions |> List.toArray))

    /// As `OnPolicy.stepMemory`.
    [<CompiledName("StepMemory")>]
    let stepMemory (agents: IndependentAgents) states memory obs =
        together states (fun i state ->
            OnPolicy.stepMemory agents.Agent state (partOf agents i memory) (partOf agents i obs))

    /// As `OnPolicy.act`, [tasks; rows; obs] to [tasks; rows; actions].
    [<CompiledName("Act")>]
    let act (agents: IndependentAgents) states obs noise =
        together states (fun i state ->
            OnPolicy.act agents.Agent state (partOf agents i obs) (partOf agents i noise))

    /// As `OnPolicy.actGreedily`.
    [<CompiledName("ActGreedily")>]
    let actGreedily (agents: IndependentAgents) states obs =
        together states (fun i state ->
            OnPolicy.actGreedily agents.Agent state (partOf agents i obs))

    /// As `OnPolicy.rowLayers`; with several members, the numbers of each task come from its member.
    let internal rowLayers (agents: IndependentAgents) states =
        match List.map (OnPolicy.rowLayers agents.Agent) states with
        | [ only ] -> only
        | each -> RowSteps.ofEachTask each

    /// The episodes of one task, where each has an agent.
    let private episodesOf agents task (episodes: Episodes) : Episodes =
        let count = int (Tensor.size 1 episodes.Obs)
        let own = partOf agents task

        {
            Obs = own episodes.Obs
            Action = own episodes.Action
            Reward = own episodes.Reward
            LastObs = own episodes.LastObs
            Lengths = Array.sub episodes.Lengths (task * count) count
            Terminal = Array.sub episodes.Terminal (task * count) count
            Restarts = Array.sub episodes.Restarts (task * count) count
        }

    let private iterationOf key progress lag episodes = {
        Iteration.create key progress episodes with
            Lag = lag
    }

    /// One update of the only member, with the result of `inspect` on the prepared data.
    let private updateOnly (agents: IndependentAgents) state iteration inspect =
        let owned (states, metrics, _) =
            Seq.append (owns states) (Metrics.owns metrics)

        Tensors.scope owned (fun () ->
            let prepared = OnPolicy.prepare agents.Agent state iteration
            let inspected = inspect (fst prepared)
            let next, metrics = OnPolicy.improve agents.Agent state prepared
            [ next ], metrics @ EntropyStep.measure [ next ], inspected)

    let private updateEach
        (agents: IndependentAgents)
        (states: OnPolicyState list)
        key
        progress
        lag
        episodes
        =
        let owned (states, metrics) =
            Seq.append (owns states) (Metrics.owns metrics)

        let given = HashSet(owns states, HashIdentity.Reference)
        let learned = Array.create agents.Members ([], [])

        let learn task =
            let key = Key.forPurpose $"task/{task}" key

            let iteration = iterationOf key progress lag (episodesOf agents task episodes)
            let next, metrics = OnPolicy.update agents.Agent states[task] iteration
            learned[task] <- [ next ], metrics
            // Unchanged tensors stay owned by the previous states.
            owned learned[task] |> Seq.filter (given.Contains >> not) |> Seq.toArray

        Tensors.scope owned (fun () ->
            agents.Shards.Map(fun worker ->
                [| worker .. agents.Shards.Count .. agents.Members - 1 |] |> Array.collect learn)
            |> ignore

            let states = learned |> Seq.collect fst |> Seq.toList
            let means = learned |> Array.map snd |> Array.toList |> Metrics.means
            states, means @ EntropyStep.measure states)

    /// One update of every member from the episodes of an iteration, at a share of the run in [0, 1], with the lag of
    /// `Iteration`. The given states are unchanged and stay usable. Metrics are means over members.
    [<CompiledName("Update")>]
    let update
        agents
        (states: OnPolicyState list)
        key
        progress
        lag
        episodes
        : OnPolicyState list * Metrics =
        match states with
        | [ only ] ->
            let iteration = iterationOf key progress lag episodes
            let next, metrics, () = updateOnly agents only iteration ignore
            next, metrics
        | _ -> updateEach agents states key progress lag episodes

    /// As `OnPolicy.floorStd`, [tasks].
    [<CompiledName("FloorStd")>]
    let floorStd (agents: IndependentAgents) (states: OnPolicyState list) (least: float[]) =
        match states with
        | [ only ] -> [ OnPolicy.floorStd agents.Agent only least ]
        | _ ->
            states
            |> List.mapi (fun task state -> OnPolicy.floorStd agents.Agent state [| least[task] |])

    /// As `update`, for one agent of all tasks. Only parameters learn for which `mask`, a state of the agent, has 1;
    /// with them the statistics of rewards and returns and the entropy coefficients.
    let internal updateWithin (agents: IndependentAgents) (mask: OnPolicyState list) =
        let mask: LearningMask = {
            Policy = mask.Head.Policy.Values
            Value = mask.Head.Value.Values
        }

        update { agents with Agent = { agents.Agent with Mask = Some mask } }

    /// As `update`, with the similarities of the tasks' gradients before the update, as records of a step and of the
    /// number of the update; none if each task has an agent.
    [<CompiledName("UpdateWithConflicts")>]
    let updateWithConflicts
        agents
        (states: OnPolicyState list)
        step
        number
        key
        progress
        lag
        episodes
        : OnPolicyState list * Metrics * ConflictRecord list =
        match states with
        | [ only ] ->
            let iteration = iterationOf key progress lag episodes

            OnPolicyConflicts.measure agents.Agent only step number
            |> updateOnly agents only iteration
        | _ ->
            let next, metrics = updateEach agents states key progress lag episodes
            next, metrics, []

    /// Prefix of the names of a member.
    let private prefix (agents: IndependentAgents) task =
        if agents.Members = 1 then "" else $"task/{task}/"

    /// As `OnPolicyCheckpoint.toNamed`; names of a task's own agent begin with "task/…/".
    [<CompiledName("ToNamed")>]
    let toNamed (agents: IndependentAgents) states : (string * Tensor) list = [
        for task, state in List.indexed states do
            for name, tensor in OnPolicyCheckpoint.toNamed agents.Agent state ->
                prefix agents task + name, tensor
    ]

    /// As `OnPolicyCheckpoint.ofNamed`.
    [<CompiledName("OfNamed")>]
    let ofNamed
        (agents: IndependentAgents)
        at
        (find: string -> Tensor option)
        : Result<OnPolicyState list, string list> =
        let found = [
            for task in 0 .. agents.Members - 1 ->
                OnPolicyCheckpoint.ofNamed agents.Agent at (fun name ->
                    find (prefix agents task + name))
                |> Result.mapError (List.map (fun fault -> prefix agents task + fault))
        ]

        let states =
            found
            |> List.choose (function
                | Ok state -> Some state
                | Error _ -> None)

        if states.Length = agents.Members then
            Ok states
        else
            for tensor in owns states do
                tensor.Dispose()

            Error(
                found
                |> List.collect (function
                    | Ok _ -> []
                    | Error faults -> faults)
            )

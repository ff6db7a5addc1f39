namespace MtrlFunctional.Algorithms

open System.Collections.Generic
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// One on-policy agent for all tasks; or one for each, which sees the episodes of its own task alone.
/// Then nothing is shared: networks, optimisers, minibatches, early stopping, trust regions and running
/// statistics are each agent's own.
type IndependentAgents = {
    /// What every member is. Where each task has one, its configuration is that of a single task.
    Agent: OnPolicyAgent
    /// 1, or the number of tasks.
    Members: int
    /// Who runs the members' updates.
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

    /// Before the first update, made at `place`.
    [<CompiledName("Start")>]
    let start (team: IndependentAgents) key place : OnPolicyState list =
        if team.Members = 1 then
            [ OnPolicyState.create team.Agent key place ]
        else
            [
                for i in 0 .. team.Members - 1 ->
                    OnPolicyState.create team.Agent (Key.forPurpose $"task/{i}" key) place
            ]

    /// What a member sees of [tasks; …]: all of it, or its own task.
    let private seenBy (team: IndependentAgents) member' (x: Tensor) =
        if team.Members = 1 then
            x
        else
            Ops.Narrow(x, 0L, int64 member', 1L)

    let private together (states: OnPolicyState list) (actions: int -> OnPolicyState -> Tensor) =
        match states with
        | [ only ] -> actions 0 only
        | _ ->
            Tensors.constant Seq.singleton (fun () ->
                Ops.Cat(states |> List.mapi actions |> List.toArray, 0L))

    /// As `OnPolicy.act`, [tasks; rows; obs] to [tasks; rows; actions].
    [<CompiledName("Act")>]
    let act (team: IndependentAgents) states obs noise =
        together states (fun i state ->
            OnPolicy.act team.Agent state (seenBy team i obs) (seenBy team i noise))

    /// As `OnPolicy.actGreedily`.
    [<CompiledName("ActGreedily")>]
    let actGreedily (team: IndependentAgents) states obs =
        together states (fun i state -> OnPolicy.actGreedily team.Agent state (seenBy team i obs))

    /// The episodes of one task, where each has an agent.
    let private episodesOf team task (episodes: Episodes) : Episodes =
        let count = int (Ops.Size(episodes.Obs, 1))
        let own = seenBy team task

        {
            Obs = own episodes.Obs
            Action = own episodes.Action
            Reward = own episodes.Reward
            LastObs = own episodes.LastObs
            Lengths = Array.sub episodes.Lengths (task * count) count
            Terminal = Array.sub episodes.Terminal (task * count) count
        }

    /// One update of the only member, with what `look` sees of what was prepared for it.
    let private updateOnly (team: IndependentAgents) state iteration look =
        let owned (states, metrics, _) =
            Seq.append (owns states) (Metrics.owns metrics)

        Tensors.scope owned (fun () ->
            let prepared = OnPolicy.prepare team.Agent state iteration
            let seen = look (fst prepared)
            let next, metrics = OnPolicy.improve team.Agent state prepared
            [ next ], metrics @ EntropyStep.measure [ next ], seen)

    let private updateEach
        (team: IndependentAgents)
        (states: OnPolicyState list)
        key
        progress
        episodes
        =
        let owned (states, metrics) =
            Seq.append (owns states) (Metrics.owns metrics)

        let given = HashSet(owns states, HashIdentity.Reference)
        let learned = Array.create team.Members ([], [])

        let learn task =
            let key = Key.forPurpose $"task/{task}" key
            let iteration = Iteration.create key progress (episodesOf team task episodes)
            let next, metrics = OnPolicy.update team.Agent states[task] iteration
            learned[task] <- [ next ], metrics
            // What did not change belongs to whoever owns the states.
            owned learned[task] |> Seq.filter (given.Contains >> not) |> Seq.toArray

        Tensors.scope owned (fun () ->
            team.Shards.Map(fun worker ->
                [| worker .. team.Shards.Count .. team.Members - 1 |] |> Array.collect learn)
            |> ignore

            let states = learned |> Seq.collect fst |> Seq.toList
            let means = learned |> Array.map snd |> Array.toList |> Metrics.means
            states, means @ EntropyStep.measure states)

    /// One update of every member from the episodes of an iteration, at a share of the run in [0, 1].
    /// The states that come in stay as they are and usable. What is measured are means over members.
    [<CompiledName("Update")>]
    let update
        team
        (states: OnPolicyState list)
        key
        progress
        episodes
        : OnPolicyState list * Metrics =
        match states with
        | [ only ] ->
            let next, metrics, () =
                updateOnly team only (Iteration.create key progress episodes) ignore

            next, metrics
        | _ -> updateEach team states key progress episodes

    /// The same with the similarities of the tasks' gradients before the update, as records of a step
    /// and of the number of the update; none where each task has an agent.
    [<CompiledName("UpdateWithConflicts")>]
    let updateWithConflicts
        team
        (states: OnPolicyState list)
        step
        number
        key
        progress
        episodes
        : OnPolicyState list * Metrics * ConflictRecord list =
        match states with
        | [ only ] ->
            OnPolicyConflicts.measure team.Agent only step number
            |> updateOnly team only (Iteration.create key progress episodes)
        | _ ->
            let next, metrics = updateEach team states key progress episodes
            next, metrics, []

    /// Where the names of a member begin.
    let private place (team: IndependentAgents) task =
        if team.Members = 1 then "" else $"task/{task}/"

    /// As `OnPolicyCheckpoint.toNamed`; names of a task's own agent begin with "task/…/".
    [<CompiledName("ToNamed")>]
    let toNamed (team: IndependentAgents) states : (string * Tensor) list = [
        for task, state in List.indexed states do
            for name, tensor in OnPolicyCheckpoint.toNamed team.Agent state ->
                place team task + name, tensor
    ]

    /// As `OnPolicyCheckpoint.ofNamed`.
    [<CompiledName("OfNamed")>]
    let ofNamed
        (team: IndependentAgents)
        at
        (find: string -> Tensor option)
        : Result<OnPolicyState list, string list> =
        let found = [
            for task in 0 .. team.Members - 1 ->
                OnPolicyCheckpoint.ofNamed team.Agent at (fun name -> find (place team task + name))
                |> Result.mapError (List.map (fun fault -> place team task + fault))
        ]

        let states =
            found
            |> List.choose (function
                | Ok state -> Some state
                | Error _ -> None)

        if states.Length = team.Members then
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

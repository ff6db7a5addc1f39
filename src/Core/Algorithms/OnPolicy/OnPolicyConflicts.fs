/// How the gradients of the tasks stand to each other in an on-policy agent, policy and value function
/// apart.
module internal Mtrl.Algorithms.OnPolicyConflicts

open Mtrl.Surgery
open Mtrl.Tensors
open MtrlFunctional.Tensors
open Mtrl.Algorithms.RowProblem

/// The problems whose gradients tasks share: of the policy, and of a value function that learns by
/// gradients. The rows are one minibatch, over which advantages are centred if they are over others.
let private problems (agent: OnPolicyAgent) state prepared = [
    let ofPolicy =
        match agent.Config.Improve with
        | Descend _ -> Ppo.problem
        | StepInRegion _ -> Trpo.problem

    "policy", ofPolicy agent state (OnPolicy.surrogate agent) prepared, state.Policy

    match agent.Config.Value with
    | ValueNetwork network ->
        "value", ValueFitting.problem agent state network prepared, state.Value
    | LinearFeatures _ -> ()
]

/// Of the steps of an iteration, before an update learns from them; nothing changes. The gradients are
/// those of what tasks share; where they share nothing, there is nothing to measure.
[<CompiledName("Measure")>]
let measure (team: OnPolicyTeam) states step update iteration : ConflictRecord list =
    match states with
    | [ state ] when team.Agent.Config.Tasks > 1 ->
        Tensors.scope (fun _ -> Seq.empty) (fun () ->
            let agent = team.Agent

            let prepared, _ =
                use _ = Ops.NoGrad()
                Preparation.prepare agent state iteration

            let tasks, rows = prepared.Rows.Length, Preparation.allRows prepared

            [
                for part, problem, trained in problems agent state prepared do
                    if Sharing.sharedCount problem.Layout > 0L then
                        let gradients = ofTasks agent.Shards problem tasks trained.Values rows

                        {
                            Step = step
                            Update = update
                            Part = part
                            Agreement = Conflict.ofGradients gradients.Shared
                        }
            ])
    | _ -> []

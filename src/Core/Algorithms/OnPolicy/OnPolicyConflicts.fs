/// Pairwise cosine similarities of the task gradients of an on-policy agent, separately for policy and
/// value function.
module internal MtrlFunctional.Algorithms.OnPolicyConflicts

open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.RowProblem

/// The problems whose gradients tasks share: of the policy, and of a value function that learns by
/// gradients. The rows are one minibatch, over which advantages are centred if they are over others.
let private problems (agent: OnPolicyAgent) state prepared = [
    let ofPolicy =
        match agent.Config.Improve with
        | GradientSteps _ -> Ppo.problem
        | TrustRegionStep _ -> Trpo.problem

    "policy", ofPolicy agent state (OnPolicy.surrogate agent) prepared, state.Policy

    match agent.Config.Value with
    | ValueNetwork network ->
        "value", ValueFitting.problem agent state network prepared, state.Value
    | LinearFeatures _ -> ()
]

/// Of what an update is about to learn from; nothing changes. The gradients are those of what tasks
/// share; where they share nothing, there is nothing to measure.
let measure (agent: OnPolicyAgent) state step update (prepared: Preparation.Prepared) =
    if agent.Config.Tasks = 1 then
        []
    else
        Tensors.scope (fun _ -> Seq.empty) (fun () ->
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

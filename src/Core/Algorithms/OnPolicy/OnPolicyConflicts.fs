/// Pairwise cosine similarities of the task gradients of an on-policy agent, separately for policy and
/// value function.
module internal MtrlFunctional.Algorithms.OnPolicyConflicts

open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.RowProblem

/// The problems whose gradients tasks share: of the policy, and of a value function that learns by
/// gradients. The rows are one minibatch, also for the normalisation of advantages.
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

/// Conflicts on the prepared data of an update; changes no state. Gradients are with respect to the
/// shared parameters; without any the result is empty.
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

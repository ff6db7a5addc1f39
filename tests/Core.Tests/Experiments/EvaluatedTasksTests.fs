module MtrlFunctional.Tests.Experiments.EvaluatedTasksTests

open Expecto
open MtrlFunctional.Experiments
open MtrlFunctional.Tests

/// Every on-policy agent learns and plays in changed environments.
let ``an evaluated experiment`` = [
    let resolve agent =
        Resolving.resolve [ "env=metaworld-ml10"; $"agent={agent}" ]

    let onPolicy = [ "mtppo"; "mttrpo"; "impala"; "rl2" ]

    testTheory "has the given episodes of each task in an iteration" onPolicy
    <| fun agent ->
        let changed = EvaluatedTasks.withEpisodes 3 (resolve agent)
        SamplingPlan.episodesOfTask changed |> equals 3
        (SamplingPlan.ofExperiment 0L changed).Tasks.Length |> equals 30

    testCase
        "plays episodes to learn from to their length, also where those of training end after a success"
        (fun () ->
            let trained =
                Words.split
                    "env=metaworld-mt10 agent=mtppo agent.on_policy.steps_after_success=0 agent.on_policy.episode_length=100"
                |> Resolving.resolve

            let training = SamplingPlan.ofExperiment 0L trained

            let adaptation =
                trained |> EvaluatedTasks.withEpisodes 3 |> SamplingPlan.ofExperiment 0L

            training.AfterSuccess |> equals (Some 0)
            adaptation.AfterSuccess |> equals None
            (training.Steps, adaptation.Steps) |> equals (100, 100))

    testTheory "cuts the episodes of an iteration at its horizon" onPolicy
    <| fun agent ->
        let before = resolve agent
        let changed = EvaluatedTasks.withHorizon 20 before
        let steps e = (SamplingPlan.ofExperiment 0L e).Steps
        steps changed * before.Environment.Horizon |> equals (steps before * 20)

    testTheory "predicts no goal while it adapts, since its environments hide them" [
        "agent=rl2", "agent.rl2.goal_weight"
        "agent=mtppo agent.context.method=gru agent.multitask.should_use_task_encoder=True",
        "agent.context.goal_weight"
    ]
    <| fun (agent, key) ->
        let trained =
            Resolving.resolve [ "env=metaworld-ml10"; yield! agent.Split ' '; $"{key}=0.5" ]

        let weight (e: Experiment) =
            match e.Agent.Algorithm.Memory with
            | Some memory -> memory.GoalWeight
            | None -> e.Agent.Context.Memory.GoalWeight

        weight trained |> equals (Some 0.5)
        weight (EvaluatedTasks.forAdaptation trained) |> equals (Some 0.0)

    testCase "without a weight of goals adapts as it was trained" (fun () ->
        let trained = resolve "rl2"
        EvaluatedTasks.forAdaptation trained |> equals trained)
]

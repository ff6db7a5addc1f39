module MtrlFunctional.Tests.Experiments.ClassicWordTests

open Expecto
open MtrlFunctional.Experiments
open MtrlFunctional.Spaces
open MtrlFunctional.Tests.Experiments.Resolving

/// The words of the classic families.
let ``words of classic families`` = [
    testTheory "choose one task with its sizes, horizon and task states" [
        "mt-cartpole", "cartpole", 4 + 5, 2, 500, 100, 200
        "mt-acrobot", "acrobot", 6 + 7, 3, 500, 100, 200
        "mt-tabular-mdp", "tabular-mdp", 5 + 100, 5, 100, 100, 200
        "mt-two-goal-maze", "two-goal-maze", 5 + 1, 3, 200, 2, 0
        "mt-bandit", "bandit", 1 + 5, 5, 100, 100, 200
        "mt-finite-bandit", "finite-bandit", 1 + 5, 5, 100, 10, 0
    ]
    <| fun (word, task, size, actions, horizon, train, test) ->
        for agent in [ "mtppo"; "mttrpo"; "state_sac" ] do
            let e = resolve [ $"env={word}"; $"agent={agent}" ]
            let classic = e.Environment.Classic
            e.Environment.Tasks |> equals [ task ]
            e.Environment.TestTasks |> equals [ task ]
            observed e |> equals (Some size)
            (Observed.environment e).Value.Action |> equals (ActionSpace.Discrete actions)
            e.Environment.Horizon |> equals horizon
            (classic.TaskStates, classic.TestTaskStates) |> equals (train, test)
            e.Environment.GoalSelection |> equals GoalSelection.Random

    testCase "choose several tasks, known by their columns" (fun () ->
        let e = resolve [ "env=mt-acrobot"; "agent=mtppo"; "env.num_envs=3" ]
        e.Environment.Tasks |> equals [ "acrobot-0"; "acrobot-1"; "acrobot-2" ]
        observed e |> equals (Some(6 + 3))
        e.Environment.Classic.TaskStates |> equals 3
        e.Environment.Classic.TestTaskStates |> equals 0
        isFalse e.Environment.Classic.TaskVisible

        let origins =
            Experiment.origins Additions.none [ "env=mt-acrobot"; "agent=mtppo"; "env.num_envs=3" ]

        for key in [ "env.tasks"; "env.num_task_states"; "env.task_visible" ] do
            string origins[key] |> equals "env.num_envs")

    testCase "have parameters that change sizes" (fun () ->
        let size words =
            observed (resolve ("agent=mtppo" :: words))

        size [ "env=mt-bandit"; "env.n_arms=3" ] |> equals (Some 4)

        size [ "env=mt-tabular-mdp"; "env.n_states=2"; "env.n_actions=3" ]
        |> equals (Some(3 + 6 + 12))

        size [ "env=mt-cartpole"; "env.task_visible=false" ] |> equals (Some 4))

    refuses "are refused where they have no meaning" [ "agent=mtppo" ] [
        "env=mt-cartpol", "Nearest: mt-cartpole"
        "env=mt-cartpole agent=state_distral",
        "agent = state_distral: must be one of state_sac, sac, mtppo, mttrpo"
        "env=mt-bandit agent=distral",
        "agent = distral: must be one of state_sac, sac, mtppo, mttrpo, impala, rl2, maml, pcgrad_state_sac"
        "env=mt-cartpole env.min_force=11", "env.min_force = 11: must be in [0, 10]"
        "env=mt-cartpole env.n_arms=3", "env.n_arms: env=mt-cartpole has no use for it."
        "env=mt-cartpole env.goals=hidden",
        "env.goals: env=mt-cartpole has no use for it. What serves here: env.task_visible."
        "env=metaworld-mt1 env.task_seed=3", "env.task_seed: env=metaworld-mt1 has no use for it."
        "env=dmc-walker-walk env.min_force=3",
        "env.min_force: env=dmc-walker-walk has no use for it."
        "env=mt-two-goal-maze env.size_x=1", "env.size_x = 1: must be from 2 to 1,000"
        "env=mt-two-goal-maze env.num_task_states=3", "env.num_task_states = 3: must be at most 2"
        "env=mt-two-goal-maze env.num_test_task_states=1",
        "env.num_test_task_states = 1: must be at most 0"
        "env=mt-finite-bandit env.num_task_states=8 env.num_test_task_states=3",
        "env.num_test_task_states = 3: must be at most 2"
        "env=mt-finite-bandit env.num_envs=11", "env.num_task_states = 11: must be at most 10"
        "env=mt-cartpole env.num_envs=3 env.num_task_states=5",
        "env.num_task_states = 5: must be 3, env.num_envs"
        "env=mt-cartpole env.num_envs=3 env.num_test_task_states=5",
        "env.num_test_task_states = 5: must be 0 with env.num_envs above 1"
        "env=mt-cartpole env.tasks=[reach]", "env.tasks = [reach-v3]: must be [cartpole]."
        "env=metaworld-mt10 env.tasks=[cartpole]", "must be tasks of Meta-World"
        "env=mt-cartpole env.tasks=[cartpoel]", "cartpole"
    ]
]

namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework
open MtrlFunctional.Experiments
open MtrlFunctional.Spaces
open MtrlFunctional.Tests.Experiments.Resolving

/// The words of the classic families.
[<TestFixture>]
module ``words of classic families`` =
    [<TestCase("mt-cartpole", "cartpole", 4 + 5, 2, 500, 100, 200)>]
    [<TestCase("mt-acrobot", "acrobot", 6 + 7, 3, 500, 100, 200)>]
    [<TestCase("mt-tabular-mdp", "tabular-mdp", 5 + 100, 5, 100, 100, 200)>]
    [<TestCase("mt-two-goal-maze", "two-goal-maze", 5 + 1, 3, 200, 2, 0)>]
    [<TestCase("mt-bandit", "bandit", 1 + 5, 5, 100, 100, 200)>]
    [<TestCase("mt-finite-bandit", "finite-bandit", 1 + 5, 5, 100, 10, 0)>]
    let ``choose one task with its sizes, horizon and task states``
        (word: string, task: string, size: int, actions: int, horizon: int, train: int, test: int)
        =
        for agent in [ "mtppo"; "mttrpo"; "state_sac" ] do
            let e = resolve [ $"env={word}"; $"agent={agent}" ]
            let classic = e.Environment.Classic
            Assert.That((e.Environment.Tasks = [ task ]))
            Assert.That((e.Environment.TestTasks = [ task ]))
            Assert.That((Observed.size e = Some size))
            Assert.That(((Observed.environment e).Value.Action = ActionSpace.Discrete actions))
            Assert.That(e.Environment.Horizon, Is.EqualTo horizon)
            Assert.That((classic.TaskStates, classic.TestTaskStates), Is.EqualTo((train, test)))
            Assert.That(e.Environment.GoalSelection, Is.EqualTo GoalSelection.Random)

    [<Test>]
    let ``choose several tasks, known by their columns`` () =
        let e = resolve [ "env=mt-acrobot"; "agent=mtppo"; "env.num_envs=3" ]
        Assert.That((e.Environment.Tasks = [ "acrobot-0"; "acrobot-1"; "acrobot-2" ]))
        Assert.That((Observed.size e = Some(6 + 3)))
        Assert.That(e.Environment.Classic.TaskStates, Is.EqualTo 3)
        Assert.That(e.Environment.Classic.TestTaskStates, Is.Zero)
        Assert.That(e.Environment.Classic.TaskVisible, Is.False)

        let origins =
            Experiment.origins [ "env=mt-acrobot"; "agent=mtppo"; "env.num_envs=3" ]

        for key in [ "env.tasks"; "env.num_task_states"; "env.task_visible" ] do
            Assert.That(string origins[key], Is.EqualTo "env.num_envs")

    [<Test>]
    let ``have parameters that change sizes`` () =
        let size words =
            Observed.size (resolve ("agent=mtppo" :: words))

        Assert.That((size [ "env=mt-bandit"; "env.n_arms=3" ] = Some 4))

        Assert.That(
            (size [ "env=mt-tabular-mdp"; "env.n_states=2"; "env.n_actions=3" ] = Some(3 + 6 + 12))
        )

        Assert.That((size [ "env=mt-cartpole"; "env.task_visible=false" ] = Some 4))

    [<Test>]
    let ``a resolved experiment is read back from its text`` () =
        let e =
            resolve [ "env=mt-cartpole"; "agent=mtppo"; "env.min_force=2"; "env.task_seed=7" ]

        match Experiment.load (Experiment.render e) with
        | Ok same -> Assert.That(same, Is.EqualTo e)
        | Error mistakes -> Assert.Fail $"{List.map string mistakes}"

    [<TestCase("env=mt-cartpol", "Nearest: mt-cartpole")>]
    [<TestCase("env=mt-cartpole agent=state_distral",
               "agent = state_distral: must be one of state_sac, sac, mtppo, mttrpo")>]
    [<TestCase("env=mt-bandit agent=distral",
               "agent = distral: must be one of state_sac, sac, mtppo, mttrpo, impala, rl2, maml, cadm, pcgrad_sac")>]
    [<TestCase("env=mt-cartpole env.min_force=11", "env.min_force = 11: must be in [0, 10]")>]
    [<TestCase("env=mt-cartpole env.n_arms=3", "env.n_arms: env=mt-cartpole has no use for it.")>]
    [<TestCase("env=mt-cartpole env.goals=hidden",
               "env.goals: env=mt-cartpole has no use for it. What serves here: env.task_visible.")>]
    [<TestCase("env=metaworld-mt1 env.task_seed=3",
               "env.task_seed: env=metaworld-mt1 has no use for it.")>]
    [<TestCase("env=dmc-walker-walk env.min_force=3",
               "env.min_force: env=dmc-walker-walk has no use for it.")>]
    [<TestCase("env=mt-two-goal-maze env.size_x=1", "env.size_x = 1: must be from 2 to 1,000")>]
    [<TestCase("env=mt-two-goal-maze env.num_task_states=3",
               "env.num_task_states = 3: must be at most 2")>]
    [<TestCase("env=mt-two-goal-maze env.num_test_task_states=1",
               "env.num_test_task_states = 1: must be at most 0")>]
    [<TestCase("env=mt-finite-bandit env.num_task_states=8 env.num_test_task_states=3",
               "env.num_test_task_states = 3: must be at most 2")>]
    [<TestCase("env=mt-finite-bandit env.num_envs=11",
               "env.num_task_states = 11: must be at most 10")>]
    [<TestCase("env=mt-cartpole env.num_envs=3 env.num_task_states=5",
               "env.num_task_states = 5: must be 3, env.num_envs")>]
    [<TestCase("env=mt-cartpole env.num_envs=3 env.num_test_task_states=5",
               "env.num_test_task_states = 5: must be 0 with env.num_envs above 1")>]
    [<TestCase("env=mt-cartpole env.tasks=[reach]", "env.tasks = [reach-v3]: must be [cartpole].")>]
    [<TestCase("env=metaworld-mt10 env.tasks=[cartpole]", "must be tasks of Meta-World")>]
    [<TestCase("env=mt-cartpole env.tasks=[cartpoel]", "cartpole")>]
    let ``are refused where they have no meaning`` (words: string) (message: string) =
        let words = List.ofArray (words.Split ' ')

        let words =
            if words |> List.exists _.StartsWith("agent=") then
                words
            else
                "agent=mtppo" :: words

        Assert.That(String.concat "\n" (mistakes words), Does.Contain message)

    [<Test>]
    let ``one of a wrong agent is one mistake`` () =
        Assert.That((mistakes [ "env=mt-cartpole"; "agent=distral" ]).Length, Is.EqualTo 1)

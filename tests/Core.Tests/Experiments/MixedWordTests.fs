module MtrlFunctional.Tests.Experiments.MixedWordTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Experiments.Resolving
open MtrlFunctional.Tests.Networks.Nets

/// Words of tasks of several families in one policy.
let ``words of mixed spaces`` = [
    let three = [
        "env=mixed"
        "env.tasks=[reach,dmc-walker-walk,cartpole-swingup]"
        "agent=mtppo"
    ]

    let onPolicy (e: Experiment) =
        let spec = (Observed.environment e).Value

        OnPolicySetup.ofExperiment
            Precision.Full
            None
            (EnvironmentSpec.observationSize spec)
            spec.Action
            e

    testCase "choose tasks of several families with rows as wide as the widest" (fun () ->
        let e = resolve three
        e.Environment.Tasks |> equals [ "reach-v3"; "walker-walk"; "cartpole-swingup" ]
        observed e |> equals (Some(39 + 3))
        (Observed.environment e).Value.Action |> equals (ActionSpace.Box 6)
        e.Environment.Horizon |> equals 500
        e.Environment.DmControl.ActionRepeat |> equals 2

        Observed.taskSizes e |> equals [ 39, 4; 24, 6; 5, 1 ]

        (onPolicy e).ActionSizes |> equals [ 4; 6; 1 ])

    testCase "choose a program's tasks with spaces of their own" (fun () ->
        let spec = {
            Observation = EnvironmentSpec.vector 5
            Action = ActionSpace.Box 3
            Horizon = 10
            Terminates = false
        }

        let small = {
            spec with
                Observation = EnvironmentSpec.vector 2
                Action = ActionSpace.Box 1
        }

        let added = {
            Additions.none with
                Environments = [ OwnWords.create "e" spec [ "small", small; "large", spec ] ]
        }

        let words = [ "env=own/e"; "agent=mtppo" ]
        let e, _ = Experiment.resolveWith added words |> ok
        Observed.taskSizes e |> equals [ 2, 1; 5, 3 ]
        (onPolicy e).ActionSizes |> equals [ 1; 3 ]

        Experiment.resolveWith added (words @ [ "agent.on_policy.normalize_observations=True" ])
        |> refused
        |> List.map string
        |> hasWith "agent.on_policy.observations_per_task")

    testCase "choose which tasks define success" (fun () ->
        let e = resolve (three @ [ "agent.on_policy.min_episodes=1" ])
        NetworkTasks.defineSuccess e |> equals ([| true; false; false |]: bool[]))

    testCase "choose tasks with discrete actions beside others" (fun () ->
        let tasks = "env.tasks=[reach,dmc-walker-walk,mt-cartpole,mt-two-goal-maze]"
        let e = resolve (three @ [ tasks; "env.min_force=3" ])

        (Observed.environment e).Value.Action |> equals (ActionSpace.Box 6)
        (onPolicy e).ActionSizes |> equals [ 4; 6; 2; 3 ]
        NetworkTasks.defineSuccess e |> equals [| true; false; false; true |]
        let parts = MixedTasks.parts e

        parts |> List.map _.Environment.Tasks.Length |> equals [ 1; 1; 1; 1 ]

        [
            for part in parts[2..] ->
                part.Environment.Classic.TaskStates, part.Environment.Classic.TestTaskStates
        ]
        |> equals [ 100, 200; 2, 0 ])

    // Nothing is padded, so nothing is masked.
    testTheory "of equal spaces make the agent of one family" [
        "[reach,push]", "env=metaworld-mt10"
        "[walker-walk,walker-run]", "env=dmc-19"
    ]
    <| fun (tasks, env) ->
        let words (env: string) = [
            env
            $"env.tasks={tasks}"
            "agent=mtppo"
            "env.horizon=500"
            if env <> "env=metaworld-mt10" then
                "env.builder.make_kwargs.frame_skip=2"
        ]

        let mixed, one = resolve (words "env=mixed"), resolve (words env)
        (Observed.taskSizes mixed).IsEmpty |> isTrue
        Observed.environment mixed |> equals (Observed.environment one)
        $"%A{onPolicy mixed}" |> equals $"%A{onPolicy one}"

    // Three kinds: the arm, the walker (of two tasks), the cart-pole.
    testCase "choose layers for each embodiment" (fun () ->
        let own output =
            PerGroup.layer
                [ 0; 1; 2; 1 ]
                (PerTask.layer { Spec.layers 0 0 output with Activation = Tanh })

        let four = [
            "env.tasks=[reach,walker-walk,cartpole-swingup,walker-run]"
            "agent.multitask.adapter=per_embodiment"
            "agent.actor.hidden_dim=8"
        ]

        let policy words =
            (onPolicy (resolve (three @ four @ words))).Policy

        let parts shared =
            Chain.layer [
                "input", own 8
                "activation", Activate.layer Tanh
                "shared",
                Chain.layer [
                    "trunk", Mlp.layer { Spec.layers shared 8 8 with Activation = Tanh }
                ]
                "activation", Activate.layer Tanh
                "output", own 6
            ]

        policy [] |> equals (parts 0)
        policy [ "agent.actor.num_layers=3" ] |> equals (parts 1)
        // Nothing would be shared.
        policy [ "agent.actor.num_layers=1" ] |> equals (parts 0)

        for model in [ "moore"; "paco" ] do
            match policy [ $"agent.multitask.model={model}"; "agent.actor.num_layers=1" ] with
            | Parts [ _; _; "shared", Parts parts; _; "output", _ ] -> parts |> isNotEmpty
            | other -> failtest $"%A{other}"

        // Heads are outputs already.
        match policy [ "agent.multitask.model=heads" ] with
        | Parts [ "input", _; "activation", _; "shared", Parts(("trunk", _) :: _) ] -> ()
        | other -> failtest $"%A{other}")

    refuses "are refused in a sentence" [ "env=mixed" ] [
        "env.tasks=[]", "env.tasks = []: must be a list of at least one task."
        "env.tasks=[reach,walker-wal]", "walker-walk"
        "env.tasks=[reach,dmc-walker-wal]", "dmc-walker-walk"
        "env.tasks=[reach,mt-cartpole-3]",
        "must be classic families without an index with env=mixed. cartpole-3 is one of several tasks of env=mt-"
        "env.tasks=[reach,mt-cartpole] env.train_box=0.5 env.min_force=9",
        "env.min_force = 9.0: must be at most 4.5 N"
        "env.tasks=[reach,mt-cartpol]", "mt-cartpol"
        "env.tasks=[reach,walker-walk,reach]", "without repetition"
        "env.tasks=[reach,walker-walk] agent=distral", "agent = distral: must be one of"
        "env.tasks=[reach,walker-walk] agent=rl2", "agent = rl2: must be one of"
        "env.tasks=[reach,walker-walk] agent=mtppo agent.multitask.model=separate",
        "agent.multitask.model = separate: must be another model with tasks of different spaces."
        "env.tasks=[reach,walker-walk] agent=mtppo behaviour.equal_episodes_per_task=False",
        "behaviour.equal_episodes_per_task = false: must be true with tasks of different spaces."
        "env.tasks=[reach,walker-walk] agent=mtppo agent.on_policy.normalize_observations=True",
        "agent.on_policy.observations_per_task = false: must be true"
        "env.tasks=[reach,walker-walk] env.builder.make_kwargs.from_pixels=True",
        "from_pixels: env=mixed has no use for it."
        "env.tasks=[reach,walker-walk] env.n_arms=3",
        "env.n_arms: env=mixed with these tasks has no use for it."
        "env.tasks=[reach,mt-acrobot] env.min_force=3",
        "env.min_force: env=mixed with these tasks has no use for it."
        "env.tasks=[reach,walker-walk] env.benchmark.env_name=push",
        "env.benchmark.env_name: env=mixed has no use for it."
        "env.tasks=[reach,push] agent.multitask.adapter=per_embodiment",
        "agent.multitask.adapter = per_embodiment: must be pad with tasks of one embodiment."
        "env.tasks=[reach,walker-walk] agent.multitask.adapter=per_embodiment agent.encoder.type_to_select=feedforward",
        "agent.encoder.type_to_select = feedforward: must be identity with agent.multitask.adapter=per_embodiment."
        "env.tasks=[reach,walker-walk] agent.multitask.adapter=per_embodiment agent=mtppo agent.multitask.model=separate",
        "agent.multitask.model = separate: must be another model with tasks of different spaces."
        "env.tasks=[reach,walker-walk] agent.multitask.adapter=per_embodiment agent=mtppo behaviour.equal_episodes_per_task=False",
        "behaviour.equal_episodes_per_task = false: must be true with tasks of different spaces."
        "env.tasks=[reach,walker-walk] agent.multitask.adapter=per_embodimen", "per_embodiment"
    ]

    // Its agents are separate, which no word asked for.
    refusesOnce "are refused once with an agent that does not join them" [ "env=mixed" ] [
        "env.tasks=[reach,walker-walk] agent=distral", "agent = distral: must be one of"
    ]

    testCase "return as they were printed" (fun () ->
        let e = resolve three

        let again = Experiment.render e |> Experiment.load |> ok
        Experiment.render again |> equals (Experiment.render e))
]

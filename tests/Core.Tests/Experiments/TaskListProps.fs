module MtrlFunctional.Tests.Experiments.TaskListProps

open Expecto
open MtrlFunctional.Experiments

let ``a list of tasks`` = [
    let read trained words = TaskLists.read trained words |> ok

    let fault words =
        TaskLists.read TaskNames.mt10 words |> refused

    let chosen (picks: bool list) =
        List.zip TaskNames.mt50 [
            for i in 0..49 -> List.tryItem i picks |> Option.defaultValue false
        ]
        |> List.filter snd
        |> List.map fst

    testProperty
        "that is the rest and the trained tasks are all of the benchmark"
        (fun (picks: bool list) ->
            let trained = chosen picks

            trained.Length = 50
            || (let rest = read trained "mt50-rest"
                List.sort (rest @ trained) = List.sort TaskNames.mt50))

    testProperty "is what its words name, each task once" (fun (picks: bool list) ->
        let tasks = chosen picks

        tasks.IsEmpty
        || read [] (String.concat ", " tasks) = tasks
           && read
               []
               (String.concat "," (tasks @ List.map MtrlFunctional.Tasks.TaskName.plain tasks))
               =
               tasks)

    testCase "names parts of meta-learning benchmarks" (fun () ->
        read [] "ML10-test" |> equals (TaskNames.test "ML10")
        read [] "ML45-train" |> equals (TaskNames.train "ML45")
        read [] "MT10,sweep" |> equals (TaskNames.mt10 @ [ "sweep-v3" ]))

    let untagged = [ "agent=mtppo"; "behaviour.one_hot_tasks=False" ]

    testTheory "can be left out of training, by networks without task columns" [
        "mt10", "MT10"
        "mt25", "MT25"
        "mt50", "MT50"
    ]
    <| fun (env, benchmark) ->
        let words = [ $"env=metaworld-{env}"; "env.test_tasks=[reach, push-v2]" ]
        let experiment = Resolving.resolve (words @ untagged)
        let trained, tested = experiment.Environment.Tasks, experiment.Environment.TestTasks
        tested |> equals [ "reach-v3"; "push-v3" ]

        List.sort (trained @ tested)
        |> equals (List.sort (read [] benchmark |> List.append tested |> List.distinct))

        List.except trained tested |> equals tested
        experiment.Environment.NumEnvs |> equals trained.Length
        Resolving.mistakes (words @ [ "agent=mtppo" ]) |> isNotEmpty

        let again = Experiment.render experiment |> Experiment.load |> ok
        again.Environment |> equals experiment.Environment

    testCase "of training has none of those for the test" (fun () ->
        let words = [ "env=metaworld-mt50"; "env.tasks=[sweep, reach]"; "env.test_tasks=[sweep]" ]

        Resolving.mistakes (words @ untagged)
        |> equals [
            "env.tasks = [sweep-v3, reach-v3]: must be without sweep-v3 of env.test_tasks. A task is either trained or tested. Without env.tasks, the remaining tasks of the benchmark are trained."
        ])

    testTheory "is refused with the nearest name, or the family of its task" [
        "reach,swep", "swep: no such task"
        "reach,swep", "Nearest: sweep"
        "MT51-rest", "MT50-rest"
        "ML10", "ML10-train and ML10-test"
        "MT10-rest", "trained on all tasks of MT10"
        "", "no such task"
        "reach,finger-spin",
        "finger-spin: is a task of DeepMind Control, and --tasks names tasks of Meta-World. An evaluation without --tasks has all tasks of the run."
        "reach,dmc-walker-walk", "dmc-walker-walk: is a task of DeepMind Control, and"
        "reach,mt-cartpole", "mt-cartpole: is a task of a classic family, and"
        "reach,cartpole-3", "cartpole-3: is a task of a classic family, and"
    ]
    <| fun (words, part) -> fault words |> contains part
]

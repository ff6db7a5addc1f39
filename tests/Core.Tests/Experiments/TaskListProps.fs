module MtrlFunctional.Tests.Experiments.TaskListProps

open Expecto
open FsCheck
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
        |> equals (
            [
                "env.tasks = [sweep-v3, reach-v3]: must be without sweep-v3 of env.test_tasks. A task is either trained or tested. Without env.tasks, the remaining tasks of the benchmark are trained."
            ]
        ))

    testCase "is refused with the nearest name" (fun () ->
        fault "reach,swep" |> contains "swep: no such task"
        fault "reach,swep" |> contains "Nearest: sweep"

        fault "MT51-rest" |> contains "MT50-rest"
        fault "ML10" |> contains "ML10-train and ML10-test"
        fault "MT10-rest" |> contains "trained on all tasks of MT10"
        fault "" |> contains "no such task")

    testTheory "of another family is told from a misspelled name" [
        "finger-spin", "DeepMind Control"
        "dmc-walker-walk", "DeepMind Control"
        "mt-cartpole", "a classic family"
        "cartpole-3", "a classic family"
    ]
    <| fun (task, family) ->
        fault $"reach,{task}"
        |> equals
            $"{task}: is a task of {family}, and --tasks names tasks of Meta-World. An evaluation without --tasks has all tasks of the run."
]

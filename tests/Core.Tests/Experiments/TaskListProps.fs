namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework
open FsCheck
open FsCheck.NUnit
open MtrlFunctional.Experiments

[<TestFixture>]
module ``a list of tasks`` =
    let private read trained words =
        match TaskLists.read trained words with
        | Ok tasks -> tasks
        | Error message -> failwith message

    let private fault words =
        match TaskLists.read TaskNames.mt10 words with
        | Ok tasks -> failwith $"{tasks}"
        | Error message -> message

    let private chosen (picks: bool list) =
        List.zip TaskNames.mt50 [
            for i in 0..49 -> List.tryItem i picks |> Option.defaultValue false
        ]
        |> List.filter snd
        |> List.map fst

    [<Property>]
    let ``that is the rest and the trained tasks are all of the benchmark`` (picks: bool list) =
        let trained = chosen picks

        trained.Length = 50
        || (let rest = read trained "mt50-rest"
            List.sort (rest @ trained) = List.sort TaskNames.mt50)

    [<Property>]
    let ``is what its words name, each task once`` (picks: bool list) =
        let tasks = chosen picks

        tasks.IsEmpty
        || read [] (String.concat ", " tasks) = tasks
           && read
               []
               (String.concat "," (tasks @ List.map MtrlFunctional.Tasks.TaskName.plain tasks))
               =
               tasks

    [<Test>]
    let ``names parts of meta-learning benchmarks`` () =
        Assert.That((read [] "ML10-test" = TaskNames.test "ML10"))
        Assert.That((read [] "ML45-train" = TaskNames.train "ML45"))
        Assert.That((read [] "MT10,sweep" = TaskNames.mt10 @ [ "sweep-v3" ]))

    let private untagged = [ "agent=mtppo"; "behaviour.one_hot_tasks=False" ]

    [<TestCase("mt10", "MT10")>]
    [<TestCase("mt25", "MT25")>]
    [<TestCase("mt50", "MT50")>]
    let ``can be left out of training, by networks without task columns``
        (env: string, benchmark: string)
        =
        let words = [ $"env=metaworld-{env}"; "env.test_tasks=[reach, push-v2]" ]
        let experiment = Resolving.resolve (words @ untagged)
        let trained, tested = experiment.Environment.Tasks, experiment.Environment.TestTasks
        Assert.That((tested = [ "reach-v3"; "push-v3" ]))

        Assert.That(
            (List.sort (trained @ tested) =
                List.sort (read [] benchmark |> List.append tested |> List.distinct))
        )

        Assert.That((List.except trained tested = tested))
        Assert.That(experiment.Environment.NumEnvs, Is.EqualTo trained.Length)
        Assert.That(Resolving.mistakes (words @ [ "agent=mtppo" ]), Is.Not.Empty)

        match Experiment.render experiment |> Experiment.load with
        | Ok again -> Assert.That((again.Environment = experiment.Environment))
        | Error errors -> Assert.Fail $"{errors}"

    [<Property>]
    let ``and the tasks that are left for the test are all of the benchmark`` (picks: bool list) =
        let tested = chosen picks

        tested.IsEmpty
        || tested.Length = 50
        || (let tasks = String.concat ", " tested

            let environment =
                (Resolving.resolve ("env=metaworld-mt50" :: $"env.test_tasks=[{tasks}]" :: untagged))
                    .Environment

            environment.TestTasks = tested
            && environment.Tasks = List.except tested TaskNames.mt50)

    [<Test>]
    let ``of training has none of those for the test`` () =
        let words = [ "env=metaworld-mt50"; "env.tasks=[sweep, reach]"; "env.test_tasks=[sweep]" ]

        Assert.That(
            Resolving.mistakes (words @ untagged),
            Is.EqualTo<string list> [
                "env.tasks = [sweep-v3, reach-v3]: must be without sweep-v3 of env.test_tasks. A task is either trained or tested. Without env.tasks, the remaining tasks of the benchmark are trained."
            ]
        )

    [<Test>]
    let ``is refused with the nearest name`` () =
        Assert.That(
            fault "reach,swep",
            Does.Contain("swep: no such task").And.Contain("Nearest: sweep")
        )

        Assert.That(fault "MT51-rest", Does.Contain "MT50-rest")
        Assert.That(fault "ML10", Does.Contain "ML10-train and ML10-test")
        Assert.That(fault "MT10-rest", Does.Contain "trained on all tasks of MT10")
        Assert.That(fault "", Does.Contain "no such task")

    [<TestCase("finger-spin", "DeepMind Control")>]
    [<TestCase("dmc-walker-walk", "DeepMind Control")>]
    [<TestCase("mt-cartpole", "a classic family")>]
    [<TestCase("cartpole-3", "a classic family")>]
    let ``of another family is told from a misspelled name`` (task: string, family: string) =
        Assert.That(
            fault $"reach,{task}",
            Is.EqualTo(
                $"{task}: is a task of {family}, and --tasks names tasks of Meta-World. An evaluation without --tasks has all tasks of the run."
            )
        )

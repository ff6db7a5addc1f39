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

    [<Test>]
    let ``can be left out of training, by networks without task columns`` () =
        let words = [ "env=metaworld-mt50"; "agent=mtppo"; "env.test_tasks=[sweep]" ]
        let experiment = Resolving.resolve ("behaviour.one_hot_tasks=False" :: words)
        Assert.That((experiment.Environment.TestTasks = [ "sweep-v3" ]))
        Assert.That(Resolving.mistakes words, Is.Not.Empty)

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

namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework
open MtrlFunctional.Experiments
open MtrlFunctional.Tests.Experiments.Resolving

/// One rule for names of tasks and benchmarks.
[<TestFixture>]
module ``a name of Meta-World`` =
    [<TestCase "reach">]
    [<TestCase "reach-v1">]
    [<TestCase "reach-v2">]
    [<TestCase "Reach-V3">]
    [<TestCase "reach-v2-goal-observable">]
    [<TestCase "reach-v2-goal-hidden">]
    [<TestCase "Meta-World/reach-v3">]
    let ``means the task at every door`` (name: string) =
        let named = [
            MtrlFunctional.Tasks.MetaWorld.Benchmarks.find name |> Result.map _.Name
            MtrlFunctional.Tasks.MetaWorld.Suites.find name
            |> Result.map (fun suite -> suite.Tasks.Head.Name)
            TaskLists.read [] name |> Result.map List.head

            Experiment.resolve [ "env=metaworld-mt10"; $"env.tasks=[{name}]" ]
            |> Result.map (fun (e, _) -> e.Environment.Tasks.Head)
            |> Result.mapError (sprintf "%A")

            Experiment.resolve [ "env=metaworld-mt1"; $"env.benchmark.env_name={name}" ]
            |> Result.map (fun (e, _) -> e.Environment.Tasks.Head)
            |> Result.mapError (sprintf "%A")
        ]

        for found in named do
            Assert.That(found, Is.EqualTo(Ok "reach-v3": Result<string, string>))

    [<TestCase "MT10">]
    [<TestCase "mt10">]
    [<TestCase "Meta-World/MT10">]
    [<TestCase "metaworld-mt10">]
    let ``means the benchmark at every door`` (name: string) =
        Assert.That((resolve [ $"env={name}" ]).Choices.Env, Is.EqualTo EnvChoice.mt10)

        Assert.That(
            MtrlFunctional.Tasks.MetaWorld.Suites.find name |> Result.map _.Tasks.Length,
            Is.EqualTo(Ok 10: Result<int, string>)
        )

        Assert.That(
            TaskLists.read [] name |> Result.map _.Length,
            Is.EqualTo(Ok 10: Result<int, string>)
        )

    [<TestCase "walker-walk">]
    [<TestCase "dmc-walker-walk">]
    let ``or of DeepMind Control means its environment`` (name: string) =
        Assert.That(((resolve [ $"env={name}" ]).Environment.Tasks = [ "walker-walk" ]))

    [<TestCase "reach-v4">]
    [<TestCase "reach-v22">]
    [<TestCase "reachh">]
    let ``that is none is refused`` (name: string) =
        Assert.That((MtrlFunctional.Tasks.MetaWorld.Benchmarks.find name).IsError)

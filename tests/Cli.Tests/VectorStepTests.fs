namespace MtrlFunctional.Cli.Tests

open System
open NUnit.Framework
open MtrlFunctional.Environments.Gym

/// The C# interface of environments as F# programs use it.
[<TestFixture>]
module ``steps of several environments`` =
    [<Test>]
    let ``are values that F# keeps in a list and reads in a closure`` () =
        let options = MetaWorldVectorOptions(Seed = 1u, Threads = 1)
        use environments = MetaWorld.MakeVector([ "reach-v3"; "push-v3" ], options)
        environments.Reset() |> ignore
        let actions = Array.create (2 * 4) 0.5f

        let steps = [
            for _ in 1..3 do
                environments.Step(ReadOnlySpan actions)
        ]

        let observed = steps |> List.map (fun step -> step.Observations.Length)
        Assert.That(observed, Is.EqualTo<int list> [ 78; 78; 78 ])
        let rewards = (List.last steps).Rewards.ToArray()
        Assert.That(rewards |> Array.forall (fun reward -> reward > 0.0))

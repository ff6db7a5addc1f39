namespace MtrlFunctional.Tests.Algorithms

open NUnit.Framework
open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

[<TestFixture>]
module ``a state by names`` =

    let private find named =
        let byName = Map.ofList named
        fun name -> Map.tryFind name byName

    [<Test>]
    let ``is the same state`` () =
        use _ = TorchSharp.torch.NewDisposeScope()

        for config in networks @ inferredNetworks do
            let agent = agent config
            let state = train agent (fresh config)

            match SacCheckpoint.ofNamed agent double (find (SacCheckpoint.toNamed agent state)) with
            | Ok again ->
                Assert.That((numbers again = numbers state))
                Assert.That(again.Actor.Steps, Is.EqualTo 3L)
                Assert.That((numbers (train agent again) = numbers (train agent state)))
            | Error faults -> Assert.Fail(String.concat "\n" faults)

    [<Test>]
    let ``has readable names, each once`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let names = SacCheckpoint.toNamed (agent encoded) (fresh encoded) |> List.map fst
        Assert.That(names, Is.Unique)

        for name in
            [
                "actor/trunk/0/weight"
                "critic/encoder/trunk/1/bias"
                "critic_target/q2/trunk/2/weight"
                "log_alpha"
                "task_encoder/embedding/weight"
                "optimizer/critic/second/q1/trunk/0/weight"
                "optimizer/log_alpha/first"
                "optimizer/task_encoder/steps"
            ] do
            Assert.That(names, Does.Contain name)

    [<Test>]
    let ``of another network is refused, with every difference`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let named = SacCheckpoint.toNamed (agent plain) (fresh plain)
        let wider = agent { plain with ObsSize = 6 }

        match SacCheckpoint.ofNamed wider double (find named) with
        | Ok _ -> Assert.Fail "It was taken."
        | Error faults ->
            Assert.That(
                faults,
                Does.Contain
                    "actor/trunk/0/weight is [5; 6] in the checkpoint, [6; 6] in the network."
            )
            // Actor, target and two critics in three vectors each but the target's one.
            Assert.That(faults.Length, Is.EqualTo(3 + 2 * 3 + 2))

        match SacCheckpoint.ofNamed (agent plain) double (find (List.tail named)) with
        | Ok _ -> Assert.Fail "It was taken."
        | Error faults -> Assert.That((faults = [ fst (List.head named) + ": missing." ]))

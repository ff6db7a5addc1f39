namespace MtrlFunctional.Reliability.Tests

open System
open NUnit.Framework
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child

/// Native passes that get no memory.
[<TestFixture; NonParallelizable>]
module ``an update in which an allocation fails`` =
    /// Tensors of more than 64 kB: smaller allocations are the runtime's own, too.
    let private words algorithm =
        SmallTrainers.words algorithm
        @ Words.split
            "setup.seed=1 setup.threads=1 setup.device=cpu experiment.num_train_steps=6000
            agent.actor.hidden_dim=128"
        @ (if algorithm = "SAC" then
               Words.split "replay_buffer.batch_size=384 replay_buffer.capacity=1500"
           else
               Words.split "agent.on_policy.batch_size=400 agent.on_policy.minibatch_size=200")

    [<TestCase("SAC")>]
    [<TestCase("PPO", Category = LongForm.only)>]
    let ``is an error and changes nothing`` (algorithm: string) =
        let library = PreloadedLibrary.memoryOrSkip ()

        let code, output, errors =
            ChildProcess.execute
                "dotnet"
                (typeof<ToyTraining>.Assembly.Location
                 :: "memory"
                 :: ""
                 :: library
                 :: words algorithm)
                [ "LD_PRELOAD", library ]

        Assert.That(code, Is.Zero, errors)

        let messages =
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            |> Array.filter _.Contains("Exception: ")

        Assert.That(messages.Length, Is.GreaterThan 20)
        Assert.That(messages, Is.All.Match "allocate memory|out of memory")

        LongForm.report
            $"{algorithm}: {messages.Length} allocations of one update, each failed once"

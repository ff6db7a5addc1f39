namespace MtrlFunctional.Reliability.Tests

open System
open NUnit.Framework
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child

/// Native passes that get no memory.
[<TestFixture; NonParallelizable>]
module ``an update in which an allocation fails`` =
    let private words agent = [
        "env=metaworld-mt10"
        $"agent={agent}"
        "setup.seed=1"
        "setup.threads=1"
        "setup.device=cpu"
        "env.tasks=[reach-v3,push-v3,drawer-close-v3]"
        "env.horizon=15"
        "experiment.num_train_steps=6000"
        // Tensors of more than 64 kB: smaller allocations are the runtime's own, too.
        "agent.actor.hidden_dim=128"
        if agent = "state_sac" then
            "experiment.init_steps=5"
            "replay_buffer.batch_size=384"
            "replay_buffer.capacity=1500"
        else
            "agent.on_policy.batch_size=450"
            "agent.on_policy.minibatch_size=150"
            "agent.on_policy.value_epochs=2"
    ]

    [<TestCase("state_sac")>]
    [<TestCase("mtppo", Category = LongForm.only)>]
    let ``is an error and changes nothing`` (agent: string) =
        let library = PreloadedLibrary.memoryOrSkip ()

        let code, output, errors =
            ChildProcess.execute
                "dotnet"
                (typeof<ToyTraining>.Assembly.Location
                 :: "memory"
                 :: ""
                 :: library
                 :: words agent)
                [ "LD_PRELOAD", library ]

        Assert.That(code, Is.Zero, errors)

        let messages =
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            |> Array.filter _.Contains("Exception: ")

        Assert.That(messages.Length, Is.GreaterThan 20)
        Assert.That(messages, Is.All.Match "allocate memory|out of memory")
        LongForm.report $"{agent}: {messages.Length} allocations of one update, each failed once"

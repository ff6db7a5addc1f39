module MtrlFunctional.Reliability.Tests.Numbers.AllocationTests

open Expecto
open Expecto.Flip
open System
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests
open MtrlFunctional.Tests.Child

/// Native passes that get no memory.
let ``an update in which an allocation fails`` = [
    /// Tensors of more than 64 kB: smaller allocations are the runtime's own, too.
    let words algorithm =
        SmallTrainers.words algorithm
        @ Words.split
            "setup.seed=1 setup.threads=1 setup.device=cpu experiment.num_train_steps=6000
            agent.actor.hidden_dim=128"
        @ (if algorithm = "SAC" then
               Words.split "replay_buffer.batch_size=384 replay_buffer.capacity=1500"
           else
               Words.split "agent.on_policy.batch_size=400 agent.on_policy.minibatch_size=200")

    testTheory "is an error and changes nothing" [
        "SAC"
        if LongForm.isAsked then
            "PPO"
    ]
    <| fun algorithm ->
        let library = PreloadedLibrary.memory.Value
        let stride = LongForm.count 12 1

        let code, output, errors =
            ChildProcess.execute
                "dotnet"
                (typeof<ToyTraining>.Assembly.Location
                 :: "memory"
                 :: ""
                 :: library
                 :: string stride
                 :: words algorithm)
                [ "LD_PRELOAD", library ]

        code |> Expect.equal errors 0

        let messages =
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            |> Array.filter _.Contains("Exception: ")

        // Minibatches of PPO are computed in place.
        messages.Length |> isAbove (if algorithm = "SAC" then 20 / stride else 0)

        for message in messages do
            message |> matches "allocate memory|out of memory"

        LongForm.report
            $"{algorithm}: {messages.Length} allocations of one update, each failed once"
]

module MtrlFunctional.Reliability.Tests.Numbers.ThreadTests

open Expecto
open System.Threading
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open MtrlFunctional.Training

/// The same update computed by other numbers of threads, which add numbers in another order.
let ``an update on other threads`` = [
    let words agent units rows threads =
        Words.split
            $"env=metaworld-mt10 agent={agent} setup.seed=1 setup.threads={threads} setup.device=cpu
            env.tasks=[reach-v3,push-v3,drawer-close-v3] env.horizon=15 experiment.num_train_steps=60
            agent.actor.hidden_dim={units} agent.actor.num_layers=3"
        @ Words.split (
            if agent = "state_sac" then
                $"experiment.init_steps=15 replay_buffer.batch_size={rows} replay_buffer.capacity=150"
            else
                $"agent.on_policy.batch_size={3 * rows} agent.on_policy.minibatch_size={rows} agent.on_policy.value_epochs=2"
        )

    /// The parameters after the first update.
    let parameters agent units rows threads =
        let experiment = ExperimentBuilder.Resolve(words agent units rows threads)

        use trainer: Trainer =
            if agent = "state_sac" then
                new OffPolicyTrainer(experiment, null, Extensions.None)
            else
                new OnPolicyTrainer(experiment, null, Extensions.None)

        trainer.Begin()

        while trainer.Learner.Updates = 0L do
            trainer.Advance(ignore, CancellationToken.None)

        use _ = TorchSharp.torch.NewDisposeScope()

        [|
            for name, x in trainer.Learner.Named() do
                if not (name.StartsWith "optimizer/" || name.StartsWith "surgery/") then
                    yield! Tensor.toDoubles x
        |]

    let length = Array.sumBy (fun x -> x * x) >> sqrt

    /// Small, and as large as in the experiments of MT10.
    testTheory "differs by at most 1e-5 of the parameters" [
        "state_sac", 32, 96
        "mtppo", 32, 15
        if LongForm.isAsked then
            "state_sac", 400, 1275
            "mtppo", 400, 1275
    ]
    <| fun (agent, units, rows) ->
        let parameters = parameters agent units rows
        let one = parameters 1

        for threads in List.truncate (LongForm.count 1 2) [ 4; 2 ] do
            let other = parameters threads
            let difference = length (Array.map2 (-) one other) / length one

            LongForm.report
                $"{agent}, {units} units, {rows} rows, {threads} threads: {difference:E1}"

            difference |> isAtMost 1e-5
            parameters threads |> equals other
]

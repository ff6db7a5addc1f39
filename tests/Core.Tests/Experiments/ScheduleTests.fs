namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework
open MtrlFunctional.Experiments

/// Values that are valid and cancel each other.
[<TestFixture>]
module ``the schedule of a run`` =
    let private warnings (words: string) =
        match Experiment.resolve (List.ofArray (words.Split ' ')) with
        | Ok(_, warnings) -> warnings |> List.map string
        | Error mistakes -> failwith $"{mistakes}"

    let private onPolicy =
        "env=mt-bandit agent=mtppo agent.on_policy.minibatch_size=100"

    let private offPolicy =
        "env=metaworld-mt10 agent=state_sac experiment.num_train_steps=1000 experiment.init_steps=100"

    let private single words (starts: string) =
        match warnings words with
        | [ warning ] -> Assert.That(warning, Does.StartWith starts)
        | other -> Assert.Fail $"{other}"

    [<Test>]
    let ``names how many steps whole iterations train`` () =
        single
            $"{onPolicy} agent.on_policy.batch_size=20000 experiment.num_train_steps=400"
            "experiment.num_train_steps: is 400, and an iteration has 20,000 steps of each task, so that 20,000 are trained instead of 400. Lower agent.on_policy.batch_size, or set experiment.num_train_steps=20000."

        single
            "env=metaworld-mt10 agent=mtppo experiment.num_train_steps=100"
            "experiment.num_train_steps: is 100, and an iteration has 5,100 steps of each task, so that 5,100 are"

        single
            "env=metaworld-ml1 env.benchmark.env_name=reach agent=maml experiment.num_train_steps=100"
            "experiment.num_train_steps: is 100, and an iteration has "

    [<TestCase("agent.on_policy.batch_size=200 experiment.num_train_steps=400")>]
    [<TestCase("agent.on_policy.batch_size=200 experiment.num_train_steps=99990")>]
    let ``says nothing of iterations that fit, or nearly`` (words: string) =
        Assert.That(warnings $"{onPolicy} {words}", Is.Empty)

    [<TestCase("replay_buffer.capacity=800 replay_buffer.batch_size=100",
               "replay_buffer.capacity: is 800, 80 for each task, and experiment.init_steps is 100: ")>]
    [<TestCase("replay_buffer.capacity=1200 replay_buffer.batch_size=1280",
               "replay_buffer.capacity: is 1,200, and replay_buffer.batch_size is 1,280: each batch has transitions several times.")>]
    [<TestCase("replay_buffer.batch_size=20000",
               "replay_buffer.batch_size: is 20,000, and the run has 10,000 transitions: ")>]
    [<TestCase("experiment.init_steps=1000",
               "experiment.init_steps: is 1,000, and experiment.num_train_steps is 1,000: all actions are random")>]
    let ``tells what cancels it`` (words: string) (starts: string) =
        single $"{offPolicy} {words}" starts

    [<Test>]
    let ``is without remarks where nothing is cancelled`` () =
        Assert.That(warnings offPolicy, Is.Empty)

    [<TestCase(0, 600)>]
    [<TestCase(200, 600)>]
    [<TestCase(500, 700)>]
    [<TestCase(800, 800)>]
    let ``ends with the iteration that reaches its steps`` (step: int) (last: int) =
        let experiment =
            Resolving.resolve [
                "env=mt-bandit"
                "agent=mtppo"
                "agent.on_policy.minibatch_size=100"
                "agent.on_policy.batch_size=200"
                "experiment.num_train_steps=550"
            ]

        Assert.That(RunLength.lastStep (int64 step) experiment, Is.EqualTo(int64 last))

// Pre-training on 45 tasks of Meta-World, then the five others: from the pre-trained policy, and for comparison from nothing. The tasks
// are those of ML45, with goals that are seen. No network has an entry for each task: so the policy plays tasks that it was not
// trained on, and evaluations of the pre-training are on the five. Results: docs/guides/pipelines.md.
//
//   ./mtrl build
//   dotnet fsi scripts/pipelines/pretrain-and-adapt.fsx      (any key=value words may follow; repeated, it goes on)
#load "../mtrl.fsx"

open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Storage

let ml45 = (Experiment.on "metaworld-ml45").Environment

/// MT-PPO of fast/mt50, with five episodes of each task in an iteration.
let learn name (tasks: string list) words =
    Experiment.preset "fast/mt50"
    |> Experiment.withTasks tasks
    |> Experiment.withEnvironment (fun env -> { env with TestTasks = ml45.TestTasks })
    |> Experiment.withOnPolicy (fun keys -> {
        keys with
            BatchSize = 1_000 * tasks.Length
            Minibatch = 50 * tasks.Length
    })
    |> Experiment.withWords [ "behaviour.one_hot_tasks=False"; $"setup.name={name}" ]
    |> Experiment.withWords words
    |> Experiment.withWords (Run.words ())

let pretrained = learn "pretrained" ml45.Tasks []
Run.train pretrained

/// A fifth of the steps of each task.
let onFive name words =
    learn
        name
        ml45.TestTasks
        ([ "experiment.num_train_steps=100000"; "experiment.eval_freq=10000" ] @ words)

Run.trainAll "new-tasks" "Five new tasks" [
    "from the pre-trained policy",
    onFive "adapted" [ $"agent.start={(RunFolder.Of pretrained).Path}" ]
    "from nothing", onFive "from-nothing" []
]

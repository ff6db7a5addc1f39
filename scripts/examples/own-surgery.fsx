// A method of gradient surgery of one's own, beside PCGrad: tasks whose gradient points against the mean gradient are left out.
//
//   ./mtrl build                                     (once)
//   dotnet fsi scripts/examples/own-surgery.fsx      (any key=value words may follow)
#load "../mtrl.fsx"

open MtrlFunctional.Surgery
open MtrlFunctional.Training

/// A coefficient for each task, from the inner products of the tasks' gradients.
let agreement =
    Method.Create(
        "agreement",
        fun problem ->
            let gram = problem.Gram
            let mean = Array.create gram.Size (1.0 / float gram.Size)
            // ⟨gradient of a task, mean gradient⟩.
            let products = Gram.along gram mean
            Array.map2 (fun weight product -> if product > 0.0 then weight else 0.0) mean products
    )

let extensions = Extensions(Surgery = [ agreement ])

let words = [
    "preset=fast/mt1"
    "env=metaworld-mt10"
    "env.tasks=[reach-v3,drawer-close-v3]"
    "setup.seed=1"
    "setup.threads=1"
    "agent.on_policy.batch_size=4000"
    "agent.on_policy.minibatch_size=200"
    "agent.on_policy.activation=relu"
    "agent.on_policy.noise_correlation=0.8"
    "agent.on_policy.steps_after_success=20"
    "experiment.num_train_steps=18000"
    "experiment.eval_freq=9000"
    "experiment.num_eval_episodes=5"
]

/// Trains with a method, and prints its row.
let row (surgery: string) =
    let words =
        words
        @ [ $"agent.surgery.method={surgery}"; $"setup.name=own-surgery-{surgery}" ]

    let experiment =
        ExperimentBuilder.Resolve(extensions, words @ List.tail (List.ofArray fsi.CommandLineArgs))

    use run = TrainingRun.Start(experiment, extensions)
    run.Run() |> ignore
    let evaluation = run.LastEvaluation

    let ofTasks =
        evaluation.Tasks
        |> Seq.map (fun task -> $"{task.Name} {task.SuccessEver:P0}")
        |> String.concat ", "

    printfn
        $"own-surgery: {surgery, -10} success {evaluation.SuccessEver:P0} ({ofTasks}), return {evaluation.Return:N0}"

let train () = List.iter row [ "agreement"; "pcgrad" ]

Script.Run train

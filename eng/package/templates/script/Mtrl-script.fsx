// Trains two tasks with a method of gradient surgery of its own.
//
//   dotnet fsi Mtrl-script.fsx      (any key=value words may follow)
#r "nuget: MtrlFunctional, 0.1.0"

open MtrlFunctional.Experiments
open MtrlFunctional.Surgery
open MtrlFunctional.Training

/// Tasks whose gradient points against the mean gradient are left out.
let agreement =
    Method.Create(
        "agreement",
        fun problem ->
            let mean = Array.create problem.Gram.Size (1.0 / float problem.Gram.Size)
            let products = Gram.along problem.Gram mean
            Array.map2 (fun weight product -> if product > 0.0 then weight else 0.0) mean products
    )

let extensions = Extensions(Surgery = [ agreement ])

let train () =
    let experiment =
        Experiment.preset "first/two-tasks"
        |> Experiment.withParts extensions.Additions
        |> Experiment.withSurgery "agreement"
        |> Experiment.withName "Mtrl-script"
        |> Experiment.withWords (List.tail (List.ofArray fsi.CommandLineArgs))

    use run = TrainingRun.Start(experiment, extensions)

    run.Run(fun progress -> printf $"\rstep {progress.Step:N0} of {progress.TotalSteps:N0} ")
    |> ignore

    printfn $"\nsuccess {run.LastEvaluation.SuccessEver:P0}, in {run.Folder.Path}"

Script.Run train

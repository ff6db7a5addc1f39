// Writes a shipped policy with its card: NAME.onnx in assets/policies.
//
//   ./mtrl build                                                                     (once)
//   dotnet fsi scripts/ship-policy.fsx mt10 runs/fast-mt10/seed-1 "TRAINING COMMAND" "DESCRIPTION"
//
// The next './mtrl build' puts it into the library. The results of the card are those of one episode with each goal of each task, of 50
// episodes in tasks without goals. A policy of own tasks has their script as a last argument.
#load "mtrl.fsx"

open System
open System.IO
open MtrlFunctional.Policies
open MtrlFunctional.Training
open MtrlFunctional.Cli.With

let name, run, train, description, tasks =
    match List.ofArray fsi.CommandLineArgs with
    | [ _; name; run; train; description ] -> name, run, train, description, None
    | [ _; name; run; train; description; tasks ] -> name, run, train, description, Some tasks
    | _ ->
        eprintfn "usage: ship-policy.fsx NAME RUN TRAINING-COMMAND DESCRIPTION [TASKS.fsx]"
        exit 2

let folder = Path.Combine(__SOURCE_DIRECTORY__, "..", "assets", "policies")
let file = Path.Combine(folder, name + ".onnx")
Directory.CreateDirectory folder |> ignore

let ship () =
    let extensions = Given.extensions ()
    use policy = Policy.Load(run, extensions = extensions)
    policy.Save file
    let experiment = RunEvaluation.ExperimentOf(run, extensions)

    let hasGoals = policy.Tasks |> Seq.exists (fun task -> task.EndsWith "-v3")

    let evaluation =
        RunEvaluation.Evaluate(
            file,
            EvaluationOptions(
                AllGoals = hasGoals,
                Episodes = (if hasGoals then Nullable() else Nullable 50),
                Extensions = extensions
            )
        )

    let results = [|
        for task, returns in Seq.zip evaluation.Tasks evaluation.EpisodeReturns do
            let successes =
                if Double.IsNaN task.SuccessEver then
                    Nullable()
                else
                    Nullable(int (Math.Round(task.SuccessEver * float returns.Count)))

            CardResult(task.Name, returns.Count, successes, Math.Round(task.Return, 1))
    |]

    let card =
        PolicyCard(
            Description = description,
            Train = train,
            Export = $"./mtrl export {run} --onnx assets/policies/{name}.onnx",
            Evaluate =
                String.concat " " [
                    $"./mtrl eval policy:{name}"
                    (if hasGoals then "--all-goals" else "--episodes 50")

                    for tasks in Option.toList tasks do
                        $"--with {Path.GetFileName tasks}"
                ],
            Seed = experiment.Setup.SeedRef,
            Horizon = experiment.Environment.Horizon,
            Goals =
                (if hasGoals then
                     "the goals of the benchmark, one episode each"
                 else
                     "none: the start is drawn for each episode"),
            Rewards =
                (if hasGoals then
                     experiment.Environment.RewardVersion.ToString().ToLowerInvariant()
                 else
                     "the tasks' own"),
            Results = results
        )

    policy.Save(file, card = card)
    printfn $"{file}: {card.Result}"
    0

Script.Run(fun () ->
    match tasks with
    | Some script -> WithOption.run script ship
    | None -> ship ())
|> exit

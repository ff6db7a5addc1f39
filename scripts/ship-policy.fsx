// Writes a shipped policy with its card: NAME.onnx in assets/policies.
//
//   ./mtrl build                                                                     (once)
//   dotnet fsi scripts/ship-policy.fsx mt10 runs/fast-mt10/seed-1 "TRAINING COMMAND" "DESCRIPTION"
//
// The next './mtrl build' puts it into the library. The results of the card are those of one episode with each goal of each task.
#load "mtrl.fsx"

open System
open System.IO
open MtrlFunctional.Policies
open MtrlFunctional.Training

let name, run, train, description =
    match List.ofArray fsi.CommandLineArgs with
    | [ _; name; run; train; description ] -> name, run, train, description
    | _ ->
        eprintfn "usage: ship-policy.fsx NAME RUN TRAINING-COMMAND DESCRIPTION"
        exit 2

let folder = Path.Combine(__SOURCE_DIRECTORY__, "..", "assets", "policies")
let file = Path.Combine(folder, name + ".onnx")
Directory.CreateDirectory folder |> ignore

let policy, experiment, evaluation =
    Script.Run(fun () ->
        let policy = Policy.Load run
        policy.Save file

        policy,
        RunEvaluation.ExperimentOf run,
        RunEvaluation.Evaluate(file, EvaluationOptions(AllGoals = true)))

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
        Evaluate = $"./mtrl eval policy:{name} --all-goals",
        Seed = experiment.Setup.SeedRef,
        Horizon = experiment.Environment.Horizon,
        Goals = "the goals of the benchmark, one episode each",
        Rewards = experiment.Environment.RewardVersion.ToString().ToLowerInvariant(),
        Results = results
    )

policy.Save(file, card = card)
printfn $"{file}: success in {card.Successes} of {card.Episodes} episodes"

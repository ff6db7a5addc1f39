/// Runs the scripted experts and compares with recorded successes (scripted_success, a JSON file):
/// first successful step of each episode, number of episodes successful at the end, and returns.
/// Twenty episodes of 500 steps for each task: minutes for all fifty.
module internal MtrlFunctional.Verification.MetaWorldExperts

open System
open System.Text.Json
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Environments
open MtrlFunctional.Verification.Recorded

/// First successful step, from 1, or −1; success at the end; return. The recorder clips actions.
let private episode (env: MetaWorldEnvironment) (goal: float[]) =
    env.Reset(ReadOnlySpan goal)

    ((-1, false, 0.0), seq { 1 .. MetaWorldEnvironment.DefaultHorizon })
    ||> Seq.fold (fun (first, _, total) step ->
        let action = env.Task.Expert env.Observation |> Array.map (max -1.0f >> min 1.0f)
        env.Step(ReadOnlySpan action) |> ignore
        let outcome = env.Outcome
        let first = if outcome.Success && first < 0 then step else first
        first, outcome.Success, total + outcome.Reward)

let private compare path (task: MetaWorldTask) (recorded: JsonElement) = [
    let recorded (name: string) = numbers (recorded.GetProperty name)
    let count = (recorded "first_success_step").Length
    use scenes = new SceneLibrary()
    use env = new MetaWorldEnvironment(task, scenes)

    let played =
        Goals.ofTask 42u task |> Array.truncate count |> Array.map (episode env)

    let firsts, successes, returns = Array.unzip3 played

    for name, tolerance, computed in
        [
            "first_success_step", exact, Array.map float firsts
            "success_at_last_step_rate", exact, [| Array.averageBy flag successes |]
            "mean_return", Relative 1e-12, [| Array.average returns |]
        ] do
        Check.compare path tolerance $"{task.Name}.{name}" (recorded name) computed
]

/// All tasks of the file, in parallel.
let verify path (root: JsonElement) : Check list =
    [| for task in (root.GetProperty "tasks").EnumerateObject() -> task |]
    |> Array.Parallel.map (fun recorded ->
        match Benchmarks.find recorded.Name with
        | Ok task -> compare path task recorded.Value
        | Error reason -> [ Check.impossible path reason ])
    |> List.concat

module MtrlFunctional.Cli.Tests.Machine.PhysicsEngineTests

open System.IO
open System.Text.RegularExpressions
open Expecto
open MtrlFunctional.Experiments
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Tests
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Tests

let ``the physics engine`` = [
    let systems: PhysicsEngine.Engine = {
        Version = 222
        File = "/usr/lib/libmujoco.so.2.2.2"
        Build = None
        IsChosen = false
        CanBeBuilt = true
    }

    let built = { systems with Build = Some "gcc 12.2.0, AVX2" }
    let later = { systems with Version = 300 }
    let chosen = { systems with IsChosen = true }
    let ofTool = { systems with CanBeBuilt = false }

    testCase "is described by version, path and origin" (fun () ->
        let describe = PhysicsEngine.describe
        describe built |> equals "2.2.2, /usr/lib/libmujoco.so.2.2.2 (gcc 12.2.0, AVX2)"
        describe systems |> contains "'./mtrl physics' builds a faster one"
        describe later |> endsWith "(of the system)"
        describe ofTool |> endsWith "(of the system)"
        describe later |> startsWith "3.0.0, "
        describe chosen |> endsWith "(of MUJOCO_PATH)")

    let advice engine words =
        Experiment.resolve words |> ok |> fst |> PhysicsEngine.advice engine

    testTheory "is worth a build before a long run on its tasks" [
        "preset=fast/mt10-brief", true
        "preset=fast/mt10-brief experiment.num_train_steps=10_000", false
        "env=mt-cartpole agent=mtppo experiment.num_train_steps=4_000_000", false
        "env=dmc-19 agent=mtppo experiment.num_train_steps=4_000_000", true
    ]
    <| fun (words, expected) ->
        let words = Words.split words
        (advice systems words).IsSome |> equals expected

        for engine in [ built; later; chosen; ofTool ] do
            advice engine words |> equals None
]

/// What './mtrl physics' runs to gather a profile; the build itself takes minutes.
let ``the profile of the physics`` = [
    let script = File.ReadAllText(Path.Combine(Repository.root, "eng", "physics.sh"))

    testCase "has a task of each domain of DeepMind Control" (fun () ->
        let tasks =
            Regex.Match(script, @"\ndomains=\(([^)]*)\)").Groups[1].Value |> Words.split

        tasks
        |> List.map (DmControlTasks.find >> ok >> _.Domain.Name)
        |> equals (DmControlTasks.standard |> List.map _.Domain.Name |> List.distinct))

    testCase "is gathered by episodes of demo" (fun () ->
        script |> contains "\"$program\" demo \"$task\" --plain &"

        Capture.finished [ "demo"; "acrobot-swingup"; "--plain" ]
        |> contains "random actions")
]

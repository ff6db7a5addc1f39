/// Forward dynamics of recorded states of DeepMind Control (golden kinds "dmcontrol/probe_<domain>"): a cold
/// start of the solver at given positions, velocities and controls.
module internal MtrlFunctional.Verification.DmControlProbes

open System
open MtrlFunctional.Environments
open MtrlFunctional.Storage
open MtrlFunctional.Verification.DmControlReplay

/// Relative to 1 + |x|: without and with active constraints.
let private smooth, constrained = 1e-9, 1e-6

let private inputs = set [ "qpos"; "qvel"; "ctrl" ]

let private isInput (name: string) =
    inputs.Contains name || name.StartsWith "model_"

let private contacts (env: DmControlEnvironment) : float[] | null =
    Array.init env.World.ContactCount env.World.ContactGeometry |> Array.concat

let private state (env: DmControlEnvironment) (file: SafetensorsFile) at = [
    let read name = file.ReadDoubles(at + name)

    start env (recordedArrays file at) (read "qpos") (read "qvel") |> env.Reset
    env.World.WarmStart.Clear()
    Span(read "ctrl").CopyTo env.World.Control
    env.World.Forward() |> ignore
    let tolerance = if (read "efc_pos").Length = 0 then smooth else constrained

    for name in file.Names do
        let quantity = name.Substring(name.IndexOf '/' + 1)

        if name.StartsWith at && not (isInput quantity) then
            let computed =
                if quantity.StartsWith "contacts" then
                    contacts env
                else
                    env.World.Numbers quantity

            match computed with
            | null -> Check.impossible file.Path $"{name} is not supported"
            | computed -> Check.scaled file.Path tolerance name (file.ReadDoubles name) computed
]

/// All comparisons of a file; an unknown task is one failed check.
let verify (file: SafetensorsFile) : Check list =
    match task file with
    | Error reason -> [ Check.impossible file.Path reason ]
    | Ok task ->
        use models = new DmControlModels()
        use env = new DmControlEnvironment(task, models)

        Seq.initInfinite (fun i -> $"s{i}/")
        |> Seq.takeWhile (fun at -> file.Contains(at + "qpos"))
        |> Seq.collect (state env file)
        |> List.ofSeq

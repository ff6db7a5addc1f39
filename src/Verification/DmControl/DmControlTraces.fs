/// Replays recorded episodes of DeepMind Control (golden kinds "dmcontrol/<domain>_<task>"): the start, each
/// step from its recorded state, whole episodes, and observations and rewards of recorded states.
///
/// Whole episodes with contacts are compared on the recorded engine only: another one rounds
/// differently, and contacts amplify that.
module internal MtrlFunctional.Verification.DmControlTraces

open System
open MtrlFunctional.Environments
open MtrlFunctional.Randomness
open MtrlFunctional.Storage
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Verification.DmControlReplay

/// Of formulas; of a step, and of an episode, without contacts; with contacts.
let private formulas, aStep, anEpisode, contacts = 1e-12, 1e-9, 1e-8, 1e-6

/// One episode of a file.
type Recording = {
    File: SafetensorsFile
    /// "ep0/"
    At: string
    Task: DmControlTask
    /// Control steps with one action.
    Repeat: int
    Arrays: (string * float[]) list
    Qpos: float[][]
    Qvel: float[][]
    /// The solver's first guess for the next step.
    WarmStarts: float[][]
    Actions: float[][]
    HasContacts: bool
}

let private read r name = r.File.ReadDoubles(r.At + name)

/// The episode at a prefix of a file.
let recording (file: SafetensorsFile) task repeat at =
    let read name = file.ReadDoubles(at + name)
    let joints = (read "init_qpos").Length

    let states initial name =
        Array.append [| read initial |] (read name |> rows joints)

    {
        File = file
        At = at
        Task = task
        Repeat = repeat
        Arrays = recordedArrays file at
        Qpos = states "init_qpos" "qpos"
        Qvel = states "init_qvel" "qvel"
        WarmStarts = states "init_warmstart" "warmstart_after"
        Actions = read "actions" |> rows task.Domain.Actions
        HasContacts = read "ncon" |> Array.exists (fun n -> n > 0.0)
    }

let private begun models r =
    let env = new DmControlEnvironment(r.Task, models, r.Repeat)
    // Numbers that the task sets and the file does not record are the same in all episodes.
    env.Reset(0, Key.ofSeed 0L)
    env.Reset(start env r.Arrays r.Qpos[0] r.Qvel[0])
    env

let private observed (env: DmControlEnvironment) =
    let observation = Array.zeroCreate (DmControlTask.observationSize env.Task)
    env.Observe(Span<float> observation)
    observation

/// The start of the episode; a fresh model with the task's edits has the recorded arrays.
let starts models r = [
    use env = begun models r
    let edits = env.ModelNumbers()

    yield!
        [
            Check.scaled r.File.Path contacts, "init_warmstart", env.World.WarmStart.ToArray()
            Check.relative r.File.Path formulas, "init_obs", observed env
        ]
        |> List.map (fun (check, name, computed) -> check (r.At + name) (read r name) computed)

    use fresh = new DmControlEnvironment(r.Task, models)

    fresh.Reset({ Positions = r.Qpos[0]; Velocities = r.Qvel[0]; Edits = edits }: Start)

    for array, recorded in r.Arrays do
        fresh.World.Model.Doubles(array).ToArray()
        |> Check.absolute r.File.Path 0.0 $"{r.At}model_{array}" recorded
]

/// What is compared after each step.
let private stepped (env: DmControlEnvironment) = [
    "qpos", env.World.Positions.ToArray()
    "qvel", env.World.Velocities.ToArray()
    "warmstart_after", env.World.WarmStart.ToArray()
    "obs", observed env
    "rewards", [| env.Reward |]
    "ncon", [| float env.World.ContactCount |]
    "sensordata", env.World.Sensors.ToArray()
]

let private step (env: DmControlEnvironment) (action: float[]) =
    if env.Step(ReadOnlySpan<float> action) = EpisodeStatus.Unstable then
        invalidOp $"{DmControlTask.fullName env.Task}: step {env.Steps} is unstable."

    stepped env

/// Compares the quantities of all steps with the recorded ones.
let private compare r (check: string -> float[] -> float[] -> Check) suffix computed = [
    for i, (name, _) in List.head computed |> List.indexed do
        if r.File.Contains(r.At + name) then
            computed
            |> List.map (List.item i >> snd)
            |> Array.concat
            |> check $"{r.At}{name}{suffix}" (read r name)
]

/// The whole episode from its recorded start.
let whole models r = [
    if not r.HasContacts || isRecordedEngine r.File then
        use env = begun models r
        // The engine's first guess at the recorded start; evaluations before it may have been others.
        r.WarmStarts[0].CopyTo env.World.WarmStart

        yield!
            r.Actions
            |> Array.map (step env)
            |> List.ofArray
            |> compare r (Check.scaled r.File.Path anEpisode) " (episode)"
]

/// Each step from its recorded state.
let single models r = [
    use env = begun models r

    let computed = [
        for t in 0 .. r.Actions.Length - 1 do
            restore env r.Qpos[t] r.Qvel[t] r.WarmStarts[t]
            step env r.Actions[t]
    ]

    let check =
        if r.HasContacts then
            Check.scaled r.File.Path contacts
        else
            Check.scaled r.File.Path aStep

    yield! compare r check "" computed
]

/// Observations and rewards of the recorded states, with the recorded numbers of the sensors.
let private formulasOf models r = [
    use env = begun models r
    let reading = Reading r.Task
    let readings = DmControlReadings.Of(env.World, reading.Quantities)

    let row, observation =
        Array.zeroCreate readings.Count, Array.zeroCreate reading.ObservationSize

    let sensors =
        if env.World.Model.SensorNumbers = 0 then
            Array.create r.Actions.Length [||]
        else
            read r "sensordata" |> rows env.World.Model.SensorNumbers

    let computed = [|
        for t in 0 .. r.Actions.Length - 1 do
            restore env r.Qpos[t + 1] r.Qvel[t + 1] r.WarmStarts[t + 1]
            r.Actions[t].CopyTo env.World.Control
            sensors[t].CopyTo env.World.Sensors
            readings.Read(Span<float> row)
            reading.Observe(ReadOnlySpan<float> row, Span<float> observation)
            Array.copy observation, reading.Reward(ReadOnlySpan<float> row)
    |]

    Check.relative
        r.File.Path
        formulas
        $"{r.At}obs (formulas)"
        (read r "obs")
        (Array.collect fst computed)

    Check.relative
        r.File.Path
        formulas
        $"{r.At}rewards (formulas)"
        (read r "rewards")
        (Array.map snd computed)
]

/// Timing and layout of the task.
let private facts (file: SafetensorsFile) (task: DmControlTask) models = [
    use env = new DmControlEnvironment(task, models)

    let number (key: string) =
        Double.Parse(file.Metadata[key], Globalization.CultureInfo.InvariantCulture)

    let check name recorded computed =
        Check.absolute file.Path 0.0 name [| recorded |] [| computed |]

    check "n_substeps" (number "n_substeps") (float task.Domain.Substeps)
    check "physics_timestep" (number "physics_timestep") env.World.Model.TimeStep
    check "step_limit" (number "step_limit") (float DmControlTask.horizon)

    let layout =
        Text.Json.JsonDocument.Parse(file.Metadata["obs_layout"]).RootElement.EnumerateArray()
        |> Seq.map (fun part -> part[0].GetString(), part[1].GetInt32())
        |> List.ofSeq

    let own = task.Observation |> List.map (fun part -> part.Name, part.Terms.Length)
    check "obs_layout" 1.0 (if layout = own then 1.0 else 0.0)
]

/// All comparisons of a file; an unknown task is one failed check.
let verify (file: SafetensorsFile) : Check list =
    match task file with
    | Error reason -> [ Check.impossible file.Path reason ]
    | Ok task ->
        use models = new DmControlModels()

        let episodes =
            Seq.initInfinite (fun i -> $"ep{i}/")
            |> Seq.takeWhile (fun at -> file.Contains(at + "actions"))
            |> Seq.map (recording file task 1)
            |> List.ofSeq

        facts file task models
        @ [
            for r in episodes do
                yield! starts models r
                yield! single models r
                yield! whole models r
                yield! formulasOf models r
        ]

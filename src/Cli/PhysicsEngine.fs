/// The physics engine in force: where it comes from, and when a run is worth building a faster one.
module MtrlFunctional.Cli.PhysicsEngine

open System
open MtrlFunctional.Experiments
open MtrlFunctional.Physics

/// A library that was built here says how; another may be the choice of the user.
type Engine = {
    /// 222 is MuJoCo 2.2.2.
    Version: int
    File: string
    Build: string option
    IsChosen: bool
    /// Whether './mtrl physics' is at hand.
    CanBeBuilt: bool
}

/// The library that this process has loaded.
let inForce () = {
    Version = Model.EngineVersion
    File = Model.EngineFile
    Build = Option.ofObj Model.EngineBuild
    IsChosen = not (String.IsNullOrEmpty(Environment.GetEnvironmentVariable "MUJOCO_PATH"))
    CanBeBuilt = (RepositoryFile.above AppContext.BaseDirectory "eng/physics.sh").IsSome
}

/// The system's, of the version whose source './mtrl physics' builds.
let private canBeFaster engine =
    engine.Build.IsNone
    && not engine.IsChosen
    && engine.CanBeBuilt
    && engine.Version = 222

/// Version, path and origin, in a line.
let describe engine =
    let origin =
        match engine with
        | { Build = Some build } -> build
        | { IsChosen = true } -> "of MUJOCO_PATH"
        | engine when canBeFaster engine ->
            "of the system; './mtrl physics' builds a faster one with the same results"
        | _ -> "of the system"

    $"{engine.Version / 100}.{engine.Version / 10 % 10}.{engine.Version % 10}, {engine.File} ({origin})"

/// Environment steps that take longer than the build of the library.
let private longRun = 4_000_000L

/// For a long run on the system's library: the command that builds a faster one.
let advice engine (experiment: Experiment) =
    let tasks = experiment.Environment.Tasks

    let steps =
        int64 experiment.Schedule.NumTrainSteps * int64 experiment.Environment.NumEnvs

    if
        canBeFaster engine
        && steps >= longRun
        && tasks
           |> List.exists (fun task -> TaskNames.isMetaWorld task || TaskNames.isDmControl task)
    then
        Some
            "the system's MuJoCo computes the physics. './mtrl physics' builds it for this processor in minutes: faster, with the same bits."
    else
        None

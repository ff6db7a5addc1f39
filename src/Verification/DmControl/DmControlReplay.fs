/// What the replays of DeepMind Control share: stored states in an environment.
module internal MtrlFunctional.Verification.DmControlReplay

open System
open MtrlFunctional.Environments
open MtrlFunctional.Physics
open MtrlFunctional.Storage
open MtrlFunctional.Tasks.DmControl

let rows width (numbers: float[]) = Array.chunkBySize width numbers

/// "swingup_sparse" of "cartpole", or the reason why there is none.
let task (file: SafetensorsFile) =
    let domain, name = file.Metadata["domain"], file.Metadata["task"]
    DmControlTasks.find $"{domain}-{name}"

/// Arrays of the model that were recorded for a part of a file: "geom_pos" of "ep0/model_geom_pos".
let recordedArrays (file: SafetensorsFile) at =
    let prefix = $"{at}model_"

    [
        for name in file.Names do
            if name.StartsWith(prefix, StringComparison.Ordinal) then
                name.Substring prefix.Length, file.ReadDoubles name
    ]

/// Writes recorded arrays into the model of an environment.
let writeArrays (env: DmControlEnvironment) arrays =
    for array, numbers: float[] in arrays do
        numbers.CopyTo(env.World.Model.Doubles array)

/// The start that sets positions, velocities and the recorded numbers of the model.
let start (env: DmControlEnvironment) arrays positions velocities : Start =
    writeArrays env arrays

    { Positions = positions; Velocities = velocities; Edits = env.ModelNumbers() }

/// Puts a stored state into a started episode, with the first half of its next physics step evaluated.
let restore (env: DmControlEnvironment) (qpos: float[]) (qvel: float[]) (warmStart: float[]) =
    qpos.CopyTo env.World.Positions
    qvel.CopyTo env.World.Velocities
    warmStart.CopyTo env.World.WarmStart
    env.World.BeginStep() |> ignore

/// Whether this engine made the file.
let isRecordedEngine (file: SafetensorsFile) =
    string Model.EngineVersion = file.Metadata["libmujoco"].Replace(".", "")

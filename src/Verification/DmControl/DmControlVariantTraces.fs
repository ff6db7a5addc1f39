/// Replays recorded episodes of variants (golden kinds "mtenv/hipbmdp_<domain>_<task>_vary_<family>"), whose steps
/// repeat an action and sum the rewards.
module internal MtrlFunctional.Verification.DmControlVariantTraces

open MtrlFunctional.Environments
open MtrlFunctional.Storage
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Verification.DmControlTraces

/// The task on each variant with the prefix of its episodes: "id1/".
let private variants (file: SafetensorsFile) =
    match
        DmControlReplay.task file, Variations.find file.Metadata["domain"] file.Metadata["family"]
    with
    | Ok task, Ok variation ->
        DmControlTasks.variants variation task
        |> List.mapi (fun i variant -> $"id{i + 1}/", variant)
        |> Ok
    | Error reason, _
    | _, Error reason -> Error reason

/// All comparisons of a file; an unknown task or family is one failed check.
let verify (file: SafetensorsFile) : Check list =
    match variants file with
    | Error reason -> [ Check.impossible file.Path reason ]
    | Ok variants ->
        use models = new DmControlModels()
        let repeat = int file.Metadata["frame_skip"]

        [
            for prefix, task in variants do
                for episode in
                    Seq.initInfinite (fun i -> $"{prefix}ep{i}/")
                    |> Seq.takeWhile (fun at -> file.Contains(at + "actions")) do
                    let r = recording file task repeat episode
                    yield! starts models r
                    yield! single models r
                    yield! whole models r
        ]

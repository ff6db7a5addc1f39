/// Checks files of sentence embeddings: rows of the tasks of MT10 and MT50, in the order of task indices here, each a
/// finite vector of its own.
module internal MtrlFunctional.Verification.SentenceRows

open MtrlFunctional.Experiments
open MtrlFunctional.Tasks
open MtrlFunctional.Storage

let private benchmark (file: SafetensorsFile) name (tasks: string list) =
    let recorded = [
        for task in (SacWriting.metadata file $"{name}_tasks").EnumerateArray() ->
            TaskName.plain (string task)
    ]

    let width = int (Seq.last (file.Tensor name).Shape)
    let numbers = SacGolden.numbersOf file name (int64 (tasks.Length * width))
    let rows = numbers |> Array.chunkBySize width
    let ours = tasks |> List.map TaskName.plain

    let places =
        recorded
        |> List.map (fun task ->
            List.tryFindIndex ((=) task) ours |> Option.defaultValue -1 |> float)

    [
        Check.absolute
            file.Path
            0.0
            $"{name}: indices of the tasks"
            (Array.init tasks.Length float)
            (Array.ofList places)

        Check.absolute file.Path 0.0 $"{name}: width" [| float SentenceNumbers.Width |] [|
            float width
        |]

        Check.absolute file.Path 0.0 $"{name}: different rows" [| float tasks.Length |] [|
            float (Array.distinct rows).Length
        |]

        Check.absolute file.Path 0.0 $"{name}: numbers that are not finite" [| 0.0 |] [|
            numbers |> Array.filter (System.Double.IsFinite >> not) |> Array.length |> float
        |]
    ]

/// All checks of one file.
let verify (file: SafetensorsFile) : Check list =
    benchmark file "mt10" TaskNames.mt10 @ benchmark file "mt50" TaskNames.mt50

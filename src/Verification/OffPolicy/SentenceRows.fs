/// Checks files of sentence embeddings: rows of the tasks of MT10 and MT50, in the order of task indices here, each a
/// finite vector of its own.
module internal MtrlFunctional.Verification.SentenceRows

open MtrlFunctional.Experiments
open MtrlFunctional.Tasks

let private benchmark (file: Quantities) name (tasks: string list) = [
    let width = Array.last (file.Shape name)
    let numbers = file.Sized name (int64 (tasks.Length * width))
    let rows = Array.chunkBySize width numbers
    let ours = tasks |> List.map TaskName.plain

    let places = [|
        for task in (file.Json $"{name}_tasks").EnumerateArray() ->
            ours
            |> List.tryFindIndex ((=) (TaskName.plain (string task)))
            |> Option.fold (fun _ -> float) -1.0
    |]

    let infinite = numbers |> Array.filter (System.Double.IsFinite >> not)
    let order = Array.init tasks.Length float
    file.Against Recorded.exact $"{name}: indices of the tasks" order places
    file.AreEqual $"{name}: width" (float SentenceNumbers.Width) (float width)

    file.AreEqual
        $"{name}: different rows"
        (float order.Length)
        (float (Array.distinct rows).Length)

    file.AreEqual $"{name}: numbers that are not finite" 0.0 (float infinite.Length)
]

let kinds: Kinds = [
    "mtrl/roberta",
    (fun file -> benchmark file "mt10" TaskNames.mt10 @ benchmark file "mt50" TaskNames.mt50)
]

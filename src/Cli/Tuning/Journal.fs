/// The file of a search in its folder: what is searched, then a line for each result. A line in progress when the program was
/// killed is dropped.
module MtrlFunctional.Cli.Tuning.Journal

open System.Collections.Generic
open System.IO
open MtrlFunctional.Storage
open MtrlFunctional.Tuning

let private file root = Path.Combine(root, "tune.jsonl")

/// Modes of its records.
let private head, private result = "search", "result"

let private records root =
    if File.Exists(file root) then
        List.ofSeq (MetricsLog.Read(file root))
    else
        []

/// The lines of a text that another does not have.
let private others (text: string) (other: string) =
    match Array.except (other.Split '\n') (text.Split '\n') with
    | [||] -> "nothing"
    | lines -> String.concat " " lines

/// How the search in a folder differs from a search with these facts, whose texts may have several lines; nothing where
/// there is no search.
let mistakes root (facts: (string * string) list) = [
    for record in records root do
        if record.Mode = head then
            for name, here in facts do
                match record.Texts.TryGetValue name with
                | true, there when there <> here ->
                    let difference =
                        match others there here, others here there with
                        | "nothing", "nothing" -> "the same in another order"
                        | there, here -> $"{there} there, {here} here"

                    $"{root}: holds a search with other {name}: {difference}. Choose another folder by setup.name or setup.save_dir, or remove this one."
                | _ -> ()
]

/// The results so far, each once.
let results root : TrialResult list =
    [
        for record in records root do
            if record.Mode = result then
                {
                    Trial = int record.Values["trial"]
                    Rung = int record.Values["rung"]
                    Metric = record.Values["metric"]
                    Return = record.Values["return"]
                }
    ]
    |> List.distinctBy (fun r -> r.Trial, r.Rung)

/// Opens the file for further results; a new one begins with the facts.
let openAt root facts =
    let isNew = (records root).IsEmpty
    let log = new MetricsLog(file root, if isNew then 0L else System.Int64.MaxValue)

    if isNew then
        log.Append(head, 0L, [], [ for name, text in facts -> KeyValuePair(name, text) ])

    log

/// Adds a result with its budget in steps.
let append (log: MetricsLog) (budget: int) (r: TrialResult) =
    log.Append(
        result,
        int64 budget,
        [
            KeyValuePair("trial", float r.Trial)
            KeyValuePair("rung", float r.Rung)
            KeyValuePair("metric", r.Metric)
            KeyValuePair("return", r.Return)
        ]
    )

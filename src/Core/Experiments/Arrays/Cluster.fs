namespace MtrlFunctional.Experiments

open System
open System.Text.RegularExpressions
open MtrlFunctional

/// What Slurm gives each run of an array; None: the default of the cluster.
type Cluster = {
    Partition: string option
    Account: string option
    /// Limit of one start of a run.
    Time: TimeSpan option
    /// Seconds before the limit at which a run is asked to save.
    Save: int
    /// Processors of a run.
    Cpus: int option
    /// "1", or with their kind "a100:1".
    Gpus: string option
    /// "16G".
    Memory: string option
    /// Words before the program: `srun --mpi=pmix -K1`.
    Launch: string option
    /// Further options of sbatch: "--qos=high".
    Extra: string list
}

/// Reads what `slurm.yaml` and the options of a command say of a cluster.
module Cluster =
    open Schema

    /// Slurm asks up to a minute early, and a run needs time to begin.
    let private startSeconds = 120

    let private number (text: string) =
        match Int32.TryParse(text, Globalization.NumberStyles.None, null) with
        | true, number when number <= 1_000_000 -> Some(float number)
        | _ -> None

    /// Slurm's ways to write a time.
    let private timeOf (text: string) =
        let units, parts =
            match text.Split('-', 2), text.Split ':' with
            | [| days; clock |], _ ->
                [ 86_400.0; 3600.0; 60.0; 1.0 ], Array.append [| days |] (clock.Split ':')
            | _, [| minutes |] -> [ 60.0 ], [| minutes |]
            | _, [| _; _ |] -> [ 60.0; 1.0 ], text.Split ':'
            | _, parts -> [ 3600.0; 60.0; 1.0 ], parts

        let numbers = parts |> List.ofArray |> List.map number

        if numbers.Length > units.Length || List.contains None numbers then
            None
        else
            List.map2 (*) (List.truncate numbers.Length units) (List.choose id numbers)
            |> List.sum
            |> TimeSpan.FromSeconds
            |> Some

    /// As Slurm writes it: "1-12:00:00".
    let internal timeText (time: TimeSpan) =
        $"""{int time.TotalDays}-{time.ToString @"hh\:mm\:ss"}"""

    let private matching allowed pattern =
        Codec.text |> Codec.only allowed (fun text -> Regex.IsMatch(text, pattern))

    let private word = matching "a word without blanks" @"^[^\s""]+\z"

    let private time =
        Codec.create
            "a time as Slurm writes it, minutes, hours:minutes:seconds or days-hours:minutes:seconds"
            (Codec.text.Read >> Option.bind timeOf)
            (timeText >> Value.Text)

    let private extra =
        let option =
            matching "an option of sbatch, --name or --name=value" @"^--[a-z][^\n\r]*\z"

        let several = Codec.list option

        {
            several with
                Allowed = "options of sbatch, [--qos=high, --exclusive]"
                Read =
                    fun value ->
                        option.Read value
                        |> Option.map List.singleton
                        |> Option.orElseWith (fun () -> several.Read value)
        }

    let private key name codec standard get = key name codec standard get ""
    let private orNull name codec get = orNull name codec get ""

    let private schema: Schema<Cluster> =
        record [
            orNull "partition" word _.Partition
            orNull "account" word _.Account
            orNull "time" time _.Time
            key "save" (Codec.int 10 65_535) (is 180) _.Save
            orNull "cpus" (Codec.int 1 1024) _.Cpus
            orNull "gpus" (matching "a number, or kind:number" @"^([\w.-]+:)?[1-9]\d*\z") _.Gpus
            orNull
                "memory"
                (matching "a number with K, M, G or T, such as 16G" @"^[1-9]\d*[KMGT]?\z")
                _.Memory
            orNull "launch" Codec.name _.Launch
            key "extra" extra (is []) _.Extra
        ]

    let private keys = schema.Keys |> List.map _.Path

    let private unknown (file: string) entries = [
        for name, _ in entries do
            if not (List.contains name keys) then
                let all = String.concat ", " keys
                $"{file}: {name}: no such key.{Nearest.hint keys name} There are: {all}."
    ]

    let private shortTime (cluster: Cluster) =
        match cluster.Time with
        | Some time when time.TotalSeconds < float (cluster.Save + startSeconds) ->
            let least = TimeSpan.FromSeconds(float (cluster.Save + startSeconds))

            Error [
                $"time = {timeText time}: too short. Runs are asked to save {cluster.Save} s before the limit, so that it must be at least {timeText least}; a smaller save = SECONDS allows less."
            ]
        | _ -> Ok cluster

    /// A list in brackets, or the word as it is.
    let private valueOf (word: string) =
        match ValueText.parse word with
        | Ok(Value.List _ as several) when word.StartsWith '[' -> several
        | _ -> Scalar.parse word

    /// A cluster from the text of a file and from options, which win; or every mistake. `file` names it in messages.
    let read (file: string) text (options: (string * string) list) : Result<Cluster, string list> =
        match (if text = "" then Ok [] else Yaml.parse text) with
        | Error mistake -> Error [ $"{file}: {mistake}" ]
        | Ok entries ->
            let given = Map(entries @ [ for name, word in options -> name, valueOf word ])

            let standard =
                Map [ for key in schema.Keys -> key.Path, key.Default Choices.standard ]

            let value name =
                Map.tryFind name given |> Option.defaultValue standard[name]

            match unknown file entries, schema.Read(sourceOf Choices.standard value) with
            | [], Ok cluster -> shortTime cluster
            | mistakes, Ok _ -> Error mistakes
            | mistakes, Error found ->
                let isOption name = List.exists (fst >> (=) name) options

                let placed =
                    function
                    | ConfigError.BadValue(key, value, allowed, advice) when isOption key ->
                        string (ConfigError.BadValue($"--{key}", value, allowed, advice))
                    | other -> $"{file}: {other}"

                Error(mistakes @ List.map placed found)

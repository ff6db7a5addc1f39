namespace MtrlFunctional.Experiments

open MtrlFunctional

/// One combination of a sweep.
type Job = {
    /// The words of the command with one value for each swept key.
    Words: string list
    /// The swept keys as written and the values of this combination, in the order of the command.
    Picked: (string * string) list
    /// The folder of the combination below the experiment's folder; "" where only seeds and names
    /// differ, which have folders of their own.
    Folder: string
}

/// One run of a sweep: one seed of a combination.
type SweptRun = { Job: Job; Experiment: Experiment }

/// Many runs from one command: `agent.actor.hidden_dim=128,256 setup.num_seeds=3`.
///
/// Follows Hydra 1.0's `--multirun`: every combination, the last word varying fastest.
///
/// Reading order: jobs (words → combinations) → plan (their runs, all checked).
module Sweep =
    /// More combinations than anybody trains.
    let internal most = 10_000

    /// The key that a word names: with the seed, of the first seed.
    let internal keyOf (written: string) = Table.full (written.TrimStart '+')

    /// The key of a word and its values, each once; none for a word with one value. Spellings of a number are one value,
    /// so that a sweep finds its folders again.
    let internal several table (word: string) =
        match Overrides.split word with
        | Some(written, values) ->
            let key = Table.tryKey (keyOf written) table

            let plain value =
                let typed = Scalar.typed value

                match key |> Option.map (fun key -> key.Canonical typed, key.Canonical value) with
                // A whole number may be written as 8.0 or 1e1.
                | Some(Value.Int _ as whole, same) when same = whole -> whole
                | Some(canonical, same) when same = canonical -> typed
                | _ -> value

            let found values =
                written.TrimStart '+',
                values |> List.map (plain >> ValueText.print) |> List.distinct

            ValueText.alternatives values
            |> Result.map (Option.map found)
            |> Result.mapError (fun why -> [ ConfigError.Malformed(word, why) ])
        | None -> Ok None

    let internal isGiven key words =
        words
        |> List.choose Overrides.split
        |> List.exists (fun (written, _) -> keyOf written = key)

    /// Every choice of a value of each key, the last varying fastest; none where there are more than `most`.
    let internal combinations keys =
        let count =
            (1, keys) ||> List.fold (fun n (_, values) -> min most n * List.length values)

        let before (key, values) others = [
            for value, rest in List.allPairs values others -> (key, value) :: rest
        ]

        if count > most then
            None
        else
            Some(List.foldBack before keys [ [] ])

    /// Keys that make folders by themselves.
    let internal placing words =
        set [
            Table.firstSeed
            "setup.num_seeds"
            "setup.name"
            "setup.save_dir"
            "setup.base_path"
            // A preset has a name of its own.
            if not (isGiven "setup.name" words || isGiven "setup.save_dir" words) then
                "preset"
        ]

    /// The values of results, and the errors of the others, each once.
    let internal partition results =
        let right, errors = Results.partition results
        right, List.distinct (List.concat errors)

    /// Keys with several values that occur in other words as well.
    let private repeated words keys =
        keys
        |> List.distinctBy keyOf
        |> List.filter (fun key ->
            words |> List.filter (fun word -> isGiven (keyOf key) [ word ]) |> List.length > 1)
        |> List.map (fun key ->
            ConfigError.Malformed(key, "is given twice; put all its values into one word"))

    /// The words without a launcher, each with the key in it and what `find` reads for that by the table, if it does; and all mistakes.
    let internal readWords added find words =
        let words = Overrides.dropLauncher words
        let table = Table.create added

        let read, errors =
            partition [
                for word in words -> find table word |> Result.map (fun found -> word, found)
            ]

        read, errors @ repeated words (read |> List.choose snd |> List.map fst)

    /// The words and `more` with what was picked for the keys in them.
    let internal job (read: (string * (string * 'values) option) list) more folder picked =
        let values = Map.ofList picked

        {
            Words =
                [
                    for word, found in read do
                        match found with
                        | Some(key, _) -> $"{word.Split('=')[0]}={values[key]}"
                        | None -> word
                ]
                @ more
            Picked = picked
            Folder = folder
        }

    let private combine read combinations =
        let placing = placing (List.map fst read)

        let naming =
            combinations
            |> List.map (List.filter (fun (key, _) -> not (placing.Contains(keyOf key))))

        List.map2 (job read []) (SweepNames.folders naming) combinations

    /// Every combination of the values in the words, one where none has several, or all mistakes in them.
    let internal jobs added words : Result<Job list, ConfigError list> =
        let read, errors = readWords added several words

        match errors, combinations (List.choose snd read) with
        | [], Some combinations -> Ok(combine read combinations)
        | [], None ->
            Error [ ConfigError.Malformed("these words", $"have more than {most} combinations") ]
        | errors, _ -> Error errors

    /// The experiment of a job, in its folder.
    let private resolve added job =
        match Experiment.resolveWith added job.Words with
        | Ok(e, warnings) when job.Folder <> "" ->
            let folder = ValueText.print (Value.Text $"{e.Setup.SaveDir}/{job.Folder}")

            Experiment.resolveWith added (job.Words @ [ $"setup.save_dir={folder}" ])
            |> Result.map (fun (placed, _) -> placed, warnings)
        | other -> other

    /// The folder of the run's experiment, which contains its combinations.
    let rootOf (run: SweptRun) =
        let saveDir, folder = run.Experiment.Setup.SaveDir, run.Job.Folder

        if folder = "" then
            saveDir
        else
            saveDir[.. saveDir.Length - folder.Length - 2]

    let private seedFolder (run: SweptRun) =
        run.Experiment.Setup.SaveDir, run.Experiment.Setup.SeedRef

    /// Folders that combinations which are not the same would share.
    let private shared runs =
        runs
        |> List.groupBy seedFolder
        |> List.filter (fun (_, runs) -> runs |> List.distinctBy _.Experiment |> List.length > 1)
        |> List.map (fun ((folder, seed), _) ->
            ConfigError.Malformed(
                $"{folder}/seed-{seed}",
                "several combinations would write there; let setup.save_dir follow its default"
            ))

    /// Every run of these jobs in their order, each folder once, or all mistakes. Words may name the additions.
    let internal runsOf
        (added: Additions)
        (jobs: Job list)
        : Result<SweptRun list * Warning list, ConfigError list> =
        let results =
            jobs |> List.map (fun job -> resolve added job |> Result.map (fun r -> job, r))

        let right, errors = partition results

        let runs = [
            for job, (e, _) in right do
                for seed in Experiment.seeds e do
                    { Job = job; Experiment = Experiment.withSeed seed e }
        ]

        let warnings = right |> List.collect (snd >> snd) |> List.distinct

        match errors @ shared runs with
        | [] -> Ok(List.distinctBy seedFolder runs, warnings)
        | errors -> Error errors

    /// The values of a run, but for its own folder below the experiment's.
    let private configuration (table: Table.Table) (run: SweptRun) =
        let folder = Value.Text run.Experiment.Setup.SaveDir

        [
            for _, value in table.Schema.Write run.Experiment ->
                ValueText.print (if value = folder then Value.Text(rootOf run) else value)
        ]
        |> String.concat "\n"

    /// The runs without those whose combinations resolve to the configuration of one before; and a warning that names these.
    let private once table (runs: SweptRun list) =
        let same = runs |> List.groupBy (configuration table) |> List.map snd

        let again =
            [
                for runs in same do
                    for run in runs.Tail -> run.Job.Folder, runs.Head.Job.Folder
            ]
            |> List.distinct

        let warnings = [
            match again with
            | [] -> ()
            | (folder, first) :: others ->
                let more =
                    if others.IsEmpty then
                        ""
                    else
                        $" So are {others.Length} more combinations."

                {
                    Key = folder
                    Text = $"is the configuration of {first}, and is trained once.{more}"
                }
        ]

        List.map List.head same, warnings

    /// Every run of a sweep in its order, each folder and each configuration once, or all mistakes.
    [<CompiledName("Plan")>]
    let internal plan
        (added: Additions)
        words
        : Result<SweptRun list * Warning list, ConfigError list> =
        jobs added words
        |> Result.bind (runsOf added)
        |> Result.map (fun (runs, warnings) ->
            let runs, again = once (Table.create added) runs
            runs, warnings @ again)

    /// The words that train a run alone.
    let words (run: SweptRun) =
        let setup = run.Experiment.Setup

        let text key value =
            $"{key}={ValueText.print (Value.Text value)}"

        // Names may refer to the first of several seeds.
        run.Job.Words
        @ [
            text "setup.name" setup.Name
            text "setup.save_dir" setup.SaveDir
            $"{Table.firstSeed}={setup.SeedRef}"
            "setup.num_seeds=1"
        ]

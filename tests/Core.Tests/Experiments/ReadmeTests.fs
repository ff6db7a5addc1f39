module MtrlFunctional.Tests.Experiments.ReadmeTests

open Expecto
open Expecto.Flip
open System.IO
open System.Text.Json
open MtrlFunctional.Experiments
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Experiments.Resolving

/// The commands of the PTSL README resolve as in the original programs.
let ``readme commands`` = [
    let golden =
        Path.Combine(Repository.root, "tests", "golden", "mtrl", "readme_commands.json")
        |> File.ReadAllText
        |> JsonDocument.Parse

    let rec ofJson (e: JsonElement) =
        match e.ValueKind with
        | JsonValueKind.Null -> Value.Null
        | JsonValueKind.True -> Value.Bool true
        | JsonValueKind.False -> Value.Bool false
        | JsonValueKind.Number -> Value.Float(e.GetDouble())
        | JsonValueKind.String -> Value.Text(string (e.GetString()))
        | JsonValueKind.Array -> e.EnumerateArray() |> Seq.map ofJson |> List.ofSeq |> Value.List
        | kind -> failwith $"unexpected {kind}"

    let rec asFloat =
        function
        | Value.Int n -> Value.Float(float n)
        | Value.List values -> values |> List.map asFloat |> Value.List
        | value -> value

    // Ours, flattened as the golden file is.
    let flat (e: Experiment) =
        let rec entries path =
            function
            | Value.Table inner -> inner |> List.collect (fun (n, v) -> entries $"{path}.{n}" v)
            | value -> [ path, asFloat value ]

        Experiment.values e |> List.collect (fun (p, v) -> entries p v) |> Map.ofList

    // Documented departures: key, ours.
    let departures =
        Map [
            "setup.device", Value.Text "auto"
            "logger.use_tb", Value.Bool true
            "agent.transition_model.transition_cfg.type", Value.Text "deterministic"
        ]

    let isEmpty value =
        value = Value.Null || value = Value.List []

    let entries (e: JsonElement) =
        e.EnumerateObject() |> Seq.map (fun p -> p.Name, ofJson p.Value) |> List.ofSeq

    // The golden file has observations of 12 numbers; here they have 39.
    let widths = [
        "agent.encoder_feature_dim"
        "agent.transition_model.transition_cfg.feature_dim"
        "agent.encoder.identity.feature_dim"
        "agent.encoder.feedforward.feature_dim"
        "agent.encoder.film.feature_dim"
        "agent.encoder.moe.encoder_cfg.feature_dim"
        "agent.encoder.factorized_moe.encoder_cfg.feature_dim"
        "agent.encoder.pixel.feature_dim"
    ]

    let expected (index: int) =
        let commands = golden.RootElement.GetProperty "commands"
        let first = entries (commands[0].GetProperty "resolved") |> Map.ofList

        let command = commands[index]

        let resolved =
            if index = 0 then
                first
            else
                (first, entries (command.GetProperty "changed"))
                ||> List.fold (fun all (key, value) -> Map.add key value all)

        command.GetProperty("command").GetString() |> string, resolved

    testCase "there are 27" (fun () ->
        golden.RootElement.GetProperty("commands").GetArrayLength() |> equals 27)

    testTheory "resolve as in the original" [ 0..26 ] (fun index ->
        let command, resolved = expected index

        let experiment, _ =
            Experiment.read (Words.split command @ [ "fidelity=original" ]) |> ok

        let ours = flat experiment

        let differing = [
            for KeyValue(key, theirs) in resolved do
                let theirs =
                    match Map.tryFind key departures with
                    | Some departed -> departed
                    // One, unless the command has a number.
                    | None when key = "setup.num_seeds" && not (command.Contains key) ->
                        Value.Float 1.0
                    | None when List.contains key widths && theirs = Value.Float 12.0 ->
                        Value.Float 39.0
                    | None -> theirs

                match Map.tryFind key ours with
                | Some value when value = theirs || isEmpty value && isEmpty theirs -> ()
                | found -> $"{key}: {found}, should be {theirs}"
        ]

        differing |> Expect.isEmpty command)

    testCase "give the same without the launcher" (fun () ->
        let command, _ = expected 1

        Experiment.read (Words.split command |> List.skip 4)
        |> equals (Experiment.read (Words.split command)))

    // Rows of the README by section and label, and their presets.
    let presets =
        let rows = [
            "MT-SAC", "mt-sac"
            "Soft Modularization", "soft-modularization"
            "CARE", "care"
            "CARE - PTSL (Same number of parameters as CARE)", "care-ptsl-3-hidden"
            "CARE - PTSL (2 hidden layers)", "care-ptsl-2-hidden"
            "CARE - PTSL (Independent Projection)", "projection-independent"
            "CARE - PTSL (Shared Projection)", "projection-shared"
            "CARE - PTSL (No Residual)", "residual-none"
            "CARE - PTSL (Sum Residual)", "residual-sum"
            "CARE - PTSL (Linear Residual)", "residual-linear"
            "CARE - PTSL (Product Residual)", "residual-product"
        ]

        fun (section: string) label ->
            let row = rows |> List.find (fst >> (=) label) |> snd
            let tasks = if section.StartsWith "MT-50" then "mt50" else "mt10"
            let suffix = if section.Contains "1M" then "-1m" else ""
            $"preset=ptsl/{row}-{tasks}{suffix}"

    // But for the name: rows that share one would share a folder.
    testTheory "are presets" [ 1..26 ] (fun index ->
        let command = (golden.RootElement.GetProperty "commands")[index]

        let text (name: string) =
            string (command.GetProperty(name).GetString())

        let resolved words = resolve (words @ [ "setup.name=same" ])

        let name = presets (text "section") (text "label")
        let preset = Presets.namedIn Presets.all [ name ] |> List.exactlyOne
        let seeds = $"setup.num_seeds={preset.Seeds}"

        resolved [ name; seeds ]
        |> Expect.equal name (resolved (Words.split (text "command"))))
]

let presets = [
    testCase "all resolve, each with a folder of its own" (fun () ->
        isDistinct [
            for preset in Presets.all -> (resolve [ $"preset={preset.Name}" ]).Setup.SaveDir
        ])

    testCase "are overridden by the words beside them, wherever these stand" (fun () ->
        let preset, words =
            "preset=ptsl/care-mt10", [ "agent.actor.hidden_dim=64"; "setup.seed=7" ]

        for words in [ preset :: words; words @ [ preset ] ] do
            let e = resolve words
            e.Agent.Actor.HiddenDim |> equals 64
            e.Setup.SeedRef |> equals 7
            e.Agent.Encoder.Mixture.NumExperts |> equals 4)

    testTheory "that do not exist are told with the nearest, and nothing else" [
        "ptsl/care-mt11"
        "care-mt10"
        "care-mt11"
    ]
    <| fun name ->
        let told = mistakes [ $"preset={name}" ] |> List.exactlyOne
        told |> startsWith $"preset = {name}: must be the name of a preset."
        told |> contains "ptsl/care-mt10"
]

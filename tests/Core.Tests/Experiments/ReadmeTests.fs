namespace MtrlFunctional.Tests.Experiments

open System.IO
open System.Text.Json
open NUnit.Framework
open MtrlFunctional.Experiments
open MtrlFunctional.Tests

/// The commands of the PTSL README resolve as in the original programs.
[<TestFixture>]
module ``readme commands`` =
    let private golden =
        Path.Combine(Repository.root, "tests", "golden", "mtrl", "readme_commands.json")
        |> File.ReadAllText
        |> JsonDocument.Parse

    let rec private ofJson (e: JsonElement) =
        match e.ValueKind with
        | JsonValueKind.Null -> Value.Null
        | JsonValueKind.True -> Value.Bool true
        | JsonValueKind.False -> Value.Bool false
        | JsonValueKind.Number -> Value.Float(e.GetDouble())
        | JsonValueKind.String -> Value.Text(string (e.GetString()))
        | JsonValueKind.Array -> e.EnumerateArray() |> Seq.map ofJson |> List.ofSeq |> Value.List
        | kind -> failwith $"unexpected {kind}"

    let rec private asFloat =
        function
        | Value.Int n -> Value.Float(float n)
        | Value.List values -> values |> List.map asFloat |> Value.List
        | value -> value

    /// Ours, flattened as the golden file is.
    let private flat (e: Experiment) =
        let rec entries path =
            function
            | Value.Table inner -> inner |> List.collect (fun (n, v) -> entries $"{path}.{n}" v)
            | value -> [ path, asFloat value ]

        Experiment.values e |> List.collect (fun (p, v) -> entries p v) |> Map.ofList

    /// Documented departures: key, ours.
    let private departures =
        Map [
            "setup.device", Value.Text "auto"
            "logger.use_tb", Value.Bool true
            "agent.transition_model.transition_cfg.type", Value.Text "deterministic"
        ]

    let private isEmpty value =
        value = Value.Null || value = Value.List []

    let private entries (e: JsonElement) =
        e.EnumerateObject() |> Seq.map (fun p -> p.Name, ofJson p.Value) |> List.ofSeq

    /// The golden file has observations of 12 numbers; here they have 39.
    let private widths = [
        "agent.encoder_feature_dim"
        "agent.transition_model.transition_cfg.feature_dim"
        "agent.encoder.identity.feature_dim"
        "agent.encoder.feedforward.feature_dim"
        "agent.encoder.film.feature_dim"
        "agent.encoder.moe.encoder_cfg.feature_dim"
        "agent.encoder.factorized_moe.encoder_cfg.feature_dim"
        "agent.encoder.pixel.feature_dim"
    ]

    let private expected (index: int) =
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

    let private words (command: string) = command.Split ' ' |> List.ofArray

    [<Test>]
    let ``there are 27`` () =
        Assert.That(golden.RootElement.GetProperty("commands").GetArrayLength(), Is.EqualTo 27)

    [<Test>]
    let ``resolve as in the original`` ([<Range(0, 26)>] index: int) =
        let command, resolved = expected index

        match Experiment.read (words command @ [ "fidelity=original" ]) with
        | Error mistakes -> Assert.Fail $"{mistakes}"
        | Ok(experiment, _) ->
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

            Assert.That(differing, Is.Empty, command)

    [<Test>]
    let ``give the same without the launcher`` () =
        let command, _ = expected 1

        Assert.That(
            Experiment.read (words command |> List.skip 4),
            Is.EqualTo(Experiment.read (words command))
        )

    [<Test>]
    let ``run here`` ([<Range(0, 26)>] index: int) =
        let command, _ = expected index

        match Experiment.resolve (words command) with
        | Ok _ -> ()
        | Error mistakes -> Assert.Fail $"{mistakes}"

    /// Rows of the README by section and label, and their presets.
    let private presets =
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

    /// But for the name: rows that share one would share a folder.
    [<Test>]
    let ``are presets`` ([<Range(1, 26)>] index: int) =
        let command = (golden.RootElement.GetProperty "commands")[index]

        let text (name: string) =
            string (command.GetProperty(name).GetString())

        let resolved words =
            match Experiment.resolve (words @ [ "setup.name=same" ]) with
            | Ok(e, _) -> e
            | Error mistakes -> failwith $"{mistakes}"

        let name = presets (text "section") (text "label")
        let preset = Presets.namedIn [ name ] |> List.exactlyOne
        let seeds = $"setup.num_seeds={preset.Seeds}"
        Assert.That((resolved [ name; seeds ] = resolved (words (text "command"))), name)

[<TestFixture>]
module ``presets`` =

    let private resolved words =
        match Experiment.resolve words with
        | Ok(e, _) -> e
        | Error mistakes -> failwith $"{mistakes}"

    [<Test>]
    let ``all resolve, each with a folder of its own`` () =
        let experiments =
            Presets.all |> List.map (fun preset -> resolved [ $"preset={preset.Name}" ])

        Assert.That(experiments |> List.map _.Setup.SaveDir, Is.Unique)

    [<Test>]
    let ``are overridden by the words after them`` () =
        let e =
            resolved [ "preset=ptsl/care-mt10"; "agent.actor.hidden_dim=64"; "setup.seed=7" ]

        Assert.That(e.Agent.Actor.HiddenDim, Is.EqualTo 64)
        Assert.That(e.Setup.SeedRef, Is.EqualTo 7)
        Assert.That(e.Agent.Encoder.Mixture.NumExperts, Is.EqualTo 4)

    [<TestCase("ptsl/care-mt11")>]
    [<TestCase("care-mt10")>]
    [<TestCase("care-mt11")>]
    let ``that do not exist are told with the nearest, and nothing else`` (name: string) =
        match Experiment.resolve [ $"preset={name}" ] with
        | Ok _ -> Assert.Fail "It was taken."
        | Error told ->
            Assert.That(told.Length, Is.EqualTo 1)

            Assert.That(
                string told.Head,
                Does.StartWith $"preset = {name}: must be the name of a preset."
            )

            Assert.That(string told.Head, Does.Contain "ptsl/care-mt10")

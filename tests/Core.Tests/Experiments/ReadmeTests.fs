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

/// The commands of mtrl's tutorial, as it prints them.
let ``the commands of mtrl's tutorial`` = [
    let variants =
        "setup=hipbmdp env=dmcontrol-finger-spin-distribution-v0 setup.seed=1 replay_buffer.batch_size=256"

    let metaWorld =
        "setup=metaworld env=metaworld-mt10 agent=state_sac experiment.num_eval_episodes=1 experiment.num_train_steps=2000000 setup.seed=1 replay_buffer.batch_size=1280 agent.multitask.num_envs=10 agent.multitask.should_use_disentangled_alpha=True"

    // Of its page on running code.
    let running =
        "setup=metaworld agent=state_sac env=metaworld-mt10 agent.multitask.num_envs=10 agent.multitask.should_use_disentangled_alpha=True"

    let commands = [
        running
        $"{running} agent.multitask.should_use_multi_head_policy=True"
        "setup=metaworld env=metaworld-mt10 agent=state_sac agent.multitask.num_envs=10 agent.multitask.should_use_disentangled_alpha=True agent.multitask.should_use_multi_head_policy=True experiment.num_train_steps=2000000 setup.seed=1 replay_buffer.batch_size=1280"
        $"{variants} agent=distral agent.distral_alpha=1.0 agent.distral_beta=1.0"
        // Twice in the tutorial: for DeepMDP, and for GradNorm.
        $"{variants} agent=deepmdp"
        $"{variants} agent=gradnorm_deepmdp"
        $"{variants} agent=pcgrad_sac"
        $"{variants} agent=hipbmdp agent.multitask.should_use_task_encoder=True agent.multitask.should_condition_encoder_on_task_info=True agent.multitask.should_concatenate_task_info_with_encoder=True"
        $"{metaWorld} agent.encoder.type_to_select=identity agent.multitask.should_use_multi_head_policy=False agent.multitask.actor_cfg.should_condition_model_on_task_info=False agent.multitask.actor_cfg.should_condition_encoder_on_task_info=True agent.multitask.actor_cfg.should_concatenate_task_info_with_encoder=True"
        $"{metaWorld} agent.encoder.type_to_select=identity agent.multitask.should_use_multi_head_policy=True agent.multitask.actor_cfg.should_condition_model_on_task_info=False agent.multitask.actor_cfg.should_condition_encoder_on_task_info=False agent.multitask.actor_cfg.should_concatenate_task_info_with_encoder=False"
        $"{metaWorld} agent=pcgrad_state_sac agent.multitask.should_use_disentangled_alpha=False agent.multitask.should_use_task_encoder=False agent.multitask.actor_cfg.should_condition_encoder_on_task_info=False agent.multitask.actor_cfg.should_concatenate_task_info_with_encoder=False agent.encoder.type_to_select=identity"
        $"{metaWorld} agent.multitask.should_use_task_encoder=True agent.encoder.type_to_select=feedforward agent.multitask.actor_cfg.should_condition_model_on_task_info=True agent.multitask.actor_cfg.should_condition_encoder_on_task_info=False agent.multitask.actor_cfg.should_concatenate_task_info_with_encoder=False agent.multitask.actor_cfg.moe_cfg.should_use=True agent.multitask.actor_cfg.moe_cfg.mode=soft_modularization agent.multitask.should_use_multi_head_policy=False agent.encoder.feedforward.hidden_dim=50 agent.encoder.feedforward.num_layers=2 agent.encoder.feedforward.feature_dim=50 agent.actor.num_layers=4 agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use=False"
        $"{metaWorld} agent.multitask.should_use_task_encoder=True agent.encoder.type_to_select=film agent.multitask.should_use_multi_head_policy=False agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use=True agent.multitask.task_encoder_cfg.model_cfg.output_dim=6"
        $"{metaWorld} agent.multitask.should_use_task_encoder=True agent.encoder.type_to_select=moe agent.multitask.should_use_multi_head_policy=False agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention agent.encoder.moe.num_experts=4 agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use=True"
    ]

    let each = List.allPairs commands [ "fidelity=original"; "fidelity=corrected" ]

    testTheory "resolve, and describe an agent" each (fun (command, fidelity) ->
        let e = Resolving.resolve (fidelity :: Words.split command)
        (DescribedAgent.from Catalogue.standard e).IsSome |> isTrue)

    testCase "that are written one level too high are read with a warning" (fun () ->
        let key = "should_concatenate_task_info_with_encoder"

        let words = [ "env=metaworld-mt10"; $"agent.multitask.{key}=False" ]
        isFalse (Resolving.resolve words).Agent.Multitask.Actor.Concatenate

        (Resolving.warnings words).Head |> contains $"agent.multitask.actor_cfg.{key}")
]

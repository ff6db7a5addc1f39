/// What follows from the words of experiments on DeepMind Control and on variants of its models, and what they must be.
module internal MtrlFunctional.Experiments.DmControlRules

open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Tasks.DmControl

/// Whether networks of an off-policy agent have parts for single tasks.
let private hasTaskParts choices (model: TaskModel option) (resolved: Map<string, Value>) =
    let isOn name =
        resolved[$"agent.multitask.{name}"] = Value.Bool true

    not (Choices.isOnPolicy choices)
    && (isOn "should_use_task_encoder"
        || isOn "should_use_multi_head_policy"
        || isOn "should_use_pal"
        || model |> Option.exists (fun model -> model.KnowsTasks && not model.IsSeparate))

/// The tasks of variants, the number of tasks that networks distinguish, the horizon, and the encoder and the replay of states or
/// images.
let private follow choices model (resolved: Map<string, Value>) given = [
    match DmControlSchema.schema.Read(Schema.sourceOf choices (fun path -> resolved[path])) with
    | Error _ -> ()
    | Ok keys ->
        match VariantSets.tasks choices.Env keys with
        | Some(trained, evaluated) ->
            let distinguished =
                if hasTaskParts choices model resolved then
                    Variation.count
                else
                    trained.Length

            "env.tasks", Value.OfTexts trained, DmControlKeys.train
            "env.test_tasks", Value.OfTexts evaluated, "env.eval"

            "agent.multitask.num_envs",
            Value.Int(int64 distinguished),
            "variants that the networks distinguish"
        | None -> ()

        if Map.containsKey DmControlKeys.actionRepeat given then
            "env.horizon",
            Value.Int(int64 (DmControlTask.actions keys.ActionRepeat)),
            "1,000 control steps"

        if keys.FromPixels && not (Choices.isOnPolicy choices) then
            ReplayBuffer.backing, Value.Text "auto", DmControlKeys.fromPixels

        let encoder = "agent.encoder.type_to_select"

        match keys.FromPixels, resolved[encoder] with
        | false, Value.Text "pixel" -> encoder, Value.Text "identity", DmControlKeys.fromPixels
        | true, Value.Text "identity" -> encoder, Value.Text "pixel", DmControlKeys.fromPixels
        | _ -> ()
]

let private indices variants =
    variants |> List.map (int64 >> Value.Int) |> Value.List

let private sets (keys: DmControlKeys) =
    List.concat [
        not keys.Train.IsEmpty
        |> orElse "env.train" "a list of at least one variant"
        |> because "Variants are counted from 0 to 9."

        not (VariantSets.evaluated keys).IsEmpty
        |> orElse "env.eval" "a variant in at least one mode"
        |> showing (indices [])
        |> because "A mode without variants is not evaluated."

        for key, variants in
            ("env.train", keys.Train)
            :: [ for mode, variants in keys.Evaluated -> $"env.eval.{mode}", variants ] do
            List.distinct variants = variants
            |> orElse key "without repetition"
            |> because "Each variant counts once."
    ]

/// Where networks have parts for variants that are not trained on.
let private allVariants (e: Experiment) =
    List.concat [
        let why = "agent.multitask.num_envs=10 has variants without rows to learn from."

        (e.Agent.Surgery.Method = SurgeryWord.None || not (NetworkTasks.areScattered e))
        |> orElse
            "agent.surgery.method"
            "none with networks for all variants, of which some are not trained on"
        |> because $"{why} Or train on all in order: env.train=[0,1,2,3,4,5,6,7,8,9]"

        e.Behaviour.SeparateEvaluation
        |> orElse "behaviour.separate_evaluation" "true with networks for all variants"
        |> because why

        not (e.Agent.Multitask.UseTaskEncoder && e.Agent.Multitask.TaskEncoder.Pretrained)
        |> orElse
            "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use"
            "false with variants"
        |> because "They have no sentences."
    ]

/// What is wrong with the variants of an experiment.
let private ofVariants (e: Experiment) =
    let env, keys = e.Environment, e.Environment.DmControl

    match VariantSets.family keys with
    | Error wrong -> wrong
    | Ok _ ->
        List.concat [
            sets keys

            if NetworkTasks.hasAllVariants e then
                allVariants e

            match VariantSets.tasks e.Choices.Env keys with
            | None -> ()
            | Some(trained, evaluated) ->
                for key, names, expected, from in
                    [
                        "env.tasks", env.Tasks, trained, "env.train"
                        "env.test_tasks", env.TestTasks, evaluated, "env.eval.*"
                    ] do
                    names = expected
                    |> orElse key $"the variants of {from}"
                    |> because $"{from} and env.builder.* choose tasks."
        ]

/// Variants that are trained on although they are to be evaluated as unseen ones.
let private warnings (e: Experiment) : Warning list = [
    for mode, variants in e.Environment.DmControl.Evaluated do
        let trained =
            variants |> List.filter (fun v -> List.contains v e.Environment.DmControl.Train)

        if mode <> "base" && not trained.IsEmpty then
            let which = indices trained |> ValueText.print

            {
                Key = DmControlKeys.evaluated mode
                Text =
                    $"has variants of env.train, {which}: results on them are not of unseen variants."
            }
]

/// Rows, and pixels of a row, that networks read.
let private side = 84

/// The encoder of images, and the encoders that can stand behind it.
let private encoders = [
    EncoderKind.Pixel
    EncoderKind.FeedForward
    EncoderKind.Film
    EncoderKind.MixtureOfExperts
]

/// What is wrong with observations of images.
let private ofImages (e: Experiment) =
    let keys = e.Environment.DmControl

    let hasConvolutions = e.Agent.Encoder.Pixel.NumLayers > 0

    List.concat [
        List.contains e.Agent.Encoder.Kind encoders
        |> orElse
            "agent.encoder.type_to_select"
            $"pixel, or feedforward, film or moe behind it, with {DmControlKeys.fromPixels}=True"
        |> because "Images pass convolutions first."

        (not e.Choices.Agent.State || Choices.isOnPolicy e.Choices || hasConvolutions)
        |> orElse "agent" "one with convolutions for images, such as agent=sac"
        |> because $"To train from states: {DmControlKeys.fromPixels}=False"

        (Choices.isOnPolicy e.Choices
         || not hasConvolutions
         || e.Agent.Encoder.Pixel.NumFilters > 0)
        |> orElse "agent.encoder.pixel.num_filters" "at least 1"
        |> because "Without filters nothing of an image reaches the encoding."

        for key, size in
            [
                DmControlKeys.height, keys.Images.Height
                DmControlKeys.width, keys.Images.Width
            ] do
            size = side
            |> orElse key $"{side}"
            |> because $"Encoders read images of {side} × {side} pixels."

        not keys.VisualizeReward
        |> orElse DmControlKeys.visualizeReward $"false with {DmControlKeys.fromPixels}=True"
        |> because "Colours that show the reward would be part of the observation."

        not keys.IsSticky
        |> orElse DmControlKeys.sticky $"false with {DmControlKeys.fromPixels}=True"
        |> because "Sticky observations are available for states only."

        not (Choices.isOnPolicy e.Choices)
        |> orElse DmControlKeys.fromPixels $"false with agent={e.Choices.Agent.Name}"
        |> because "Agents that learn from replay read images, such as agent=sac."
    ]

let rules = {
    FamilyRules.Of DmControlWords.words with
        Follow = follow
        Conflicts =
            fun e -> [
                if e.Choices.Env.Family.HasVariants then
                    yield! ofVariants e

                if Observed.isImages e then
                    yield! ofImages e
            ]
        Warnings = fun e -> if e.Choices.Env.Family.HasVariants then warnings e else []
}

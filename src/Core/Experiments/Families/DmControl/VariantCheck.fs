/// What must hold between sets of variants.
module internal MtrlFunctional.Experiments.VariantCheck

open MtrlFunctional.Experiments.Requirement

let private indices variants =
    variants |> List.map whole |> Value.List

let private sets (keys: DmControlKeys) =
    List.concat [
        unless
            (not keys.Train.IsEmpty)
            "env.train"
            (indices [])
            "a list of at least one variant"
            "Variants are counted from 0 to 9."

        unless
            (not (VariantSets.evaluated keys).IsEmpty)
            "env.eval"
            (indices [])
            "a variant in at least one mode"
            "A mode without variants is not evaluated."

        for key, variants in
            ("env.train", keys.Train)
            :: [ for mode, variants in keys.Evaluated -> $"env.eval.{mode}", variants ] do
            unless
                (List.distinct variants = variants)
                key
                (indices variants)
                "without repetition"
                "Each variant counts once."
    ]

/// Where networks have parts for variants that are not trained on.
let private allVariants (e: Experiment) =
    List.concat [
        let why = "agent.multitask.num_envs=10 has variants without rows to learn from."

        unless
            (e.Agent.Surgery.Method = SurgeryWord.None || not (NetworkTasks.areScattered e))
            "agent.surgery.method"
            (Value.Text e.Agent.Surgery.Method)
            "none with networks for all variants, of which some are not trained on"
            $"{why} Or train on all in order: env.train=[0,1,2,3,4,5,6,7,8,9]"

        unless
            e.Behaviour.SeparateEvaluation
            "behaviour.separate_evaluation"
            (Value.Bool false)
            "true with networks for all variants"
            why

        unless
            (not (e.Agent.Multitask.UseTaskEncoder && e.Agent.Multitask.TaskEncoder.Pretrained))
            "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use"
            (Value.Bool true)
            "false with variants"
            "They have no sentences."
    ]

/// What is wrong with the variants of an experiment.
let conflicts (e: Experiment) : ConfigError list =
    let env, keys = e.Environment, e.Environment.DmControl

    match VariantSets.family keys with
    | Error wrong -> [ wrong ]
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
                    unless
                        (names = expected)
                        key
                        (Value.OfTexts names)
                        $"the variants of {from}"
                        $"{from} and env.builder.* choose tasks."
        ]

/// Variants that are trained on although they are to be evaluated as unseen ones.
let warnings (e: Experiment) : Warning list = [
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

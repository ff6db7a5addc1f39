/// What follows from the words of experiments on DeepMind Control and on variants of its models, and what they must be.
module internal MtrlFunctional.Experiments.DmControlRules

open MtrlFunctional.Tasks.DmControl

/// Whether networks of an off-policy agent have parts for single tasks.
let private hasTaskParts choices (resolved: Map<string, Value>) =
    let isOn name =
        resolved[$"agent.multitask.{name}"] = Value.Bool true

    not (Choices.isOnPolicy choices)
    && (isOn "should_use_task_encoder"
        || isOn "should_use_multi_head_policy"
        || isOn "should_use_pal"
        || TaskModels.all
           |> List.exists (fun model ->
               model.KnowsTasks
               && not model.IsSeparate
               && resolved["agent.multitask.model"] = Value.Text model.Name))

/// The tasks of variants, the number of tasks that networks distinguish, the horizon, and the encoder and the replay of states or
/// images.
let private follow choices (resolved: Map<string, Value>) given = [
    match DmControlSchema.schema.Read(Schema.sourceOf choices (fun path -> resolved[path])) with
    | Error _ -> ()
    | Ok keys ->
        match VariantSets.tasks choices.Env keys with
        | Some(trained, evaluated) ->
            let distinguished =
                if hasTaskParts choices resolved then
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

let rules = {
    FamilyRules.Of DmControlWords.words with
        Follow = follow
        Conflicts =
            fun e -> [
                if e.Choices.Env.Family.HasVariants then
                    yield! VariantCheck.conflicts e

                if Observed.isImages e then
                    yield! ImageCheck.conflicts e
            ]
        Warnings =
            fun e ->
                if e.Choices.Env.Family.HasVariants then
                    VariantCheck.warnings e
                else
                    []
}

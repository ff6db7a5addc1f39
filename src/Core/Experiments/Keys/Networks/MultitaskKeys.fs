/// The schema of `agent.multitask`.
module internal MtrlFunctional.Experiments.MultitaskKeys

open MtrlFunctional.Experiments.Schema
open MtrlFunctional.Networks

let private key name = key $"agent.multitask.{name}"

let residuals = [
    "none", NoResidual
    "sum", SumResidual
    "linear", LinearResidual
    "project", ProjectResidual
]

let private projected =
    record<Projected> [
        key "pal_cfg.pal_dim" Codec.size (is 50) _.PalDim <| "rank of the task branches"

        key "pal_cfg.shared_projection" Codec.flag (is true) _.SharedProjection
        <| "all layers share their projections"

        key "pal_cfg.residual_mode" (Codec.oneOf residuals) (is NoResidual) _.Residual
        <| "what a task branch adds to the input of the next"
    ]

let adapters = [ "pad", SpaceAdapter.Pad; "per_embodiment", SpaceAdapter.PerEmbodiment ]

/// The models of the library and these.
let model added =
    Codec.partOrOwn TaskModels.all added _.Name TaskModels.notGiven

let private modules = Codec.oneOf [ "soft_modularization", "soft_modularization" ]

/// Names of the flags that a task encoder serves.
let encodingFlags = [
    "should_condition_model_on_task_info"
    "should_condition_encoder_on_task_info"
    "should_concatenate_task_info_with_encoder"
]

/// Flags with defaults of their own (the actor's), or with the actor's flags as defaults (the critic's).
let private conditioning at (standard: string -> Default<bool>) mode experts =
    let flag name =
        key $"{at}.{name}" Codec.flag (standard name)

    record<Conditioning> [
        flag "should_condition_model_on_task_info" _.Model
        <| "the task encoding enters the model (soft modularization)"

        flag "should_condition_encoder_on_task_info" _.Encoder
        <| "the task encoding enters the encoder"

        flag "should_concatenate_task_info_with_encoder" _.Concatenate
        <| "the task encoding is put beside the encoding"

        ignored "there is one kind" $"agent.multitask.{at}.moe_cfg.mode" modules mode
        <| "kind of modules"

        key $"{at}.moe_cfg.num_experts" (Codec.int 1 1000) experts _.SoftModularizationExperts
        <| "modules in a layer"

        flag "moe_cfg.should_use" _.SoftModularization <| "soft modularization"
    ]

let private actorFlags =
    let standard (name: string) =
        if
            name.StartsWith "should_condition_encoder"
            || name.StartsWith "should_concatenate"
        then
            bySetup (is true) (is false)
        else
            is false

    conditioning "actor_cfg" standard (is "soft_modularization") (is 4)

let private criticFlags =
    let actor = "agent.multitask.actor_cfg"

    conditioning
        "critic_cfg"
        (fun name -> like $"{actor}.{name}")
        (like $"{actor}.moe_cfg.mode")
        (like $"{actor}.moe_cfg.num_experts")

/// The schema with the models of the library and these.
let schema added =
    record<Multitask> [
        key
            "num_envs"
            (Codec.int 1 10_000)
            (bySetup (like "env.num_envs") (is 10))
            (fun (s: Multitask) -> s.NumEnvs)
        <| "number of tasks: temperatures, heads, rows of the embedding"

        key "should_use_disentangled_alpha" Codec.flag (is false) _.DisentangledAlpha
        <| "one temperature per task"

        key "should_use_task_encoder" Codec.flag (is false) _.UseTaskEncoder
        <| "encode the task; without it all conditioning is off"

        key "should_use_multi_head_policy" Codec.flag (is false) _.MultiHead
        <| "a head per task"

        key "should_use_pal" Codec.flag (is false) _.UseProjected
        <| "projected task-specific layers (PTSL)"

        key "should_use_disjoint_policy" Codec.flag (is false) _.Disjoint
        <| "with heads: whole networks per task"

        part projected _.Projected

        key "model" (model added) (is FlagsModel.model) _.Model
        <| "architecture of actor and critics: what the flags say, a linear output for each task (heads), one of another paper, or separate: an agent for each task, which share nothing. Ours"

        key "adapter" (Codec.oneOf adapters) (is SpaceAdapter.Pad) _.Adapter
        <| "tasks of different spaces: rows padded to the widest, or also input and output layers for each embodiment. Ours"

        for model in TaskModels.all do
            yield! model.Keys

        part TaskEncoder.schema _.TaskEncoder
        yield! Network.headMasks "agent.multitask.multi_head_policy_cfg.mask_cfg"
        part actorFlags _.Actor
        part criticFlags _.Critic
    ]

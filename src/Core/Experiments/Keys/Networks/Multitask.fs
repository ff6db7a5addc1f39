namespace MtrlFunctional.Experiments

open MtrlFunctional
open MtrlFunctional.Networks

/// `agent.multitask.pal_cfg.*`: projected task-specific layers (PTSL).
type Projected = {
    /// Rank p.
    PalDim: int
    SharedProjection: bool
    Residual: Residual
}

/// How task information enters the actor or the critic. Without a task encoder nothing does.
type Conditioning = {
    /// The model itself (soft modularization).
    Model: bool
    /// The encoder.
    Encoder: bool
    /// Concatenated with the encoding.
    Concatenate: bool
    SoftModularizationExperts: int
    /// `moe_cfg.should_use`: soft modularization.
    SoftModularization: bool
}

/// `agent.multitask.model`: architectures that the original programs do not have.
[<RequireQualifiedAccess>]
type TaskModel =
    /// Chosen by the original's flags.
    | ByFlags
    /// Shared hidden layers and a linear output of each task.
    | Heads
    /// PaCo.
    | Composed
    /// MOORE.
    | Orthogonal
    | Hypernetwork
    /// Networks of its own for each task, and nothing shared.
    | Separate
    /// Of an extension.
    | Own of Own<OwnNetwork>

/// `agent.multitask.adapter`: how one network serves tasks whose observations and actions differ.
[<RequireQualifiedAccess>]
type SpaceAdapter =
    /// Rows of the widest task, of which the others fill a part.
    | Pad
    /// As `Pad`, with input and output layers for each embodiment.
    | PerEmbodiment

/// `agent.multitask.hypernetwork_cfg.*`: the network that makes parameters.
type Maker = { HiddenDim: int; NumLayers: int }

/// `agent.multitask.*`.
type Multitask = {
    /// T: temperatures, heads, rows of the embedding.
    NumEnvs: int
    /// One temperature per task.
    DisentangledAlpha: bool
    UseTaskEncoder: bool
    MultiHead: bool
    UseProjected: bool
    /// With `MultiHead`: whole networks per task.
    Disjoint: bool
    Projected: Projected
    Model: TaskModel
    Adapter: SpaceAdapter
    /// K of PaCo.
    ParameterSets: int
    /// Experts of MOORE.
    OrthogonalExperts: int
    Maker: Maker
    TaskEncoder: TaskEncoder
    Actor: Conditioning
    Critic: Conditioning
}

module internal Multitask =
    open Schema

    let residuals = [
        "none", NoResidual
        "sum", SumResidual
        "linear", LinearResidual
        "project", ProjectResidual
    ]

    let private projected =
        record [
            key "agent.multitask.pal_cfg.pal_dim" Codec.size (is 50) (fun (s: Projected) ->
                s.PalDim)
            |> about "rank of the task branches"

            key "agent.multitask.pal_cfg.shared_projection" Codec.flag (is true) _.SharedProjection
            |> about "all layers share their projections"

            key
                "agent.multitask.pal_cfg.residual_mode"
                (Codec.oneOf residuals)
                (is NoResidual)
                _.Residual
            |> about "what a task branch adds to the input of the next"
        ]

    let models = [
        "by_flags", TaskModel.ByFlags
        "heads", TaskModel.Heads
        "paco", TaskModel.Composed
        "moore", TaskModel.Orthogonal
        "hypernetwork", TaskModel.Hypernetwork
        "separate", TaskModel.Separate
    ]

    let adapters = [ "pad", SpaceAdapter.Pad; "per_embodiment", SpaceAdapter.PerEmbodiment ]

    /// The models of the library and these.
    let codec (own: OwnNetwork list) =
        Codec.oneOfOrOwn models [ for part in own -> part.Name, part ] TaskModel.Own (function
            | TaskModel.Own own -> Some own
            | _ -> None)

    /// The word of a model.
    let nameOf model =
        match model with
        | TaskModel.Own own -> string own
        | model -> Choices.nameOf models model

    /// Models with numbers of their own for each task, which need not be shown it.
    let knowsTasks model =
        match model with
        | TaskModel.Heads
        | TaskModel.Composed
        | TaskModel.Orthogonal
        | TaskModel.Separate -> true
        | TaskModel.ByFlags
        | TaskModel.Hypernetwork -> false
        | TaskModel.Own own -> own.Part |> Option.exists _.KnowsTasks

    /// Whether the last layers of tasks are their own.
    let hasHeads (multitask: Multitask) =
        multitask.Model = TaskModel.Heads || multitask.MultiHead

    let private maker =
        let at = "agent.multitask.hypernetwork_cfg"

        record [
            key $"{at}.hidden_dim" Codec.size (is 10) (fun (s: Maker) -> s.HiddenDim)
            |> about "numbers of a task from which parameters are made, and width before them. Ours"

            key $"{at}.num_layers" (Codec.int 0 100) (is 1) _.NumLayers
            |> about "hidden layers; with 0 the task encoding itself is mapped to parameters. Ours"
        ]

    let private modules = Codec.oneOf [ "soft_modularization", "soft_modularization" ]

    /// Flags with defaults of their own (the actor's), or those of another place (the critic's).
    let private conditioning at (standard: string -> Default<bool>) mode experts =
        let flag name =
            key $"{at}.{name}" Codec.flag (standard name)

        record [
            flag "should_condition_model_on_task_info" (fun (s: Conditioning) -> s.Model)
            |> about "the task encoding enters the model (soft modularization)"

            flag "should_condition_encoder_on_task_info" (fun (s: Conditioning) -> s.Encoder)
            |> about "the task encoding enters the encoder"

            flag "should_concatenate_task_info_with_encoder" _.Concatenate
            |> about "the task encoding is put beside the encoding"

            ignored "there is one kind" $"{at}.moe_cfg.mode" modules mode
            |> about "kind of modules"

            key $"{at}.moe_cfg.num_experts" (Codec.int 1 1000) experts _.SoftModularizationExperts
            |> about "modules in a layer"

            flag "moe_cfg.should_use" _.SoftModularization |> about "soft modularization"
        ]

    /// HiP-BMDP's networks read θ. The original leaves that to flags, which are off.
    let private isOfTheta (c: Choices) =
        c.Agent.Family = Family.hipBmdp && c.Fidelity = Fidelity.Corrected

    let private actorFlags =
        let standard (name: string) =
            if
                name.StartsWith "should_condition_encoder"
                || name.StartsWith "should_concatenate"
            then
                Default.By(fun c -> is (c.Setup = SetupChoice.MetaWorld || isOfTheta c))
            else
                is false

        conditioning "agent.multitask.actor_cfg" standard (is "soft_modularization") (is 4)

    let private criticFlags =
        let actor = "agent.multitask.actor_cfg"

        conditioning
            "agent.multitask.critic_cfg"
            (fun name -> like $"{actor}.{name}")
            (like $"{actor}.moe_cfg.mode")
            (like $"{actor}.moe_cfg.num_experts")

    /// The schema with the models of the library and these.
    let schema own =
        record<Multitask> [
            key
                "agent.multitask.num_envs"
                (Codec.int 1 10_000)
                (bySetup (like "env.num_envs") (is 10))
                (fun (s: Multitask) -> s.NumEnvs)
            |> about "number of tasks: temperatures, heads, rows of the embedding"

            key
                "agent.multitask.should_use_disentangled_alpha"
                Codec.flag
                (is false)
                _.DisentangledAlpha
            |> about "one temperature per task"

            key
                "agent.multitask.should_use_task_encoder"
                Codec.flag
                (Default.By(isOfTheta >> is))
                _.UseTaskEncoder
            |> about "encode the task; without it all conditioning is off"

            key "agent.multitask.should_use_multi_head_policy" Codec.flag (is false) _.MultiHead
            |> about "a head per task"

            key "agent.multitask.should_use_pal" Codec.flag (is false) _.UseProjected
            |> about "projected task-specific layers (PTSL)"

            key "agent.multitask.should_use_disjoint_policy" Codec.flag (is false) _.Disjoint
            |> about "with heads: whole networks per task"

            part projected _.Projected

            key
                "agent.multitask.model"
                (codec own)
                (Default.By(fun c ->
                    is (
                        if c.Agent.Family = Family.distral then
                            TaskModel.Separate
                        else
                            TaskModel.ByFlags
                    )))
                _.Model
            |> about
                "architecture of actor and critics: what the flags say, a linear output for each task (heads), one of another paper, or separate: an agent for each task, which share nothing. Ours"

            key "agent.multitask.adapter" (Codec.oneOf adapters) (is SpaceAdapter.Pad) _.Adapter
            |> about
                "tasks of different spaces: rows padded to the widest, or also input and output layers for each embodiment. Ours"

            key "agent.multitask.paco_cfg.num_param_sets" (Codec.int 1 1000) (is 5) _.ParameterSets
            |> about "PaCo: sets of parameters. Ours"

            key
                "agent.multitask.moore_cfg.num_experts"
                (Codec.int 1 1000)
                (is 4)
                _.OrthogonalExperts
            |> about "MOORE: experts. Ours"

            part maker _.Maker
            part TaskEncoder.schema _.TaskEncoder
            yield! Network.mask "agent.multitask.multi_head_policy_cfg.mask_cfg"
            part actorFlags _.Actor
            part criticFlags _.Critic
        ]

/// Parameter names of the original's agents: PyTorch module paths, in which the indices of layers
/// include the activations between them.
///
/// `SacNetworks` names the parts of this library's networks; each name is mapped once.
module internal MtrlFunctional.Agents.RecordedNames

open MtrlFunctional.Tensors

/// The vectors of a state, by the original's names, which checkpoints use too.
module Part =
    [<Literal>]
    let Actor = "actor"

    [<Literal>]
    let Critic = "critic"

    [<Literal>]
    let Target = "critic_target"

    [<Literal>]
    let TaskEncoder = "task_encoder"

    [<Literal>]
    let LogAlpha = "log_alpha"

    [<Literal>]
    let Transition = "transition_model"

    [<Literal>]
    let Reward = "reward_decoder"

    [<Literal>]
    let Decoder = "decoder"

    /// Parameters that are never trained.
    [<Literal>]
    let Fixed = "fixed"

/// Layers have even indices, activations odd ones.
let private layer (i: string) = string (2 * int i)

let private norm kind =
    if kind = "gain" then "weight" else "bias"

let private encoder owner path =
    match path with
    | [ "pixel"; "conv"; i; kind ] -> Some $"{owner}.encoder.convs.{i}.{kind}"
    | [ "pixel"; "linear"; "0"; kind ] -> Some $"{owner}.encoder.fc.{kind}"
    | [ "pixel"; "norm"; kind ] -> Some $"{owner}.encoder.ln.{norm kind}"
    | [ "trunk"; i; kind ] -> Some $"{owner}.encoder.trunk.{layer i}.{kind}"
    | [ "film"; i; kind ] -> Some $"{owner}.encoder.trunk.{i}.0.{kind}"
    | [ "experts"; "expert"; i; kind ] -> Some $"{owner}.encoder.moe._model.{layer i}.{kind}"
    | [ "experts"; "selection"; "table"; kind ] ->
        Some $"{owner}.encoder.selection_network.emb.{kind}"
    | [ "experts"; "selection"; "trunk"; i; kind ] ->
        Some $"{owner}.encoder.selection_network.trunk.{layer i}.{kind}"
    | _ -> None

let private softModules m path =
    match path with
    | [ "routing"; "0"; kind ] -> Some $"{m}.routing_network.projection_before_routing.{kind}"
    | [ "routing"; "1"; kind ] -> Some $"{m}.routing_network.W_d.0.{kind}"
    | [ "0"; kind ] -> Some $"{m}.layers.0.0.{kind}"
    | [ "1"; kind ] -> Some $"{m}.layers.1.{kind}"
    | _ -> None

/// Actor or one of the critics; `size` is the rank of the parameter's shape.
let private model owner size path =
    let m = $"{owner}.model"

    match path with
    | [ "trunk"; i; kind ] -> Some $"{m}.{layer i}.{kind}"
    | [ "shared"; i; kind ] -> Some $"{m}.0.{layer i}.{kind}"
    | [ "head"; i; kind ] -> Some $"{m}.2._model.{layer i}.{kind}"
    | [ "own"; i; kind ] -> Some $"{m}._model.{layer i}.{kind}"
    | [ "projection"; "0"; kind ] -> Some $"{owner}.obs_action_projection_layer.{kind}"
    | "shared" :: "modules" :: path -> softModules $"{m}.0" path
    | "modules" :: path -> softModules m path
    | [ "projected"; "residual" ] when size = 1 -> Some $"{m}._residual_alpha"
    | [ "projected"; "residual" ] -> Some $"{m}._residual_project_module.weight"
    | [ "projected"; side ] -> Some $"{m}._project_{side}_module.weight"
    | [ "projected"; i; "shared"; kind ] -> Some $"{m}._layers.{i}.shared_linear.{kind}"
    | [ "projected"; i; "task"; kind ] -> Some $"{m}._layers.{i}.individual_linears_{kind}"
    | [ "projected"; i; side ] -> Some $"{m}._layers.{i}.project_{side}_module.weight"
    | _ -> None

let private taskEncoder isTheta path =
    match path with
    | [ "embedding"; kind ] when isTheta -> Some $"task_encoder.embedding.{kind}"
    | [ "model"; i; kind ] -> Some $"task_encoder.model.{1 + 2 * int i}.{kind}"
    | [ "embedding"; kind ] -> Some $"task_encoder.embedding.0.{kind}"
    | [ "projection"; i; kind ] -> Some $"task_encoder.embedding.2.{layer i}.{kind}"
    | [ "trunk"; i; kind ] -> Some $"task_encoder.trunk.{layer i}.{kind}"
    | _ -> None

let private ofModels part path =
    match part, path with
    | Part.Transition, [ "hidden"; "0"; kind ] -> Some $"transition_model.fc.{kind}"
    | Part.Transition, [ "norm"; kind ] -> Some $"transition_model.ln.{norm kind}"
    | Part.Transition, [ "mean"; "0"; kind ] -> Some $"transition_model.fc_mu.{kind}"
    | Part.Transition, [ "deviation"; "0"; kind ] -> Some $"transition_model.fc_sigma.{kind}"
    | Part.Reward, [ "hidden"; "0"; kind ] -> Some $"reward_decoder.trunk.0.{kind}"
    | Part.Reward, [ "norm"; kind ] -> Some $"reward_decoder.trunk.1.{norm kind}"
    | Part.Reward, [ "output"; "0"; kind ] -> Some $"reward_decoder.trunk.3.{kind}"
    | Part.Decoder, [ "linear"; "0"; kind ] -> Some $"decoder.fc.{kind}"
    | Part.Decoder, [ "deconv"; i; kind ] -> Some $"decoder.deconvs.{i}.{kind}"
    | _ -> None

/// The recorded name of a parameter, of an agent with HiP-BMDP's θ or another; the path itself for a parameter absent
/// from the original.
let ofParameter isTheta part (parameter: Parameter) =
    let size = List.length parameter.Shape

    match part, List.ofArray (parameter.Path.Split '/') with
    | Part.LogAlpha, _ -> Some "log_alpha"
    | Part.TaskEncoder, path
    | Part.Fixed, "task_encoder" :: path -> taskEncoder isTheta path
    | (Part.Transition | Part.Reward | Part.Decoder), path -> ofModels part path
    | Part.Fixed, "actor" :: "encoder" :: path -> encoder "actor" path
    | (Part.Critic | Part.Target), "encoder" :: path -> encoder part path
    | (Part.Critic | Part.Target), q :: path -> model $"{part}.{q.ToUpperInvariant()}" size path
    | _, path -> model part size path
    |> Option.defaultValue parameter.Path

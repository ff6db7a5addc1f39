/// Agents of experiments as descriptions, without tensors: what checks and estimates of memory read.
module internal MtrlFunctional.Experiments.DescribedAgent

open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Task embeddings of the right shape; no description reads their values. The width of a file is not
/// known before a run: the width of the program's own sentences stands for it.
let private taskEmbeddings (e: Experiment) =
    let multitask = e.Agent.Multitask

    if multitask.UseTaskEncoder && multitask.TaskEncoder.Pretrained then
        Some {
            Source = ""
            Width = SentenceNumbers.Width
            Numbers = Array.zeroCreate (e.Environment.NumEnvs * SentenceNumbers.Width)
        }
    else
        None

/// Surgery changes no size.
let private withoutSurgery (e: Experiment) = {
    e with
        Experiment.Agent.Surgery.Method = SurgeryWord.None
}

/// Whether networks or surgery treat rows of different tasks differently.
let distinguishesTasks (e: Experiment) =
    let encoder, multitask = e.Agent.Encoder, e.Agent.Multitask

    multitask.UseTaskEncoder
    || multitask.MultiHead
    || multitask.UseProjected
    || multitask.Model.KnowsTasks
    || e.Agent.Surgery.Method <> SurgeryWord.None
    || encoder.Kind = EncoderKind.MixtureOfExperts
       && encoder.Mixture.Selection <> ExpertSelection.Ensemble

/// The least number of hidden layers of actor and critics; layers of embodiments leave the model as many as it needs.
let leastLayers (multitask: Multitask) =
    if multitask.Adapter = SpaceAdapter.PerEmbodiment then
        0
    elif multitask.Model.IsByFlags && multitask.MultiHead && multitask.Disjoint then
        1
    else
        multitask.Model.LeastLayers

/// One number of tasks; rows with a task index, where networks distinguish tasks; layers for each model and embodiment;
/// and, where tasks share nothing, an encoder that each can have for itself.
let private describesNetworks (e: Experiment) =
    let encoder, multitask = e.Agent.Encoder.Kind, e.Agent.Multitask

    let haveIndex =
        e.Behaviour.EqualEpisodesPerTask || not (Choices.isOnPolicy e.Choices)

    e.Environment.NumEnvs = e.Environment.Tasks.Length
    && (haveIndex || not (distinguishesTasks e))
    && min e.Agent.Actor.NumLayers e.Agent.Critic.NumLayers >= leastLayers multitask
    && (multitask.Adapter = SpaceAdapter.Pad
        || haveIndex
           && not multitask.Model.IsSeparate
           && (List.distinct (Observed.embodimentGroups e)).Length > 1)
    && multitask.Model.Layers.IsSome
    && (not multitask.Model.IsSeparate
        || Encoder.canSeparate encoder && not multitask.UseTaskEncoder)

/// The agent of an experiment on `environment` by a catalogue; none where its keys describe no networks.
let observing environment entries (e: Experiment) : AgentDescription option =
    environment
    |> Option.filter (fun _ -> describesNetworks e)
    |> Option.map (fun environment ->
        let agent =
            withoutSurgery e
            |> Catalogue.createFrom entries {
                Environment = environment
                Precision = Precision.Full
                Shards = Shards.serial 1
                TaskEmbeddings = taskEmbeddings e
            }

        agent.Description)

/// The agent of an experiment by a catalogue; none where its keys describe no networks, and for
/// environments that are not available.
let from entries (e: Experiment) : AgentDescription option =
    observing (Observed.environment e) entries e

namespace MtrlFunctional.Experiments

open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors

/// Parameters that one optimiser trains.
type TrainedPart = {
    Layout: Layout
    /// A target network follows it.
    HasTarget: bool
    /// Its gradients can be taken task by task.
    HasTaskGradients: bool
}

/// An agent as built from the keys of an experiment: all sizes, no tensors.
type BuiltAgent = {
    /// Agents of this kind: 1, or one for each task.
    Members: int
    Parts: TrainedPart list
    /// The networks that a row of a batch passes, and their inputs.
    Networks: (InputSizes * Spec) list
    /// Numbers of an observation, one-hot task columns included.
    ObsSize: int
    ActionSize: int
    /// The entropy that no policy falls below, in nats for each action; none: any.
    LeastEntropy: float option
}

/// Building agents without tensors.
module BuiltAgent =
    let private shards = Shards.serial 1

    let private part layout = { Layout = layout; HasTarget = false; HasTaskGradients = true }

    /// Task embeddings whose numbers nothing reads: those of a file are not known before a run. Their
    /// width is that of the program's own sentences.
    let private knownTasks (e: Experiment) =
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
    let private withoutSurgery (e: Experiment) : Experiment =
        let agent = e.Agent

        {
            e with
                Agent = { agent with Surgery = { agent.Surgery with Method = SurgeryMethod.None } }
        }

    /// Whether networks or surgery treat rows of different tasks differently.
    let internal tellsTasksApart (e: Experiment) =
        let encoder, multitask = e.Agent.Encoder, e.Agent.Multitask

        multitask.UseTaskEncoder
        || multitask.MultiHead
        || multitask.UseProjected
        || Multitask.knowsTasks multitask.Model
        || e.Agent.Surgery.Method <> SurgeryMethod.None
        || encoder.Kind = EncoderKind.MixtureOfExperts
           && encoder.Mixture.Selection <> ExpertSelection.Ensemble

    /// One number of tasks; rows that name their tasks, where networks tell them apart; and, where tasks
    /// share nothing, an encoder that each can have for itself.
    let private describesNetworks (e: Experiment) =
        let encoder, multitask = e.Agent.Encoder.Kind, e.Agent.Multitask

        e.Environment.NumEnvs = e.Environment.Tasks.Length
        && (e.Behaviour.BalancedTasks
            || not (Choices.isOnPolicy e.Choices)
            || not (tellsTasksApart e))
        && (multitask.Model <> TaskModel.Separate
            || (encoder = EncoderKind.Identity || encoder = EncoderKind.FeedForward)
               && not multitask.UseTaskEncoder)

    let private sac (config: SacConfig) =
        let agent, networks = SacAgent.create shards config, config.Networks
        let context = agent.TaskEncoder |> Option.map _.Width |> Option.defaultValue 0

        let widths features = { Tasks = config.Tasks; Features = features; Context = context }

        let critic = widths (agent.Encoder.Width + config.ActionSize), networks.Critic

        {
            Members = 1
            Parts = [
                part agent.ActorLayout
                { part agent.CriticLayout with HasTarget = true }
                { part agent.TaskEncoderLayout with HasTaskGradients = false }
            ]
            Networks = [
                widths config.ObsSize, networks.Encoder
                widths agent.Encoder.Width, networks.Actor
                critic
                critic
            ]
            ObsSize = config.ObsSize
            ActionSize = config.ActionSize
            LeastEntropy = None
        }

    let private distral (config: DistralConfig) =
        let agents = sac config.Agents
        let agent = DistralAgent.create shards config

        let widths = { Tasks = config.Agents.Tasks; Features = config.Agents.ObsSize; Context = 0 }

        {
            agents with
                Parts =
                    agents.Parts @ [ { part agent.DistilledLayout with HasTaskGradients = false } ]
                Networks = agents.Networks @ [ widths, config.Distilled ]
        }

    let private onPolicy members (config: OnPolicyConfig) =
        let agent = OnPolicyAgent.create shards config

        let widths = { Tasks = config.Tasks; Features = config.ObsSize; Context = 0 }

        {
            Members = members
            Parts = [ part agent.PolicyLayout; part agent.ValueLayout ]
            Networks = [
                widths, config.Policy

                match config.Value with
                | ValueNetwork value -> widths, value.Spec
                | LinearFeatures _ -> ()
            ]
            ObsSize = config.ObsSize
            ActionSize = config.ActionSize
            LeastEntropy = EntropyTuning.least config.ActionStd
        }

    /// The agent of an experiment; none where its keys describe no networks, and for environments and
    /// algorithms that are not available.
    [<CompiledName("OfExperiment")>]
    let ofExperiment (e: Experiment) : BuiltAgent option =
        let e = withoutSurgery e
        let known, full = knownTasks e, Precision.Full

        Observed.environment e
        |> Option.filter (fun _ -> describesNetworks e)
        |> Option.bind (fun environment ->
            let obs = EnvironmentSpec.observationSize environment
            let actions = EnvironmentSpec.actionSize environment

            let family = e.Choices.Agent.Family

            if family.IsOnPolicy then
                OnPolicySetup.ofExperiment full known obs actions e
                |> onPolicy (OnPolicySetup.members e)
                |> Some
            elif family = Family.distral then
                DistralSetup.ofExperiment full obs actions e |> distral |> Some
            elif family.IsAvailable then
                // Other algorithms with replay have the networks of soft actor-critic.
                SacSetup.ofExperiment full known obs actions e |> sac |> Some
            else
                None)

    /// Numbers of a part.
    let count (part: TrainedPart) =
        part.Layout.Slots |> List.sumBy (_.Parameter >> Parameter.count >> float)

    /// Numbers of a part that one task's gradient reaches: those that tasks share, and its own.
    let countOfTask (part: TrainedPart) =
        float (Sharing.sharedCount part.Layout) + float (Sharing.ownCount part.Layout)

/// Distral: an agent for each task, and a policy that is distilled from all (`agent=distral`, `state_distral`).
///
/// Reading order: keys → config → checks → entry.
module internal MtrlFunctional.Experiments.DistralEntry

open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Experiments.Schema
open MtrlFunctional.Spaces

type DistralKeys = {
    /// c_KL of the paper: weight of the divergence from the distilled policy.
    Alpha: float
    /// The agents learn together, each from rows of its own task.
    RowsPerTask: bool
    /// The losses of the agents penalise the divergence from the distilled policy.
    LogRatioInLosses: bool
    /// The distilled policy covers the agents' modes.
    ForwardKl: bool
    /// The agents are evaluated; otherwise the distilled policy is.
    EvaluateAgents: bool
}

let private evaluateAgents = "behaviour.evaluate_distral_agents"

let private keys: Schema<DistralKeys> =
    record [
        key "agent.distral_alpha" Codec.notNegative (byFidelity 0.0 0.1) _.Alpha
        <| "Distral: weight of an agent's divergence from the distilled policy, per nat (c_KL of the paper); 0: the agents are soft actor-critics, and the distilled policy imitates them, but with behaviour.distral_forward_kl=false, where it does not learn"

        ignored
            "the agents' temperatures, which learn, take its place"
            "agent.distral_beta"
            Codec.positive
            (is 1.0)
        <| "Distral's β, which the original does not read either"

        switch "behaviour.distral_rows_per_task" true _.RowsPerTask
        switch "behaviour.distral_log_ratio_in_losses" true _.LogRatioInLosses
        switch "behaviour.distral_forward_kl" true _.ForwardKl
        // With variants the distilled policy is evaluated, as in the original: it acts in all.
        switchUnless
            (fun c -> if c.Env.Family.HasVariants then Some false else None)
            evaluateAgents
            true
            _.EvaluateAgents
    ]

let private keysOf (e: Experiment) =
    AlgorithmSchema.read keys e.Choices e.Agent.Algorithm

/// For observations of `obsSize` numbers and actions that are vectors; `embeddings` as in `SacSetup`. Raises ArgumentException for
/// another algorithm.
let config precision embeddings obsSize actionSize (e: Experiment) : DistralConfig =
    match e.Agent.Algorithm.Decoder with
    | None -> invalidArg (nameof e) "Its algorithm is not Distral."
    | Some decoder ->
        let distral = keysOf e

        let agents =
            SacSetup.ofExperiment precision embeddings obsSize (ActionSpace.Box actionSize) e

        {
            Agents = {
                agents with
                    // In the original each agent learns from the rows of all tasks.
                    TemperaturesOfTask =
                        if e.Agent.Multitask.DisentangledAlpha && not distral.RowsPerTask then
                            agents.Tasks
                        else
                            1
            }
            Decoder = ModelSetup.decoder obsSize decoder
            EncoderAdam = decoder.EncoderOptimizer.Rule
            Distilled = SacNetworks.distilled actionSize e
            DivergenceWeight = distral.Alpha
            PenalisesDivergence = distral.LogRatioInLosses
            CoversAgentModes = distral.ForwardKl
            EvaluatesAgents = distral.EvaluateAgents
        }

let private create setting (e: Experiment) =
    let obs, actions = AlgorithmEntry.spaces setting

    let rows =
        if (keysOf e).RowsPerTask then
            RowDraw.Balanced
        else
            RowDraw.UniformForEach e.Environment.NumEnvs

    config setting.Precision setting.TaskEmbeddings obs (ActionSpace.size actions) e
    |> DistralAlgorithm.create setting.Shards rows

/// No agent is of a task that was not trained on.
let private ofTestedTasks (e: Experiment) =
    let env = e.Environment

    List.concat [
        not (keysOf e).EvaluateAgents
        |> orElse evaluateAgents "false where other tasks are tested"
        |> because "A task that was not trained on has no agent; the distilled policy acts in all."

        not (NetworkTasks.hasAllVariants e)
        |> orElse
            "agent.multitask.num_envs"
            $"{env.NumEnvs} with Distral, the number of variants in env.train"
        |> because "Each has an agent."
    ]

let private conflicts (e: Experiment) =
    List.concat [
        if e.Environment.TestTasks <> e.Environment.Tasks then
            ofTestedTasks e

        e.Agent.Multitask.Model.IsSeparate
        |> orElse "agent.multitask.model" "separate for Distral"
        |> because "It has an agent for each task."
    ]

let private family = { Family.ofReplay "distral" "Distral" with ActsInOtherTasks = true }

let entry =
    let schema =
        AlgorithmSchema.create [
            AgentChoice.create "distral" family |> AgentChoice.forPixels
            AgentChoice.create "state_distral" family
        ]
        |> AlgorithmSchema.withGroups [ KeyGroup.sac; KeyGroup.decoder ]
        |> AlgorithmSchema.withKeys keys
        |> AlgorithmSchema.withDefaults [ "agent.multitask.model", Value.Text "separate" ]
        // The divergence of two policies has their least spread squared below it.
        |> AlgorithmSchema.withCorrectedDefaults [
            "agent.actor.log_std_bounds", Value.List [ Value.Float -5.0; Value.Float 2.0 ]
        ]

    { AlgorithmEntry.create schema create with Conflicts = conflicts }

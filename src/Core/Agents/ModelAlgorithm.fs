/// SAC-AE, DeepMDP and HiP-BMDP as agents.
module MtrlFunctional.Agents.ModelAlgorithm

open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// The networks of the soft actor-critic and of the models.
let internal describe (agent: ModelAgent) : AgentDescription =
    let sac = SacAlgorithm.describe agent.Agent
    let width = agent.Agent.Encoder.Width

    let sizes features : InputSizes = {
        Tasks = agent.Config.Agent.Tasks
        Features = features
        Context = 0
    }

    let parts =
        [ ModelParts.transition; ModelParts.reward; ModelParts.decoder ]
        |> List.choose (fun key ->
            agent.Agent.Parts
            |> List.tryFind (fun part -> part.Name = key.PartName)
            |> Option.map (fun part -> TrainedPart.create part.Layout))

    let networks = [
        match agent.Config.Transition with
        | Some transition ->
            sizes (width + agent.Config.Agent.ActionSize),
            ModelAgent.transitionSpec transition width

            sizes width, ModelAgent.rewardSpec
        | None -> ()

        match agent.Config.Decoder with
        | Some decoder -> sizes width, decoder.Network
        | None -> ()
    ]

    { sac with Parts = sac.Parts @ parts; Networks = sac.Networks @ networks }

/// The functions of an agent, over its states.
let algorithm (agent: ModelAgent) : Algorithm<SacState, ReplaySample> = {
    SacAlgorithm.algorithm agent.Agent with
        Description = describe agent
        ActGreedily = Models.actGreedily agent
        RowLayers = Models.rowLayers agent
        Update = fun state sample -> Models.update agent state (ReplaySample.only sample)
        Capabilities = {
            Capabilities.None with
                Adapt =
                    match agent.Transition, agent.Agent.TaskEncoder with
                    | Some _, Some _ ->
                        Some(fun state sample ->
                            let encodings =
                                ReplaySample.only sample
                                |> TaskInference.infer TaskInference.standard agent state

                            {
                                Owns = [ encodings ]
                                Named = []
                                Act = None
                                ActGreedily = Models.actWithEncodings agent state encodings
                            })
                    | _ -> None
                UpdateWithin =
                    Some(fun mask state sample ->
                        Models.updateWithin agent mask state (ReplaySample.only sample))
                UpdateWithConflicts =
                    Some(fun state step update sample ->
                        let batch = ReplaySample.only sample
                        let conflicts = SacConflicts.measure agent.Agent state step update batch
                        let next, metrics = Models.update agent state batch
                        next, metrics, conflicts)
        }
}

/// The agent of a valid configuration, which learns from rows drawn by `rows`.
let create shards rows (config: ModelConfig) : AnyAgent =
    let agent = ModelAgent.create shards config

    AnyAgent.OffPolicy(
        algorithm agent |> Algorithm.toAgent,
        { Rows = rows; Draws = ModelDraws.ofAgent agent; Context = None }
    )

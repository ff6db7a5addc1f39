/// What must hold between the values of experiments with context-aware dynamics models.
module MtrlFunctional.Cadm.CadmCheck

open MtrlFunctional.Experiments
open MtrlFunctional.Experiments.Requirement

/// A context is computed from steps of one episode, and serves to predict others of it.
let private ofEpisode key number why (e: Experiment) =
    let steps, longest =
        match e.Agent.Algorithm.OnPolicy with
        | Some keys -> keys.EpisodeLength, "agent.on_policy.episode_length"
        | None -> e.Environment.Horizon, "env.horizon"

    number <= steps
    |> orElse key $"at most {steps}, {longest}"
    |> because $"{why}, and no episode has so many. Set {key}={steps} or less, or longer episodes."

let private ofModel (model: ModelSettings) (e: Experiment) =
    List.concat [
        ofEpisode CadmKeys.history model.History "A context is computed from steps of one episode" e

        ofEpisode
            CadmKeys.future
            model.Future
            "With one context, steps of one episode are predicted"
            e

        not (Observed.isImages e)
        |> orElse "env.builder.make_kwargs.from_pixels" $"false with agent={e.Choices.Agent.Name}"
        |> because "The model predicts numbers of a state, not pixels."

        AlgorithmEntry.corrected e
    ]

/// All that is wrong with an agent that plans.
let ofPlanner (keys: PlannerKeys) (e: Experiment) : Conflict list =
    List.concat [
        ofModel keys.Model e

        keys.Plan.Elites <= keys.Plan.Candidates
        |> orElse CadmKeys.elites $"at most {keys.Plan.Candidates}, agent.cadm.candidates"
        |> because "The best of the candidates are kept."

        e.Setup.Precision <> ArithmeticPrecision.Bf16
        |> orElse "setup.precision" $"fp32 or fp64 with agent={e.Choices.Agent.Name}"
        |> because "Changes of a step are small beside the state."
    ]

/// All that is wrong with MT-PPO with contexts.
let ofPolicy (keys: PolicyKeys) (e: Experiment) : Conflict list =
    List.concat [
        ofModel keys.Model e

        keys.Model.Context > 0
        |> orElse CadmKeys.context $"at least 1 with agent={e.Choices.Agent.Name}"
        |> because "Without a context it is plain MT-PPO: agent=mtppo."

        let lag = (AlgorithmKeys.onPolicy e.Agent.Algorithm).Lag

        lag = 0
        |> orElse "agent.on_policy.lag" $"0 with agent={e.Choices.Agent.Name}"
        |> because
            "Importance ratios need equal context encoders, and the encoder changes with each update."
    ]

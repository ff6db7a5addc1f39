/// What of the original programs' choices can be run here: the one list that grows with the
/// program.
module MtrlFunctional.Experiments.Available

/// Parts of extensions that its policy needs and that were not given: environments and networks.
[<CompiledName("NotGivenForPolicy")>]
let internal notGivenForPolicy (e: Experiment) = [
    if not e.Choices.Env.Family.IsGiven then
        ConfigError.NotGiven("env", e.Choices.Env.Name)

    if e.Agent.Multitask.Model.Layers.IsNone then
        ConfigError.NotGiven("agent.multitask.model", e.Agent.Multitask.Model.Name)
]

/// Parts of extensions that the experiment names and that were not given.
[<CompiledName("NotGiven")>]
let internal notGivenAtAll (e: Experiment) = [
    yield! notGivenForPolicy e

    match SurgeryKeys.chosen e.Agent.Surgery with
    | Some { Name = name; Surgery = None } -> ConfigError.NotGiven(SurgeryKeys.MethodKey, name)
    | _ -> ()
]

/// What the experiment names and the program does not have.
let missing (e: Experiment) : ConfigError list = [
    if
        not (Observed.isImages e)
        && e.Agent.Encoder.Kind = EncoderKind.FactorizedMixture
    then
        ConfigError.BadValue(
            "agent.encoder.type_to_select",
            Value.Text "factorized_moe",
            "identity, feedforward, film, moe or pixel",
            "mtrl names a factorized mixture and has none."
        )

    match Encoder.tied e.Agent.Encoder with
    | name, false when e.Behaviour.SharedEncoder ->
        ConfigError.BadValue(
            $"agent.encoder.{name}.should_tie_encoders",
            Value.Bool false,
            "True where behaviour.shared_encoder=True",
            "behaviour.shared_encoder=False gives the actor an encoder of its own, which stays as it starts, as the original does."
        )
    | _ -> ()

    yield! notGivenAtAll e
]

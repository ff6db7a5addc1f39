namespace MtrlFunctional.Experiments

[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal OnPolicyKeys =
    /// A new key is a field of `OnPolicyKeys`, and its key in the list of its subject at the same place.
    let schema =
        [
            EpisodeKeys.keys
            AdvantageKeys.keys
            EntropyKeys.keys
            StdKeys.keys
            OnPolicyNetworkKeys.keys
            OptimisationKeys.keys
        ]
        |> List.concat
        |> Schema.record

namespace MtrlFunctional.Experiments

[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Behaviour =
    /// A new switch is a field of `Behaviour`, and its key in the list of its subject at the same place.
    let schema =
        [
            LoopSwitches.keys
            EncoderSwitches.keys
            SurgerySwitches.keys
            SacSwitches.keys
            OnPolicySwitches.keys
        ]
        |> List.concat
        |> Schema.record

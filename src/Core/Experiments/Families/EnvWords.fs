namespace MtrlFunctional.Experiments

/// The rules of the library's families.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal FamilyRules =
    /// In the order of lists. A family is a folder beside this file and a line here.
    let all = [
        MetaWorldRules.rules
        DmControlRules.rules
        ClassicRules.rules
        MixedRules.rules
    ]

    /// The rules of a word; none where its environments are not given.
    let find rules (env: EnvChoice) =
        let isOf (word: EnvChoice) = word.Family = env.Family

        rules
        |> List.tryFind (fun rules -> List.exists isOf rules.Words)
        |> Option.defaultValue (FamilyRules.Of [ env ])

/// The words of `env=`.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module EnvChoice =
    /// Every word of the library, in the order of lists.
    let all = FamilyRules.all |> List.collect _.Words

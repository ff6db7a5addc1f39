namespace MtrlFunctional.Experiments

/// The words of `env=`.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module EnvChoice =
    /// MT10.
    let mt10 = MetaWorldWords.mt10

    /// MT50.
    let mt50 = MetaWorldWords.mt50

    /// Every word of the library, in the order of lists. A family is a file of this folder and a line here.
    [<CompiledName("All")>]
    let all =
        MetaWorldWords.words
        @ DmControlWords.words
        @ ClassicWords.words
        @ MixedWords.words

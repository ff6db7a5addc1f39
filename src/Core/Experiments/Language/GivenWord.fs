namespace MtrlFunctional.Experiments

/// Who set a key.
[<RequireQualifiedAccess>]
type internal Giver =
    /// A word of the command line. Keys without effect are reported.
    | Hand
    /// A preset.
    | Preset of name: string
    /// A stored configuration, whose keys may have no effect.
    | Stored

/// An override, and who gave it.
type internal GivenWord = { Override: Override; Giver: Giver }

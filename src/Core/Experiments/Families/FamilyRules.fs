namespace MtrlFunctional.Experiments

/// What the words of a family of environments say about an experiment.
[<NoEquality; NoComparison>]
type internal FamilyRules = {
    /// Words of `env=`, in the order of lists.
    Words: EnvChoice list
    /// From the model of tasks, all values and those that are given: values that follow from others where they are not given, by
    /// key, each with what it follows.
    Follow:
        Choices
            -> TaskModel option
            -> Map<string, Value>
            -> Map<string, Value>
            -> (string * Value * string) list
    /// All that is wrong between the values of an experiment, beside what is wrong for every family.
    Conflicts: Experiment -> Conflict list
    Warnings: Experiment -> Warning list
} with

    /// Words that only general rules concern.
    static member Of words = {
        Words = words
        Follow = fun _ _ _ _ -> []
        Conflicts = fun _ -> []
        Warnings = fun _ -> []
    }

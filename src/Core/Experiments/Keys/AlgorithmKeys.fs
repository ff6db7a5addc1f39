namespace MtrlFunctional.Experiments

/// Words and keys that an algorithm adds to the table.
[<NoEquality; NoComparison>]
type AlgorithmKeys = internal {
    /// Words of `agent=`.
    Words: AgentChoice list
    Schema: Schema<Experiment, (string * Value) list>
}

/// Making them, and reading them from an experiment.
module AlgorithmKeys =
    /// Words of `agent=`, and the schema of the keys.
    let internal create words (schema: Schema<'keys, 'keys>) : AlgorithmKeys =
        let paths = schema.Keys |> List.map _.Path |> set

        {
            Words = words
            Schema = {
                Keys = schema.Keys
                Read = schema.Read >> Result.map schema.Write
                Write = _.Added >> List.filter (fst >> paths.Contains)
            }
        }

    /// The keys of an experiment that was resolved by a table with them.
    /// Raises KeyNotFoundException for another one.
    let internal read (schema: Schema<'keys, 'keys>) (e: Experiment) : 'keys =
        let values = Map.ofList e.Added

        match schema.Read { Choices = e.Choices; Value = fun path -> Map.find path values } with
        | Ok keys -> keys
        | Error _ -> invalidArg (nameof e) "Its keys were not resolved by this schema."

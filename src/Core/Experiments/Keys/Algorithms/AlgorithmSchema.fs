namespace MtrlFunctional.Experiments

/// Words of `agent=` and the keys that their algorithm reads.
[<NoEquality; NoComparison>]
type AlgorithmSchema = internal {
    Words: AgentChoice list
    Schema: Schema<AlgorithmKeys, AlgorithmKeys>
}

/// Schemas of algorithms.
module AlgorithmSchema =
    open Schema

    let private create families keys = {
        Words = [
            for _, word in Choices.agents do
                if List.contains word.Family families then
                    word
        ]
        Schema = keys
    }

    let internal sac =
        SacKeys.schema
        |> case AlgorithmKeys.Sac (function
            | AlgorithmKeys.Sac keys -> Some keys
            | _ -> None)
        |> create [ Family.sac ]

    let internal sacAe =
        ModelKeys.autoencoder
        |> case AlgorithmKeys.SacAe (function
            | AlgorithmKeys.SacAe keys -> Some keys
            | _ -> None)
        |> create [ Family.sacAe ]

    let internal deepMdp =
        ModelKeys.deepMdp
        |> case AlgorithmKeys.DeepMdp (function
            | AlgorithmKeys.DeepMdp keys -> Some keys
            | _ -> None)
        |> create [ Family.deepMdp ]

    let internal hipBmdp =
        ModelKeys.hipBmdp
        |> case AlgorithmKeys.HipBmdp (function
            | AlgorithmKeys.HipBmdp keys -> Some keys
            | _ -> None)
        |> create [ Family.hipBmdp ]

    let internal distral =
        DistralKeys.schema
        |> case AlgorithmKeys.Distral (function
            | AlgorithmKeys.Distral keys -> Some keys
            | _ -> None)
        |> create [ Family.distral ]

    let internal ppo =
        MtPpoKeys.schema
        |> case AlgorithmKeys.Ppo (function
            | AlgorithmKeys.Ppo keys -> Some keys
            | _ -> None)
        |> create [ Family.ppo ]

    let internal trpo =
        TrpoKeys.schema
        |> case AlgorithmKeys.Trpo (function
            | AlgorithmKeys.Trpo keys -> Some keys
            | _ -> None)
        |> create [ Family.trpo ]

    let internal impala =
        OnPolicyKeys.schema
        |> case AlgorithmKeys.Impala (function
            | AlgorithmKeys.Impala keys -> Some keys
            | _ -> None)
        |> create [ Family.impala ]

    let internal rl2 =
        Rl2Keys.schema
        |> case AlgorithmKeys.Rl2 (function
            | AlgorithmKeys.Rl2 keys -> Some keys
            | _ -> None)
        |> create [ Family.rl2 ]

    let internal maml =
        MamlKeys.schema
        |> case AlgorithmKeys.Maml (function
            | AlgorithmKeys.Maml keys -> Some keys
            | _ -> None)
        |> create [ Family.maml ]

    let internal cadm =
        CadmKeys.schema
        |> case AlgorithmKeys.Cadm (function
            | AlgorithmKeys.Cadm keys -> Some keys
            | _ -> None)
        |> create [ Family.cadm ]

    /// The algorithms of the program.
    let internal standard = [
        sac
        sacAe
        deepMdp
        hipBmdp
        distral
        ppo
        trpo
        impala
        rl2
        maml
        cadm
    ]

    /// Of an algorithm that is added to the table: its words, and the schema of its keys.
    let internal ofAdded words (keys: Schema<'keys, 'keys>) : AlgorithmSchema = {
        Words = words
        Schema = {
            Keys = keys.Keys
            Read = keys.Read >> Result.map (keys.Write >> AlgorithmKeys.Added)
            Write = fun _ -> []
        }
    }

    /// The keys of an experiment that was resolved by a table with `ofAdded words keys`.
    /// Raises ArgumentException for another one.
    let internal read (keys: Schema<'keys, 'keys>) choices algorithm : 'keys =
        let values =
            match algorithm with
            | AlgorithmKeys.Added values -> Map.ofList values
            | _ -> Map.empty

        let value path =
            values |> Map.tryFind path |> Option.defaultValue Value.Null

        match keys.Read(Schema.sourceOf choices value) with
        | Ok keys -> keys
        | Error _ -> invalidArg (nameof algorithm) "Its keys were not resolved by this schema."

    /// Whether an algorithm serves the agents of a family.
    let internal serves family algorithm =
        algorithm.Words |> List.exists (fun word -> word.Family = family)

    /// Paths of the keys that the algorithm of a family reads.
    let internal pathsOf family algorithms =
        algorithms
        |> List.filter (serves family)
        |> List.collect _.Schema.Keys
        |> List.map _.Path
        |> set

    /// The keys of the algorithm that `agent=` chooses.
    let internal union algorithms : Schema<AlgorithmKeys, AlgorithmKeys> =
        let ofChoices (choices: Choices) =
            (algorithms |> List.find (serves choices.Agent.Family)).Schema

        let inner = algorithms |> List.map _.Schema |> union ofChoices

        {
            inner with
                Write =
                    function
                    | AlgorithmKeys.Added values -> values
                    | keys -> inner.Write keys
        }

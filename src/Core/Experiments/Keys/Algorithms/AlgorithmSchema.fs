namespace MtrlFunctional.Experiments

open MtrlFunctional.Spaces

/// A group of keys that algorithms share.
[<NoEquality; NoComparison>]
type internal KeyGroup = {
    Keys: Key list
    /// The field of the group, which is there where an algorithm reads it.
    Field: (Choices -> bool) -> Field<AlgorithmKeys>
}

/// Words of `agent=` and the keys that their algorithm reads.
[<NoEquality; NoComparison>]
type AlgorithmSchema = internal {
    Words: AgentChoice list
    Groups: KeyGroup list
    /// Keys of its own, of an algorithm that is added to the table.
    Added: Schema<AddedKeys>
    /// Places of the table that other agents of its kind read, and it does not.
    Unread: string list
}

/// Schemas of algorithms.
module AlgorithmSchema =
    open Schema

    let private group (schema: Schema<'a>) (get: AlgorithmKeys -> 'a option) : KeyGroup = {
        Keys = schema.Keys
        Field = fun isRead -> partWhere isRead schema get
    }

    let private sac = group SacKeys.schema _.Sac
    let private decoder = group ModelKeys.decoder _.Decoder
    let private transition = group ModelKeys.transition _.Transition
    let private contrastive = group ModelKeys.contrastive _.Contrastive
    let private distral = group DistralKeys.schema _.Distral
    let private onPolicy = group OnPolicyKeys.schema _.OnPolicy
    let private ppo = group PpoKeys.schema _.Ppo
    let private trpo = group TrpoKeys.schema _.Trpo
    let private memory = group (MemoryKeys.schema MemoryKeys.ofRl2) _.Memory
    let private maml = group MamlKeys.schema _.Maml

    /// All groups, in the order of `AlgorithmKeys`.
    let private groups = [
        sac
        decoder
        transition
        contrastive
        distral
        onPolicy
        ppo
        trpo
        memory
        maml
    ]

    let private noKeys: Schema<AddedKeys> = {
        Keys = []
        Read = fun _ -> Ok { Values = []; History = None }
        Write = _.Values
    }

    /// Keys of an added algorithm, and what its agents observe.
    let private keep history (keys: Schema<'keys>) : Schema<AddedKeys> = {
        noKeys with
            Keys = keys.Keys
            Read =
                keys.Read
                >> Result.map (fun found -> { Values = keys.Write found; History = history found })
    }

    let private create family groups = {
        Words = [
            for word in Choices.agents do
                if word.Family = family then
                    word
        ]
        Groups = groups
        Added = noKeys
        Unread = []
    }

    /// The algorithms of the program.
    let internal standard = [
        create Family.sac [ sac ]
        create Family.sacAe [ sac; decoder ]
        create Family.deepMdp [ sac; decoder; transition ]
        create Family.hipBmdp [ sac; decoder; transition; contrastive ]
        create Family.distral [ sac; decoder; distral ]
        create Family.ppo [ onPolicy; ppo ]
        create Family.trpo [ onPolicy; trpo ]
        create Family.impala [ onPolicy ]
        create Family.rl2 [ onPolicy; ppo; memory ]
        create Family.maml [ onPolicy; trpo; maml ]
    ]

    /// Whether an algorithm serves the agents of a family.
    let internal serves family algorithm =
        algorithm.Words |> List.exists (fun word -> word.Family = family)

    /// The algorithm of the program that serves the agents of a family. Raises KeyNotFoundException for another family.
    let find family = List.find (serves family) standard

    /// Of an algorithm that is added to the table: its words, and the schema of its keys.
    let ofAdded words (keys: Schema<'keys>) : AlgorithmSchema = {
        Words = words
        Groups = []
        Added = keep (fun _ -> None) keys
        Unread = []
    }

    /// The algorithm, which also reads the keys that the library's algorithm of a family does. Raises KeyNotFoundException
    /// for another family.
    let withKeysOf family (algorithm: AlgorithmSchema) = {
        algorithm with
            Groups = (find family).Groups
    }

    /// The algorithm, whose agents observe as many steps before the present one as its keys say: frames, the newest first
    /// (`History`).
    let withHistory (keys: Schema<'keys>) (history: 'keys -> History) (algorithm: AlgorithmSchema) = {
        algorithm with
            Added = keep (history >> Some) keys
    }

    /// The algorithm, which does not read places of the table that other agents of its kind do: to set a key there is an
    /// error.
    let withoutUse places (algorithm: AlgorithmSchema) = { algorithm with Unread = places }

    /// The keys of an experiment that was resolved by a table with `ofAdded words keys`.
    /// Raises ArgumentException for another one.
    let read (keys: Schema<'keys>) choices (algorithm: AlgorithmKeys) : 'keys =
        let values = Map.ofList algorithm.Added.Values

        let value path =
            values |> Map.tryFind path |> Option.defaultValue Value.Null

        match keys.Read(Schema.sourceOf choices value) with
        | Ok keys -> keys
        | Error _ -> invalidArg (nameof algorithm) "Its keys were not resolved by this schema."

    /// The keys that an algorithm reads.
    let internal keys algorithm =
        List.collect _.Keys algorithm.Groups @ algorithm.Added.Keys

    /// Places of the table that the algorithm of a family does not read, though others of its kind do.
    let internal unread family algorithms =
        algorithms |> List.filter (serves family) |> List.collect _.Unread

    /// Paths of the keys that the algorithm of a family reads.
    let internal pathsOf family algorithms =
        algorithms
        |> List.filter (serves family)
        |> List.collect keys
        |> List.map _.Path
        |> set

    /// Keys of all added algorithms are checked; those of the chosen one are kept.
    let private added algorithms =
        let paths = groups |> List.collect _.Keys |> List.map _.Path |> set

        let chosen (choices: Choices) =
            algorithms
            |> List.tryFind (serves choices.Agent.Family)
            |> Option.map _.Added
            |> Option.defaultValue noKeys

        let all = algorithms |> List.map _.Added |> union chosen

        {
            all with
                Keys = all.Keys |> List.filter (fun key -> not (paths.Contains key.Path))
                Write = noKeys.Write
        }

    /// The keys of all algorithms, each once; the groups that the algorithm of `agent=` reads are there.
    let internal ofAll algorithms : Schema<AlgorithmKeys> =
        let isRead (group: KeyGroup) (choices: Choices) =
            algorithms
            |> List.exists (fun algorithm ->
                serves choices.Agent.Family algorithm
                && algorithm.Groups |> List.exists (fun other -> obj.ReferenceEquals(other, group)))

        record [
            for group in groups do
                group.Field(isRead group)

            part (added algorithms) _.Added
        ]

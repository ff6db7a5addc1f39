namespace MtrlFunctional.Experiments

open MtrlFunctional
open MtrlFunctional.Spaces

/// A group of keys that algorithms share.
[<NoEquality; NoComparison>]
type internal KeyGroup = {
    Keys: Key list
    /// The field of the group, which is there where an algorithm reads it.
    Field: (Choices -> bool) -> Field<AlgorithmKeys>
}

/// The groups of keys that algorithms share.
module internal KeyGroup =
    let private create (schema: Schema<'a>) (get: AlgorithmKeys -> 'a option) : KeyGroup = {
        Keys = schema.Keys
        Field = fun isRead -> Schema.partWhere isRead schema get
    }

    let sac = create SacKeys.schema _.Sac
    let decoder = create ModelKeys.decoder _.Decoder
    let transition = create ModelKeys.transition _.Transition
    let onPolicy = create OnPolicyKeys.schema _.OnPolicy
    let ppo = create PpoKeys.schema _.Ppo
    let trpo = create TrpoKeys.schema _.Trpo
    let memory = create (MemoryKeys.schema MemoryKeys.ofAlgorithm) _.Memory
    let adaptation = create AdaptationKeys.schema _.Adaptation

    /// All groups, in the order of `AlgorithmKeys`.
    let all = [ sac; decoder; transition; onPolicy; ppo; trpo; memory; adaptation ]

/// Words of `agent=` and the keys that their algorithm reads.
[<NoEquality; NoComparison>]
type AlgorithmSchema = internal {
    Words: AgentChoice list
    Groups: KeyGroup list
    /// Keys that no other algorithm has.
    Own: Schema<OwnKeys>
    /// Paths of the table that other agents of its kind read and it does not, with the key that serves instead, or "".
    Unread: (string * string) list
    /// Keys that have another default with it; none: the table's.
    Defaults: (string * (Choices -> Value option)) list
}

/// Schemas of algorithms.
module AlgorithmSchema =
    open Schema

    let private noKeys: Schema<OwnKeys> = {
        Keys = []
        Read = fun _ -> Ok { Values = []; History = None }
        Write = _.Values
    }

    /// Keys of an algorithm alone, and what its agents observe.
    let private keep history (keys: Schema<'keys>) : Schema<OwnKeys> = {
        noKeys with
            Keys = keys.Keys
            Read =
                fun source ->
                    keys.Read source
                    |> Result.map (fun found -> {
                        Values = [
                            for key in keys.Keys -> key.Path, key.Canonical(source.Value key.Path)
                        ]
                        History = history found
                    })
    }

    /// An algorithm with these words, which reads the keys of all agents.
    let create words : AlgorithmSchema = {
        Words = words
        Groups = []
        Own = noKeys
        Unread = []
        Defaults = []
    }

    /// The algorithm, which reads these groups beside the keys of all agents.
    let internal withGroups groups (algorithm: AlgorithmSchema) = { algorithm with Groups = groups }

    /// The algorithm, which reads the groups of keys that another one shares, and not the keys of that one alone.
    let withKeysOf (other: AlgorithmSchema) (algorithm: AlgorithmSchema) = {
        algorithm with
            Groups = other.Groups
    }

    /// The algorithm with keys of its own.
    let withKeys (keys: Schema<'keys>) (algorithm: AlgorithmSchema) = {
        algorithm with
            Own = keep (fun _ -> None) keys
    }

    /// The algorithm with keys of its own, whose agents observe as many steps before the present one as the keys say: frames, the
    /// newest first (`History`).
    let withHistory (keys: Schema<'keys>) (history: 'keys -> History) (algorithm: AlgorithmSchema) = {
        algorithm with
            Own = keep (history >> Some) keys
    }

    /// The algorithm, which does not read paths of the table that other agents of its kind do, each with the key that
    /// serves instead, or "": to set a key there is an error.
    let internal withInstead paths (algorithm: AlgorithmSchema) = {
        algorithm with
            Unread = algorithm.Unread @ paths
    }

    /// As `withInstead`, where nothing serves instead.
    let withoutUse paths algorithm =
        withInstead [ for path in paths -> path, "" ] algorithm

    let private withValues where (values: (string * Value) list) (algorithm: AlgorithmSchema) =
        let own value choices =
            if where choices then Some value else None

        {
            algorithm with
                Defaults = algorithm.Defaults @ [ for key, value in values -> key, own value ]
        }

    /// The algorithm with defaults of its own for keys of the table.
    let withDefaults values algorithm =
        withValues (fun _ -> true) values algorithm

    /// As `withDefaults`, with `fidelity=corrected` alone.
    let internal withCorrectedDefaults values algorithm =
        withValues (fun choices -> choices.Fidelity = Fidelity.Corrected) values algorithm

    /// The keys of an experiment of an algorithm with these keys of its own. Raises ArgumentException for another one.
    let read (keys: Schema<'keys>) choices (algorithm: AlgorithmKeys) : 'keys =
        let values = Map.ofList algorithm.Own.Values

        let value path =
            values |> Map.tryFind path |> Option.defaultValue Value.Null

        match keys.Read(Schema.sourceOf choices value) with
        | Ok keys -> keys
        | Error _ -> invalidArg (nameof algorithm) "Its keys were not resolved by this schema."

    /// Whether an algorithm serves the agents of a family.
    let internal serves family algorithm =
        algorithm.Words |> List.exists (fun word -> word.Family = family)

    /// The keys that an algorithm reads.
    let internal keys algorithm =
        List.collect _.Keys algorithm.Groups @ algorithm.Own.Keys

    /// Paths of the table that the algorithm of a family does not read, though others of its kind do, with the key that
    /// serves instead of each, or "".
    let internal unread family algorithms =
        algorithms |> List.filter (serves family) |> List.collect _.Unread

    /// Paths of the keys that the algorithm of a family reads.
    let internal pathsOf family algorithms =
        algorithms
        |> List.filter (serves family)
        |> List.collect keys
        |> List.map _.Path
        |> set

    /// A key of the table with the defaults that algorithms have for it.
    let internal withDefaultsOf algorithms (key: Key) : Key =
        let own = [
            for algorithm in algorithms do
                for path, value in algorithm.Defaults do
                    if path = key.Path then
                        algorithm, value
        ]

        let ofAgent choices =
            own
            |> List.tryPick (fun (algorithm, value) ->
                if serves choices.Agent.Family algorithm then
                    value choices
                else
                    None)

        if own.IsEmpty then
            key
        else
            {
                key with
                    Default =
                        fun choices ->
                            ofAgent choices |> Option.defaultWith (fun () -> key.Default choices)
                    FollowsChoices = true
            }

    /// Own keys of all algorithms are checked; keys of the chosen algorithm are kept.
    let private own algorithms : Schema<OwnKeys> =
        let shared = KeyGroup.all |> List.collect _.Keys |> List.map _.Path |> set

        let chosen (choices: Choices) =
            algorithms
            |> List.tryFind (serves choices.Agent.Family)
            |> Option.map _.Own
            |> Option.defaultValue noKeys

        {
            Keys =
                algorithms
                |> List.collect _.Own.Keys
                |> List.distinctBy _.Path
                |> List.filter (fun key -> not (shared.Contains key.Path))
            Read =
                fun source ->
                    Results.all [ for each in algorithms -> each.Own.Read source ]
                    |> Result.mapError List.distinct
                    |> Result.bind (fun _ -> (chosen source.Choices).Read source)
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
            for group in KeyGroup.all do
                group.Field(isRead group)

            part (own algorithms) _.Own
        ]

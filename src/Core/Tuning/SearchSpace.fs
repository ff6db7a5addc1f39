namespace MtrlFunctional.Tuning

open System
open MtrlFunctional.Experiments
open MtrlFunctional.Randomness

/// Where the value of a key is searched.
[<RequireQualifiedAccess>]
type Domain =
    internal
    /// One of these, as a command line writes them: `choice(a, b)`, `a,b`, `range(1, 4)`.
    | Values of string list
    /// `interval(low, high)`, both ends included; logarithmic with `tag(log, …)`; whole numbers where the key takes no others.
    | Interval of low: float * high: float * isLog: bool * isWhole: bool

/// A key that is searched.
type Dimension = { Key: string; Domain: Domain }

/// The keys that are searched, read from words, and draws from them.
///
/// Reading order: read (words → dimensions) → grid, draws.
module internal SearchSpace =
    /// Four digits of a number, or of the width of a narrow interval, decide as much as sixteen, and can be read.
    let private rounded width (x: float) =
        let digits = 3.0 - floor (log10 (min (abs x) width))

        if Double.IsFinite digits then
            Math.Round(x, int (Math.Clamp(digits, 0.0, 15.0)))
        else
            x

    /// The domain of an interval, of which the key accepts both ends.
    let private interval table key (low, high, isLog) =
        match Table.tryKey (Sweep.keyOf key) table with
        | None -> Ok(Domain.Interval(low, high, isLog, false))
        | Some known ->
            match [ low; high ] |> List.filter (Value.Float >> known.Accepts >> not) with
            | [] ->
                let isWhole = (known.Canonical(Value.Float low)).IsInt
                Ok(Domain.Interval(low, high, isLog, isWhole))
            | wrong ->
                Error [
                    for x in wrong ->
                        ConfigError.BadValue(
                            key,
                            Value.Float x,
                            known.Allowed,
                            "It is an end of its interval."
                        )
                ]

    /// The key of a word and where its value is searched; none for a word with one value.
    let private dimension table word =
        match Overrides.split word with
        | None -> Ok None
        | Some(written, values) ->
            let key = written.TrimStart '+'

            match ValueText.interval values with
            | Error why -> Error [ ConfigError.Malformed(word, why) ]
            | Ok(Some bounds) ->
                interval table key bounds |> Result.map (fun domain -> Some(key, domain))
            | Ok None ->
                Sweep.several table word
                |> Result.map (Option.map (fun (_, values) -> key, Domain.Values values))

    let private fixedKeys words = [
        for key in Sweep.placing words do
            key, "decides where a run is written, not how well it learns"
        "experiment.num_train_steps", "is the budget, which all trials share"
    ]

    let private misplaced words dimensions = [
        for dimension in dimensions do
            for key, why in fixedKeys words do
                if Sweep.keyOf dimension.Key = key then
                    let name = if key = "preset" then ", or give setup.name" else ""
                    ConfigError.Malformed(dimension.Key, $"{why}: give it one value{name}")
    ]

    let private nothing =
        ConfigError.Malformed(
            "no key is searched",
            "give one several values, such as agent.actor.hidden_dim=128,256 or 'agent.optimizers.actor.lr=tag(log, interval(1e-4, 1e-2))'"
        )

    /// The keys with the domain of each, and the words, each with the key in it, if it is searched; or all mistakes.
    let read
        added
        words
        : Result<Dimension list * (string * (string * Domain) option) list, ConfigError list> =
        let read, errors = Sweep.readWords added dimension words
        let found = [ for key, domain in List.choose snd read -> { Key = key; Domain = domain } ]

        match errors @ misplaced words found with
        | [] when found.IsEmpty -> Error [ nothing ]
        | [] -> Ok(found, read)
        | errors -> Error errors

    /// Every combination, the last key varying fastest; none where an interval, or more than 10,000 combinations, is searched.
    let grid dimensions =
        let keys =
            dimensions
            |> List.choose (fun d ->
                match d.Domain with
                | Domain.Values values -> Some(d.Key, values)
                | Domain.Interval _ -> None)

        if keys.Length = dimensions.Length then
            Sweep.combinations keys
        else
            None

    /// A value of a dimension, from its own branch of a key.
    let private draw key dimension =
        let key = Key.forPurpose dimension.Key key

        match dimension.Domain with
        | Domain.Values values -> values[Key.below values.Length key]
        | Domain.Interval(low, high, isLog, isWhole) ->
            let last = if isWhole then high + 1.0 else high
            let u = Key.uniform key

            let x =
                if isLog then
                    low * Math.Pow(last / low, u)
                else
                    low + u * (last - low)

            if isWhole then
                Value.Int(int64 (min high (floor x)))
            else
                Value.Float(Math.Clamp(rounded (high - low) x, low, high))
            |> ValueText.print

    /// The first `count` combinations of a seed: of a grid, its combinations in a random order, each once; else
    /// independent draws. A larger `count` begins with the same combinations.
    let draws seed count dimensions =
        let key = Key.ofSeed seed |> Key.forPurpose "tune"

        match grid dimensions with
        | Some combinations ->
            let shuffled = Array.ofList combinations
            Shuffle.keyed key shuffled
            shuffled |> Array.truncate count |> List.ofArray
        | None -> [
            for i in 0 .. count - 1 ->
                let key = Key.at (int64 i) key
                [ for d in dimensions -> d.Key, draw key d ]
          ]

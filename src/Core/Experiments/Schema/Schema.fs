namespace MtrlFunctional.Experiments

open System
open System.Diagnostics.CodeAnalysis
open System.Reflection
open MtrlFunctional

/// The use of a key's value in this program.
[<RequireQualifiedAccess>]
type internal Effect =
    | Used
    /// Accepted, because the original programs have it; the reason is a clause.
    | Ignored of why: string

/// One row of the table of keys, from which parser, printer and documentation are made.
type internal Key = {
    Path: string
    /// May be a reference, `${a.b}`.
    Default: Choices -> Value
    /// Whether the group words choose the default.
    FollowsChoices: bool
    /// "at least 1": completes "must be …".
    Allowed: string
    /// Names among the allowed values.
    Names: string list
    /// The value, if it is allowed.
    Accepts: Value -> bool
    /// The value as configurations print it: texts as they were spelled, all others as what they state.
    Canonical: Value -> Value
    Meaning: string
    Effect: Effect
    /// Whether it switches between original and corrected behaviour.
    IsSwitch: bool
}

/// A default: a value, another key, or either by what the group words choose.
[<RequireQualifiedAccess>]
type Default<'a> =
    internal
    | Is of 'a
    /// A value with references in it, which other keys also decide after they were overridden: "${a.b}/c".
    | Value of Value
    | By of (Choices -> Default<'a>)

/// Where a schema reads from: the group words, the resolved value of every key, and the value that a key has where it is not
/// given.
type internal Source = { Choices: Choices; Value: string -> Value; Default: Key -> Value }

/// Keys, and how a value is read from them and written as them.
type Schema<'a> = internal {
    Keys: Key list
    Read: Source -> Result<'a, ConfigError list>
    Write: 'a -> (string * Value) list
}

/// A field of a record, declared once: its keys, how they are read, and where the record has it.
type Field<'record> = internal {
    Keys: Key list
    /// None: the record does not keep what is read.
    Type: Type option
    Read: Source -> Result<objnull, ConfigError list>
    Write: 'record -> (string * Value) list
}

/// Building schemas.
module Schema =
    [<Literal>]
    let private Constructors =
        DynamicallyAccessedMemberTypes.PublicConstructors
        ||| DynamicallyAccessedMemberTypes.NonPublicConstructors

    /// Values of keys, with the defaults of the table.
    let internal sourceOf choices value : Source = {
        Choices = choices
        Value = value
        Default = fun key -> key.Default choices
    }

    /// A value as default.
    let is value = Default.Is value

    /// Another key's value as default.
    let like key =
        Default.Value(Value.Text("${" + key + "}"))

    /// A default that the group words choose.
    let internal by choose = Default.By(choose >> is)

    /// A default for each family of defaults, `setup=`.
    let internal bySetup metaWorld hipBmdp =
        Default.By(fun c -> if c.Setup.IsMetaWorld then metaWorld else hipBmdp)

    /// A default for the `state_` agents and one for the others.
    let internal byState state other =
        by (fun c -> if c.Agent.State then state else other)

    /// A default for agents that learn from the episodes of their newest policy, and one for the others.
    let internal byPolicy onPolicy offPolicy =
        Default.By(fun c -> if Choices.isOnPolicy c then onPolicy else offPolicy)

    /// A default for each of the two behaviours, `fidelity=`.
    let internal byFidelity original corrected =
        by (fun c -> if c.Fidelity.IsOriginal then original else corrected)

    let private keyOf path (codec: Codec<'a>) standard effect meaning =
        // A value is written once: the origins of a configuration ask for each default with each word.
        let rec resolve =
            function
            | Default.Is value -> let written = lazy codec.Write value in fun _ -> written.Value
            | Default.Value value -> fun _ -> value
            | Default.By choose -> fun choices -> resolve (choose choices) choices

        {
            Path = path
            Default = resolve standard
            FollowsChoices = standard.IsBy
            Allowed = codec.Allowed
            Names = codec.Names
            Accepts = codec.Read >> Option.isSome
            Canonical =
                fun value -> codec.Read value |> Option.map codec.Write |> Option.defaultValue value
            Meaning = meaning
            Effect = effect
            IsSwitch = false
        }

    /// Names near the texts in a value that are no names.
    let private mistyped names value =
        List.except names (Scalar.texts value)
        |> List.collect (Truncate.text 100 >> Nearest.names 3 names)
        |> List.distinct

    /// The elements of a list that its codec does not accept; none where it reads no lists, or another number of elements.
    let private wrongElements (codec: Codec<'a>) value =
        let accepts elements =
            (codec.Read(Value.List elements)).IsSome

        match value with
        | Value.List elements when accepts [] ->
            elements
            |> List.filter (fun element -> not (accepts [ element ]))
            |> List.distinct
        | _ -> []

    /// Names that the advice on a list lists at most.
    let private mostNamed = 5

    let private isNone elements =
        let named =
            elements
            |> List.truncate mostNamed
            |> List.map (ValueText.print >> Truncate.text 40)

        let others = elements.Length - named.Length
        let list = String.Join(", ", named)

        match elements, others with
        | [ _ ], _ -> $"{list} is none."
        | _, 0 -> $"{list} are none."
        | _ -> $"{list} and {others} others are none."

    let private read (key: Key) (codec: Codec<'a>) source =
        let value = source.Value key.Path

        match codec.Read value with
        | Some found -> Ok found
        | None ->
            let wrong = wrongElements codec value

            let near =
                Nearest.sentence (
                    mistyped codec.Names (if wrong.IsEmpty then value else Value.List wrong)
                )

            let advice =
                match source.Default key, wrong, near with
                | _, _ :: _, near -> isNone wrong + near
                | Value.Null, [], "" -> ""
                | Value.Text text, [], "" when text <> "" -> $"The default is {text}."
                | standard, [], "" -> $"The default is {ValueText.print standard}."
                | _, _, near -> near.TrimStart()

            Error [ ConfigError.BadValue(key.Path, value, key.Allowed, advice) ]

    /// A schema as a field; `get` finds its value in the record.
    let part (inner: Schema<'a>) (get: 'record -> 'a) : Field<'record> = {
        Keys = inner.Keys
        Type = Some typeof<'a>
        Read = inner.Read >> Result.map box
        Write = get >> inner.Write
    }

    /// As `part`, of a value that is there only where the group words say so. Its keys are checked in any case.
    let internal partWhere
        isThere
        (inner: Schema<'a>)
        (get: 'record -> 'a option)
        : Field<'record> = {
        Keys = inner.Keys
        Type = Some typeof<'a option>
        Read =
            fun source ->
                inner.Read source
                |> Result.map (fun value ->
                    box (if isThere source.Choices then Some value else None))
        Write = get >> Option.map inner.Write >> Option.defaultValue []
    }

    /// As `key`, where the group words decide which values are allowed.
    let internal keyBy path (codecOf: Choices -> Codec<'a>) standard (get: 'record -> 'a) meaning =
        let codec = codecOf Choices.standard
        let key = keyOf path codec standard Effect.Used meaning

        let schema: Schema<'a> = {
            Keys = [ key ]
            Read = fun source -> read key (codecOf source.Choices) source
            Write = fun value -> [ path, codec.Write value ]
        }

        part schema get

    /// One key; `get` finds its value in the record.
    let key path codec standard (get: 'record -> 'a) meaning =
        keyBy path (fun _ -> codec) standard get meaning

    /// One key that may be null, and is unless it is given.
    let internal orNull path codec get meaning =
        key path (Codec.optional codec) (is None) get meaning

    /// A field without a key: `value` until the program changes it.
    let without (value: 'a) (_: 'record -> 'a) : Field<'record> = {
        Keys = []
        Type = Some typeof<'a>
        Read = fun _ -> Ok(box value)
        Write = fun _ -> []
    }

    let private unkept effect path codec standard meaning : Field<'record> =
        let key = keyOf path codec standard effect meaning

        {
            Keys = [ key ]
            Type = None
            Read = read key codec >> Result.map box
            Write = fun _ -> []
        }

    /// A key of the original programs that nothing here reads, and why. Its value is checked.
    let internal ignored why = unkept (Effect.Ignored why)

    /// A key that other keys follow, and nothing else reads.
    let internal forOthers path = unkept Effect.Used path

    /// A key that switches between the two behaviours; `corrected` is its value where the original's error is mended. Where
    /// `settled` has a value for the choices, that is the default whatever the fidelity.
    let internal switchUnless settled path corrected get =
        let off, on = Differences.ofSwitch path
        let off, on = if corrected then off, on else on, off

        let standard =
            by (fun c -> settled c |> Option.defaultValue (c.Fidelity.IsOriginal <> corrected))

        let field = key path Codec.flag standard get $"true: {on} false: {off} Ours"

        { field with Keys = [ for key in field.Keys -> { key with IsSwitch = true } ] }

    /// As `switchUnless`, where fidelity decides for all choices.
    let internal switch path = switchUnless (fun _ -> None) path

    /// The values of all fields, or the mistakes of all.
    let private readAll (fields: Field<'record> list) source =
        Results.all [
            for field in fields -> field.Read source |> Result.map (fun value -> field, value)
        ]
        |> Result.map (fun read -> [
            for field, value in read do
                if field.Type.IsSome then
                    value
        ])

    /// A record from its fields, in the order of the type. Keys are read independently of each other, so that all mistakes
    /// show. Raises ArgumentException for fields of other types.
    let record<[<DynamicallyAccessedMembers(Constructors)>] 'record>
        (fields: Field<'record> list)
        : Schema<'record> =
        let constructor' =
            typeof<'record>
                .GetConstructors(
                    BindingFlags.Instance ||| BindingFlags.Public ||| BindingFlags.NonPublic
                )
            |> Array.exactlyOne

        let types =
            constructor'.GetParameters() |> Array.map _.ParameterType |> List.ofArray

        let given = fields |> List.choose _.Type

        if given <> types then
            invalidArg (nameof fields) $"{typeof<'record>.Name} has {types}, not {given}."

        {
            Keys = fields |> List.collect _.Keys
            Read =
                fun source ->
                    readAll fields source
                    |> Result.map (fun values ->
                        unbox<'record>(constructor'.Invoke(Array.ofList values)))
            Write = fun record -> fields |> List.collect (fun field -> field.Write record)
        }

    /// A list with a value of each name, from a key of each.
    let internal entries (named: (string * Field<'a>) list) : Schema<(string * 'a) list> =
        let names, fields = List.unzip named

        {
            Keys = fields |> List.collect _.Keys
            Read =
                readAll fields
                >> Result.map (List.map2 (fun name value -> name, unbox<'a> value) names)
            Write =
                fun values ->
                    named
                    |> List.collect (fun (name, field) ->
                        values |> List.find (fst >> (=) name) |> snd |> field.Write)
        }

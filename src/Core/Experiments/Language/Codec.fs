namespace MtrlFunctional.Experiments

open System
open MtrlFunctional

/// Values of one type: which are allowed, how they are read and written.
type Codec<'a> = internal {
    /// "at least 1": completes "must be …".
    Allowed: string
    /// Names that a mistyped text may have meant.
    Names: string list
    Read: Value -> 'a option
    Write: 'a -> Value
}

/// The codecs of the table.
module Codec =
    /// Values of no names.
    let internal create allowed read write = {
        Allowed = allowed
        Names = []
        Read = read
        Write = write
    }

    /// Of the values of a codec those that are accepted.
    let internal only allowed accepts codec = {
        codec with
            Allowed = allowed
            Read = codec.Read >> Option.filter accepts
    }

    /// A whole number from `low` to `high`.
    let internal long (low: int64) (high: int64) =
        create
            $"a whole number from {Digits.grouped low} to {Digits.grouped high}"
            (ValueText.whole >> Option.filter (fun n -> low <= n && n <= high))
            Value.Int

    /// The same values in another form.
    let internal map into from codec = {
        Allowed = codec.Allowed
        Names = codec.Names
        Read = codec.Read >> Option.map into
        Write = from >> codec.Write
    }

    /// A whole number of 32 bits from `low` to `high`.
    let int (low: int) (high: int) =
        long (int64 low) (int64 high) |> map int int64

    /// The last seed of NumPy, PyTorch and Gymnasium.
    let internal lastSeed = int64 UInt32.MaxValue

    /// A seed, of 32 bits.
    let internal seed = long 0L lastSeed

    /// Layers, widths, ranks: large enough for every network that fits a machine.
    let size = int 1 100_000
    /// Counts of steps, rows or transitions.
    let count = int 1 2_000_000_000

    /// A number that only has to pass `accepts`. NaN passes no comparison.
    let real allowed accepts =
        let read value =
            match Scalar.typed value with
            | Value.Int n when accepts (float n) -> Some(float n)
            | Value.Float x when accepts x -> Some x
            | _ -> None

        create allowed read Value.Float

    /// A number between two, and these.
    let internal between allowed (low: float) (high: float) =
        real allowed (fun x -> low <= x && x <= high)

    /// Any finite number.
    let internal finite = real "a finite number" Double.IsFinite

    let positive = real "greater than 0 and finite" (fun x -> 0.0 < x && x < infinity)
    let notNegative = real "at least 0 and finite" (fun x -> 0.0 <= x && x < infinity)
    let fraction = between "in [0, 1]" 0.0 1.0
    let internal belowOne = real "in [0, 1)" (fun x -> 0.0 <= x && x < 1.0)

    let flag = {
        Allowed = "true or false"
        Names = [ "true"; "false" ]
        Read =
            Scalar.typed
            >> function
                | Value.Bool b -> Some b
                | _ -> None
        Write = Value.Bool
    }

    /// Any text; numbers and truth values count as their own spelling.
    let text =
        let read =
            function
            | Value.Null
            | Value.List _
            | Value.Table _ -> None
            | scalar -> Some(Scalar.print scalar)

        create "a text" read Value.Text

    /// A name for a file or folder.
    let internal name =
        text
        |> only "a text that is not empty and has no control characters" (fun t ->
            t.Trim() <> "" && not (Seq.exists Char.IsControl t))

    /// A file or folder, with what a shell fills in where it stands in a word of its own: `~` and variables. `-a` is `./-a`, which
    /// no command takes for an option.
    let internal path =
        let named (path: string) =
            let path = System.IO.Path.TrimEndingDirectorySeparator path
            if path.StartsWith '-' then "./" + path else path

        {
            name with
                Allowed =
                    "a path; `~` and variables such as $HOME are filled in where they are set, homes of others (~name) are not"
                Read = name.Read >> Option.bind UserPath.expandHere >> Option.map named
        }

    /// The same, or the empty text.
    let internal pathOrEmpty = {
        path with
            Read =
                fun value ->
                    match text.Read value with
                    | Some "" -> Some ""
                    | _ -> path.Read value
    }

    /// A folder below another one: no way out of it.
    let internal folder =
        let isPlain (part: string) =
            part.Trim() <> ""
            && part <> "."
            && part <> ".."
            && not (part.StartsWith '~' || part.Contains '$')

        name
        |> only
            "the name of a folder: a text without '..', '~', '$', control characters or empty parts, of at most 200 bytes"
            (fun t ->
                Text.Encoding.UTF8.GetByteCount t <= 200 && t.Split '/' |> Array.forall isPlain)

    /// The description of `oneOf` by its names.
    let internal allowedNames (names: string list) =
        "one of " + String.Join(", ", names |> List.map (Value.Text >> ValueText.print))

    /// One of the named values.
    let oneOf (names: (string * 'a) list) = {
        Allowed = allowedNames (List.map fst names)
        Names = List.map fst names
        Read =
            fun value ->
                let named value =
                    text.Read value
                    |> Option.bind (fun name -> List.tryFind (fst >> (=) name) names)
                    |> Option.map snd

                // "True" may mean the name true.
                named value |> Option.orElse (named (Scalar.typed value))
        Write = fun value -> names |> List.find (snd >> (=) value) |> fst |> Value.Text
    }

    /// One of the parts that have these words; the word of any is written.
    let internal part parts (wordOf: 'part -> string) = {
        oneOf [ for part in parts -> wordOf part, part ] with
            Write = wordOf >> Value.Text
    }

    /// Of a codec whose names extensions add to, what they may add, where they have not.
    let internal orOfExtension what (added: 'added list) (codec: Codec<'a>) =
        if added.IsEmpty then
            { codec with Allowed = $"{codec.Allowed}, or {what} of an extension" }
        else
            codec

    /// One of the library's parts or of a program's own, or "own/NAME" of one that is not given.
    let internal partOrOwn library own wordOf (notGiven: string -> 'part) =
        let given = part (library @ own) wordOf |> orOfExtension "own/NAME" own

        {
            given with
                Read =
                    fun value ->
                        given.Read value
                        |> Option.orElseWith (fun () ->
                            text.Read value |> Option.filter Own.isWord |> Option.map notGiven)
        }

    /// Null, or the other.
    let optional (inner: Codec<'a>) = {
        Allowed = $"{inner.Allowed}, or null"
        Names = inner.Names
        Read =
            fun value ->
                match Scalar.typed value with
                | Value.Null -> Some None
                | _ -> inner.Read value |> Option.map Some
        Write = Option.map inner.Write >> Option.defaultValue Value.Null
    }

    let private all (inner: Codec<'a>) values =
        let read = values |> List.map inner.Read

        if List.forall Option.isSome read then
            Some(List.map Option.get read)
        else
            None

    /// A list; null counts as the empty one.
    let list (inner: Codec<'a>) = {
        Allowed = $"a list [x, y, …], each {inner.Allowed}"
        Names = inner.Names
        Read =
            fun value ->
                match value, Scalar.typed value with
                | Value.List values, _ -> all inner values
                | _, Value.Null -> Some []
                | _ -> None
        Write = List.map inner.Write >> Value.List
    }

    /// Two numbers [low, high] in this order.
    let internal pair allowed accepts =
        let read =
            function
            | Value.List([ _; _ ] as numbers) ->
                match all (real "a number" (fun _ -> true)) numbers with
                | Some [ a; b ] when accepts a b -> Some(a, b)
                | _ -> None
            | _ -> None

        create allowed read (fun (a, b) -> Value.List [ Value.Float a; Value.Float b ])

    /// A table of any names.
    let internal table (inner: Codec<'a>) =
        let read value =
            match value, Scalar.typed value with
            | Value.Table entries, _ when entries = List.distinctBy fst entries ->
                all inner (List.map snd entries) |> Option.map (List.zip (List.map fst entries))
            | _, Value.Null -> Some []
            | _ -> None

        create
            ("a table {name: value, …}, each name once, each value " + inner.Allowed)
            read
            (List.map (fun (name, v) -> name, inner.Write v) >> Value.Table)

    /// Whatever it is.
    let internal anything = create "anything" (Scalar.typed >> Some) id
